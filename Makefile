# Everything that is done with this tree. Each target sets up what it needs by itself, once (scripts/prepare).
.DEFAULT_GOAL := help
.PHONY: help run test test-oldest test-newest acceptance chaos lint web wheel schema readme bench bench-quick bench-security lock clean
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PREPARE := PYTHON='$(PYTHON)' scripts/prepare
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

ifneq ($(PORT),)
export OSIT_PORT := $(PORT)
endif
ifneq ($(DATA_DIR),)
export OSIT_DATA_DIR := $(DATA_DIR)
endif

help: ## This list
	@echo 'OSIT, an incident desk: its GraphQL API. Needs Python 3.11 or later; everything else is set up here.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  PORT=8000  DATA_DIR=where/the/data/lives  ARGS="arguments for pytest"  PYTHON=which/python3'

run: ## Set up, then serve the demo company with GraphiQL on http://127.0.0.1:8000 (PORT=, DATA_DIR=); Ctrl-C stops it
	@$(PREPARE) run && exec $(BIN)/osit demo

test: ## Set up, then run every test on a PostgreSQL of its own (ARGS=tests/spec, ARGS="-k word -n 0")
	@$(PREPARE) test && exec $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile $(ARGS)

test-oldest: ## Run tests on the oldest dependencies that pyproject.toml allows (ARGS=tests/spec)
	@$(PREPARE) test && exec $(BIN)/python scripts/try_versions.py oldest $(ARGS)

test-newest: ## Run tests on the newest dependencies that pyproject.toml allows (ARGS=tests/spec)
	@$(PREPARE) test && exec $(BIN)/python scripts/try_versions.py newest $(ARGS)

acceptance: ## Run the long trials: install, upgrade, recovery (ARGS="-k wheel"); prints the table of docs/reliability.md
	@$(PREPARE) test && exec $(BIN)/python -m pytest -n 0 tests/acceptance $(ARGS)

chaos: ## Kill, stop, cut and fill everything under load; count lost writes (ARGS=--short, ARGS=E2 narrows it)
	@$(PREPARE) test && exec $(BIN)/python -m tests.chaos $(ARGS)

lint: ## Format, lint, types and import contracts, as CI checks them
	@$(PREPARE) test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

web: ## Build GraphiQL and the pages again
	@rm -f osit_graphql/web/sources.sha256
	@$(PREPARE) run

wheel: ## Build the wheel into dist/, with the locked requirements.txt to install before it
	@$(PREPARE) run && $(BIN)/hatchling build --clean -t wheel && cp requirements/run.txt dist/requirements.txt

schema: ## Write schema.graphql from the code
	@$(PREPARE) run && $(BIN)/osit schema > .setup/schema.graphql && mv .setup/schema.graphql schema.graphql

readme: ## Write the generated tables of docs/ from the code
	@$(PREPARE) run && $(BIN)/python scripts/generate_docs.py

bench: ## Measure OSIT beside PostGraphile 5, Mercurius and two floors (ARGS="--help")
	@$(PREPARE) test && $(BIN)/python -m benchmarks.peers $(ARGS)

bench-quick: ## The same beside the floors only, in two minutes
	@$(PREPARE) test && $(BIN)/python -m benchmarks.peers --floors --connections 8 --seconds 2 --runs 2 $(ARGS)

bench-security: ## Measure what docs/security.md promises (ARGS=rls narrows it)
	@$(PREPARE) test && $(BIN)/python -m benchmarks.security $(ARGS)

lock: ## Pin the newest packages that pyproject.toml allows, with their hashes
	@$(PREPARE) test && $(BIN)/python -m pip install --quiet uv
	$(LOCK) --upgrade pyproject.toml -o requirements/run.txt
	$(LOCK) --upgrade -c requirements/run.txt --group build -o requirements/build.txt
	$(LOCK) --upgrade -c requirements/run.txt pyproject.toml --extra otel -o requirements/otel.txt
	$(LOCK) --upgrade -c requirements/otel.txt -c requirements/build.txt pyproject.toml --group build --group test --extra otel -o requirements/test.txt
	$(LOCK) --upgrade --group node -o requirements/node.txt
	$(LOCK) --upgrade --group deploy -o requirements/deploy.txt

clean: ## Remove what set-up made here; the data stays
	rm -rf .venv .setup osit_graphql/web web/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
