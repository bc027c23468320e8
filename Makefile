# Trunkline: `make demo` and `make test` set up all they need.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

GO       ?= go
FOR      ?=
LIBCHDB  := internal/embedded/clickhouse/libchdb
LIBSTAMP := $(LIBCHDB)/node_modules/.verified
FUZZTIME ?= 20s
BENCH    ?= .
# Packages that the race detector can afford and is right for: all but the
# engine (a C++ library that it cannot see into) and what only starts it.
RACE     := ./cmd/... ./ingest/... ./internal/app/config/... ./mediaqos/... ./routing/... ./schema/...

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | sort | while IFS=$$'\t' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

deps: $(LIBSTAMP) ## fetch Go modules and the engine; install with root's rights what tests need (tshark, SIP and RTP peers)
	@scripts/deps.sh
	@$(GO) mod download

demo: $(LIBSTAMP) bin/trunkline-local ## a living demonstration on this machine (FOR=60s ends by itself)
	bin/trunkline-local demo $(if $(FOR),--for $(FOR))

test: $(LIBSTAMP) ## every test, shuffled; missing parts are named skips (CI=true: failures)
	@scripts/deps.sh
	@$(GO) tool gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- -shuffle=on -timeout 20m ./...

race: ## the packages with shared state again, under the race detector
	@$(GO) tool gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- -race -short -shuffle=on -timeout 20m $(RACE)

check: ## formatting, vet, staticcheck, modules, layering, generated files
	@scripts/check.sh

bench: $(LIBSTAMP) ## benchmarks with their baselines, as ratios of one run
	@scripts/bench.sh '$(BENCH)'

fuzz: ## each fuzz test for FUZZTIME
	@scripts/fuzz.sh $(FUZZTIME)

clean: ## remove what was built here
	rm -rf bin var $(LIBCHDB)/node_modules

bin/trunkline bin/trunkline-local: bin/%: FORCE
	@mkdir -p bin
	@echo "building $@"
	@$(GO) build -o $@ ./cmd/$*

# libchdb comes as a pinned npm package; the lock file holds its checksum, and
# verify.sh compares the unpacked library once more.
$(LIBSTAMP): $(LIBCHDB)/package-lock.json
	@echo "fetching libchdb (180 MB, once)"
	@cd $(LIBCHDB) && npm ci --no-audit --no-fund --loglevel=error
	@$(LIBCHDB)/verify.sh
	@touch $@

FORCE:
.PHONY: help deps demo test race check bench fuzz clean FORCE
