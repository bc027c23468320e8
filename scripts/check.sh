#!/usr/bin/env bash
# Everything that can be said about the code without running it.
set -euo pipefail
step() { echo "check: $1"; }

step gofumpt
unformatted=$(git ls-files -co --exclude-standard -- '*.go' | xargs go tool gofumpt -l)
if [ -n "$unformatted" ]; then
	echo "not formatted (run: go tool gofumpt -w .):" && echo "$unformatted"
	exit 1
fi
step vet
go vet ./...
step "vet for macOS"
GOOS=darwin GOARCH=arm64 go build ./...
step staticcheck
go tool staticcheck ./...
step "go mod tidy"
go mod tidy -diff
step "layers and hygiene"
go test -count=1 ./internal/arch
step "generated files"
before=$(git status --porcelain)
go generate ./...
if [ "$before" != "$(git status --porcelain)" ]; then
	echo "go generate changes files: commit what it writes" && git status --porcelain
	exit 1
fi
