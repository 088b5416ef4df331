# Copydesk. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Two processes: while one waits for Airflow, the other works.
TWO := -n 2 --no-loadscope-reorder
# Some shells and images forbid it: then every process of Airflow's would compile all it imports anew.
unexport PYTHONDONTWRITEBYTECODE
BENCH_READY := $(VENV)/.ready-bench
BENCH_LOCK := tests/bench/requirements.lock

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-unit test-endure test-long bench lint format docs lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install everything, pinned and hashed, into .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Copydesk needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; set PYTHON=python3.12 or the like.") if sys.version_info < (3, 11) else None'
	@for part in crawler pipeline dags; do test -L copydesk/$$part || ln -sfn ../$$part copydesk/$$part; done
	@test -L .dev/copydesk || { mkdir -p .dev && ln -sfn ../copydesk .dev/copydesk; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.lock pins; about a minute ..."
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib > /dev/null || true
	@touch $(READY)

demo: setup ## See it work: sample wires, Airflow, six hours backfilled (DEMO_EXIT=1: end by itself)
	@$(BIN)/copydesk demo $(if $(DEMO_EXIT),--exit)

test: setup lint ## The whole test suite, save what takes many minutes
	@$(BIN)/python -m pytest $(TWO)

test-unit: setup ## The fast, pure tests alone
	@$(BIN)/python -m pytest $(TWO) tests/unit

test-endure: setup ## What takes longer: a day of wires backfilled through kills and faults, ten thousand look-alikes
	@$(BIN)/python -m pytest -m 'endure and not long'

test-long: $(BENCH_READY) ## What takes many minutes: 48 hours of all wires, 10,000 damaged pages, 100 orders, 10,000 pairs at once
	@$(BIN)/python -m pytest -m long -s

lint: setup ## ruff, the strict type checker, the import contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: setup ## Put the code into ruff's form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup ## Write docs/dags.md anew from the DAGs
	@AIRFLOW_HOME="$$(mktemp -d)" AIRFLOW__CORE__LOAD_EXAMPLES=False $(BIN)/python -m copydesk.dags.deploy.dag_docs

bench: $(BENCH_READY) ## Quality and speed beside others (PART=clean or PART=fold: that part alone), into bench/results
	@$(BIN)/python -m tests.bench $(PART)

$(BENCH_READY): $(READY) $(BENCH_LOCK)
	@echo "Installing whom we are measured against, as $(BENCH_LOCK) pins them ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(BENCH_LOCK)
	@touch $(BENCH_READY)

lock: setup ## Pin anew what pyproject.toml asks for
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' \
	  | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --constraint requirements.lock - -o $(BENCH_LOCK)

clean: ## Remove what was installed and built (not your data folder)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
