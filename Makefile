# make            everything: the module, the package, the page
# make demo       the main job on real data
# make test       all tests and linters
# make serve      the page on http://127.0.0.1:8137
# make check      formatting and linters only
# make bench      measurements, side by side; make bench-memory: 2 GB of CSV
# make clean      removes what was built (not the downloaded tools in .cache)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: all demo test serve check bench bench-memory clean pkg pkg-dev page toolchain browser test-rust test-wasm test-js test-suites test-browser test-packaging fuzz campaign

all: pkg page

-include .cache/env.mk

RUST := $(shell find src -name '*.rs' 2>/dev/null) Cargo.toml Cargo.lock
TS := $(shell find pkg/src -type f 2>/dev/null) pkg/build.mjs pkg/package.json pkg/tsconfig.json

toolchain: .cache/env.mk
.cache/env.mk: .ci/toolchain Cargo.lock
	.ci/toolchain build
	@touch $@

browser:
	.ci/toolchain browser

# ---- the module and the package
pkg: pkg/dist/index.js
pkg/wasm/moltres_bg.wasm: .cache/env.mk $(RUST)
	wasm-pack --log-level warn build --mode no-install --target web --release --out-dir pkg/wasm --out-name moltres --no-pack --no-typescript
	@touch $@
pkg/dist/index.js: pkg/wasm/moltres_bg.wasm pkg/node_modules/.package-lock.json $(TS)
	cd pkg && node build.mjs

# Quick build for work on the JavaScript side: hardly optimised, no declarations.
pkg-dev: .cache/env.mk pkg/node_modules/.package-lock.json
	cargo build -q --target wasm32-unknown-unknown --profile wasm-dev
	wasm-bindgen --target web --omit-default-module-path --no-typescript --out-dir pkg/wasm target/wasm32-unknown-unknown/wasm-dev/moltres.wasm
	cd pkg && node build.mjs --dev

%/node_modules/.package-lock.json: %/package.json %/package-lock.json | .cache/env.mk
	cd $* && npm install --silent --no-audit --no-fund
	@touch $@

page: www/dist/index.html
www/dist/index.html: pkg/dist/index.js www/node_modules/.package-lock.json $(shell find www -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	cd www && node build.mjs

serve: page
	node www/serve.mjs

demo: pkg
	node www/demo.mjs

# ---- tests
test: check test-rust test-wasm test-js test-suites test-packaging test-browser

check: .cache/env.mk pkg/node_modules/.package-lock.json pkg/dist/index.js
	cargo fmt --check
	cargo clippy -q --all-targets -- -D warnings
	cargo clippy -q --target wasm32-unknown-unknown --all-targets -- -D warnings
	cd pkg && npx tsc --noEmit && npx biome check .

test-rust: .cache/env.mk
	cargo test

test-wasm: .cache/env.mk
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner cargo test --profile wasm-dev --target wasm32-unknown-unknown

test-js: pkg tests/node_modules/.package-lock.json
	node --test --test-concurrency=2 tests/js/*.test.mjs

# Small programs with the answers of PySpark, DuckDB and Python; in process, in a Worker and on files the answers are the same.
test-suites: pkg
	for package in pkg tests/tools/in-worker.mjs tests/tools/on-disk.mjs; do \
	  node tests/conformance/run.mjs --pkg ./$$package; \
	  node tests/acceptance/tpch.mjs --pkg ./$$package --quiet; \
	  node tests/acceptance/flights.mjs --pkg ./$$package --quiet; \
	done
	node tests/acceptance/csv.mjs --pkg ./pkg --quiet

test-packaging: pkg tests/node_modules/.package-lock.json
	node --test tests/packaging/*.test.mjs

test-browser: browser page tests/node_modules/.package-lock.json
	node --test tests/browser/*.test.mjs

bench: pkg tests/bench/node_modules/.package-lock.json
	node tests/bench/run.mjs

bench-memory: pkg
	node tests/bench/memory.mjs

clean:
	rm -rf target pkg/dist pkg/wasm www/dist

# ---- fuzzing: make fuzz FUZZ_SECONDS=1200 FUZZ_TARGET=sql
FUZZ_SECONDS ?= 1200
fuzz: .cache/env.mk
	FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$${FUZZ_SEED:-$$RANDOM} nice -n 19 cargo test --test robust fuzz -- --nocapture

# Five minutes of writers, ours and native sqlite3, on one file; a hundred kills; every file call and every allocation failing in turn; damaged images.
campaign: pkg
	MOLTRES_CAMPAIGN=300 node --test --test-concurrency=1 tests/js/storage.test.mjs tests/js/faults.test.mjs tests/js/memory-faults.test.mjs
	MOLTRES_CAMPAIGN=1 cargo test --lib -- --nocapture campaign damage
