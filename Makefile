# Everything a person does with this repository. `make` alone lists it.
# The first run of `make test` or `make demo` builds all third-party programs and takes most of its time there;
# later runs find them in the cache (ATOLL_CACHE, by default ~/.cache/atoll).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

ENV := . tools/env.sh &&
STEP := tools/step
CARGO := --profile site --locked
OUT := target/x86_64-unknown-linux-gnu/site
# The cluster needs root; everything is built as the one who called.
ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo --preserve-env)
AS_ROOT := $(if $(ROOT),CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="$(ROOT)")
# A release is signed with a key that is given, and may not trust the demo root.
RELEASE := $(if $(ATOLL_RELEASE_KEY),--features atoll/release)
# Always the whole workspace: a part of it would choose other features of shared crates and build them twice.
# Queries are checked against what is committed in .sqlx, not against a database that happens to be near.
export SQLX_OFFLINE ?= true

.PHONY: help setup vendor vendor-cluster embed embed-postgres embed-agent compile prepare build dist test test-suite test-cluster \
	demo demo-down deny lint docs sqlx

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what building and testing needs and this machine lacks
	@$(STEP) "setup" tools/setup

vendor: ## build the third-party programs of vendor.toml into the cache
	@$(STEP) "third-party programs" nice python3 tools/vendor build

# Postgres is C and the agent is a small crate: side by side they keep both cores busy.
embed: ## put what the appliance embeds into target/embed
	@$(MAKE) -j2 embed-postgres embed-agent

embed-postgres:
	@$(STEP) "Postgres to embed" python3 tools/vendor embed target/embed

embed-agent:
	@$(STEP) "agent to embed" tools/build-agent

compile: embed
	@$(ENV) $(STEP) "compile" cargo test $(CARGO) --workspace --no-run --quiet
	@$(ENV) $(STEP) "compile the cluster stories" cargo test $(CARGO) --workspace --test cluster --no-run --quiet

# Go's work fills what cargo leaves idle; nice keeps it from slowing the longer of the two.
prepare: setup
	@$(MAKE) -j2 compile vendor-cluster

vendor-cluster:
	@$(STEP) "programs of the test cluster" nice python3 tools/vendor build kubernetes local-path-provisioner

build: setup embed ## build everything
	@$(ENV) $(STEP) "build" cargo build $(CARGO) --workspace

dist: setup embed ## write what a site receives into dist/
	@$(ENV) $(STEP) "build for delivery" cargo build $(CARGO) --workspace --bins $(RELEASE)
	@$(ENV) $(STEP) "dist" python3 tools/dist

test: ## run every test, the stories on a real cluster included
	@$(STEP) --begin
	@$(MAKE) prepare
	@$(MAKE) test-suite
	@$(MAKE) test-cluster
	@$(STEP) --summary

test-suite:
	@$(ENV) $(STEP) "unit tests, suite and tidy" cargo test $(CARGO) --workspace

test-cluster: dist
	@$(ENV) $(AS_ROOT) $(STEP) "stories on a real cluster" cargo test $(CARGO) --workspace --test cluster

demo: ## bundle, install on a network that counts, open a workspace, and stay until Ctrl-C
	@$(STEP) --begin
	@$(MAKE) setup
	@$(MAKE) -j2 dist vendor-cluster
	@$(STEP) --summary
	@$(ENV) exec $(ROOT) $(OUT)/demo up

demo-down: ## remove whatever a demo left behind
	@$(ENV) $(ROOT) $(OUT)/demo down

deny: ## refuse crates by name, licence, source, and by known weakness where a database is there
	@$(ENV) $(STEP) "cargo deny" tools/deny

lint: ## formatting and clippy, warnings denied
	@$(ENV) $(STEP) "rustfmt" cargo fmt --all --check
	@$(ENV) $(STEP) "clippy" cargo clippy $(CARGO) --workspace --all-targets --quiet -- --deny warnings

docs: ## write docs/generated anew
	@$(ENV) $(STEP) "generated docs" env ATOLL_UPDATE=1 cargo test $(CARGO) --workspace --test tidy

sqlx: ## write .sqlx anew, against our own Postgres
	@$(ENV) $(STEP) "query metadata" tools/sqlx-prepare
