# "make help" lists the targets. Everything that is built lands in build/, npm packages in test/peers.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN  := $(CURDIR)/build/bin

FUZZTIME ?= 5m
SOAKTIME ?= 10m

.PHONY: help build test check fmt race fuzz fuzz-short bench soak peers acapy postgres tools vuln demo clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the binary: build/chancery
	CGO_ENABLED=0 go build -trimpath -o build/chancery ./cmd/chancery

test: postgres peers acapy check fuzz-short race ## everything: install what the tests need, check, fuzz for seconds, all tests
	@tools/step.sh "all tests" go test -timeout 30m ./...
	@tools/step.sh "the operations of Meeco's API that were exercised" cat build/meeco-operations.txt
	@tools/step.sh "the operations of Empe's API that were exercised" cat build/empe-operations.txt
	@tools/step.sh "the operations of ACA-Py's admin API that were exercised" cat build/acapy-operations.txt

check: $(BIN)/.tools ## gofumpt, go vet, golangci-lint, the house's floors
	@wrong=$$($(BIN)/gofumpt -l .); if [[ -n $$wrong ]]; then \
		echo "not as gofumpt writes it (make fmt does):"; echo "$$wrong"; exit 1; fi
	@tools/step.sh "go vet" go vet ./...
	@tools/step.sh "golangci-lint" $(BIN)/golangci-lint run --timeout 20m
	@tools/step.sh "house" go test -run '^TestHouse' .

fmt: $(BIN)/.tools ## rewrite the Go files as gofumpt wants them
	$(BIN)/gofumpt -w .

# SQLite is C that was translated into Go: the race detector has nothing to find there, and its checks of pointers took most of the time.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false

race: ## the rooms' tests with the race detector; long ones (crash, load) leave themselves out with -short
	@if [[ $$(go env CGO_ENABLED) = 1 ]]; then \
		tools/step.sh "race detector" go test -race $(UNWATCHED) -short -timeout 30m ./internal/... ./sdk/...; \
	else echo "== race detector: left out, it needs a C compiler"; [[ $${CI:-} != true ]]; fi

fuzz: ## every fuzz target for FUZZTIME (5m); what it finds becomes a seed under testdata/fuzz
	@tools/step.sh "fuzz" tools/fuzz.sh $(FUZZTIME)

fuzz-short: ## every fuzz target for three seconds
	@tools/step.sh "fuzz, 3s a target" tools/fuzz.sh 3s

bench: ## what bounds us and Chancery's own rates, in one run; fills a store to a million credentials
	go run ./test/bench -grow 1000000

soak: ## load for SOAKTIME (10m): memory, goroutines and files must stay level
	CHANCERY_SOAK=$(SOAKTIME) go test -count=1 -timeout 0 -v -run '^TestSoak' ./test/...

PEERS := $(patsubst %,%/node_modules/.package-lock.json,test/peers test/peers/credo)

peers: $(PEERS) ## npm packages: the independent judges of the tests, and agents of Credo

$(PEERS): %/node_modules/.package-lock.json: %/package-lock.json %/package.json
	@tools/step.sh "npm packages" tools/peers.sh $*

acapy: ## ACA-Py, the agent that the tests speak with, in build/acapy; it needs Python 3.13
	@tools/step.sh "ACA-Py" tools/acapy.sh

postgres: ## PostgreSQL's programs, from Debian when they are missing; the tests start it themselves
	@tools/step.sh "PostgreSQL" tools/postgres.sh

tools: $(BIN)/.tools ## golangci-lint, gofumpt and govulncheck as pinned in tools/go.mod, into build/bin

$(BIN)/.tools: tools/go.mod tools/go.sum
	@tools/step.sh "tools" env GOFLAGS= GOBIN=$(BIN) go -C tools install tool
	@touch $@

vuln: $(BIN)/.tools ## known vulnerabilities that our code reaches; needs the online database or VULNDB=file://…
	$(BIN)/govulncheck $(if $(VULNDB),-db $(VULNDB)) ./...

demo: ## the whole life of a credential over HTTP, no network
	go run ./cmd/chancery demo

clean: ## remove what was built
	rm -rf build test/peers/node_modules test/peers/credo/node_modules
