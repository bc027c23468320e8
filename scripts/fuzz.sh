#!/usr/bin/env bash
# Runs each fuzz test of the module for the time given.
set -euo pipefail
time=${1:-20s}
grep -rlE '^func Fuzz' --include='*_test.go' . | grep -v node_modules | while read -r file; do
	grep -oE '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/^func //' | while read -r name; do
		echo "== $(dirname "$file") $name"
		# Minimising a find takes minutes with large inputs: a few tries will do.
		go test -run '^$' -fuzzminimizetime 5x -fuzz "^$name\$" -fuzztime "$time" "$(dirname "$file")"
	done
done
