# Gatehouse: everything a developer runs. `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup dev run build check test clients install-clients bench soak docs image clean

BIN := node_modules/.bin
IMAGE ?= gatehouse:$(shell sed -n 's/^  "version": "\(.*\)",/\1/p' package.json)
RUN_TESTS := node --test --test-concurrency=2 --test-timeout=1200000 --test-reporter=spec

# better-sqlite3 compiles where no prebuilt binary can be downloaded. Point it at the system's headers only when they
# are those of the node that runs; otherwise let it fetch the right ones.
NODE_VERSION := $(shell node -p process.versions.node)
NODE_PREFIX := $(shell node -p "require('path').resolve(process.execPath, '../..')")
version_of_headers = $(shell awk '/define NODE_(MAJOR|MINOR|PATCH)_VERSION/ { version = version dot $$3; dot = "." } \
	END { print version }' $(1)/include/node/node_version.h 2>/dev/null)
NODE_HEADERS := $(firstword $(foreach prefix,$(NODE_PREFIX) /usr /usr/local,\
	$(if $(filter $(NODE_VERSION),$(call version_of_headers,$(prefix))),$(prefix))))
ifneq ($(NODE_HEADERS),)
export npm_config_nodedir := $(NODE_HEADERS)
endif

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: node_modules/.package-lock.json ## install the dependencies from the lock file

node_modules/.package-lock.json: package-lock.json
	@npm ci --loglevel=error || { echo 'Installing failed. Without a prebuilt better-sqlite3 this needs' \
		'python3, make, g++ and the headers of node $(NODE_VERSION).' >&2; exit 1; }
	@touch $@

build: setup ## compile to dist/
	@$(BIN)/tsc
	@rm -rf dist/metadata/migrations && cp -R metadata/migrations dist/metadata/
	@# What was compiled from a file that is gone must neither run nor be tested.
	@find dist -name '*.js' | while read -r file; do \
		source=$${file#dist/}; [ -e "$${source%.js}.ts" ] || rm -f "$$file" "$$file.map"; done
	@mkdir -p dist/gateway/rest/docs
	@cp node_modules/redoc/bundles/redoc.standalone.js node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt \
		dist/gateway/rest/docs/

run: build ## build and serve S3 on :9000 and the API on :9001, data in ./data
	@exec node dist/gateway/main.js serve

dev: setup ## serve from the sources and restart when they change
	@exec $(BIN)/tsx watch gateway/main.ts serve

check: setup ## format, lint, layering and types
	@$(BIN)/biome check --error-on-warnings .
	@$(BIN)/tsc --noEmit

test: check build install-clients ## check and run every suite
	@$(RUN_TESTS) $$(find dist/test -name '*.test.js' -not -path 'dist/test/soak/*' | sort)

clients: build install-clients ## run the suites of the real clients only
	@$(RUN_TESTS) $$(find dist/test/clients -name '*.test.js' | sort)

install-clients:
	@test/clients/install.sh

soak: build ## run the long suites
	@suites=$$(find dist/test/soak -name '*.test.js' 2>/dev/null | sort); \
		[ -n "$$suites" ] || { echo 'There are no long suites yet.'; exit 0; }; $(RUN_TESTS) $$suites

docs: build ## write the generated pages of docs/
	@node dist/test/tools/write-docs.js

bench: build ## measure operations/s; ARGS='--endpoint name=url,accessKey,secretKey --only put-1k,get-1k'; SUITE=documents
	@node dist/test/bench/$(or $(SUITE),main).js $(ARGS)

image: ## build the container image
	@command -v docker >/dev/null || { echo 'make image needs docker.' >&2; exit 1; }
	@[ -f deploy/Dockerfile ] || { echo 'There is no deploy/Dockerfile yet.' >&2; exit 1; }
	@docker build --file deploy/Dockerfile --tag $(IMAGE) .

clean: ## remove what was installed and built, and keep ./data
	@rm -rf dist node_modules
