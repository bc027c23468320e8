#!/usr/bin/env bash
# Runs the benchmarks and prints them; a benchmark that has a baseline runs it
# in the same process and reports the ratio as a metric of its own.
set -euo pipefail
go test -run '^$' -bench "${1:-.}" -benchmem -count "${COUNT:-1}" -timeout 40m ./... | grep -vE '^(ok|PASS|\?|goos|goarch)'
