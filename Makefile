# Copydesk. `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Two test processes: while one waits for Airflow, the other can run.
TWO := -n 2
# SLOW=1 adds the tests marked slow, and draws many examples for each property.
MORE := $(if $(SLOW),-m 'not long and not endure and not endure_short' --hypothesis-profile=many)
# COVERAGE=1 measures the coverage of the tests that run. It counts this process's lines, not those of Airflow's tasks,
# spiders and commands that run in processes of their own, and must not fall.
COVER := $(if $(COVERAGE),--cov --cov-report=term:skip-covered --cov-fail-under=79)
# Some shells and images set this, and then each Airflow process would compile everything that it imports.
unexport PYTHONDONTWRITEBYTECODE
BENCH_READY := $(VENV)/.ready-bench
BENCH_LOCK := tests/bench/requirements.lock
SPARK_LOCK := .ci/spark.lock
S3_LOCK := .ci/s3.lock
S3_VENV := .venv-s3
CELERY_LOCK := .ci/celery.lock
CELERY := apache-airflow-providers-celery>=3.26
# Of the image in deploy/, besides Copydesk itself.
IMAGE := --extra archive --extra parquet --extra warc pyproject.toml
IMAGE_EXTRAS := $(CELERY)\napache-airflow-providers-cncf-kubernetes>=10.25\nstatsd>=4.0\n
CELERY_VENV := .venv-celery

.DEFAULT_GOAL := help
.PHONY: help setup setup-spark setup-s3 setup-celery demo test test-unit test-endure-short test-endure test-long test-versions test-release mutate bench lint \
  words format hooks golden docs site schema lock build release clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Install everything, pinned and hashed, into .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Copydesk needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; set PYTHON, for example PYTHON=python3.12.") if sys.version_info < (3, 11) else None'
	@for part in crawler pipeline dags; do test -L copydesk/$$part || ln -sfn ../$$part copydesk/$$part; done
	@test -L .dev/copydesk || { mkdir -p .dev && ln -sfn ../copydesk .dev/copydesk; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages in requirements.lock, which takes a few minutes ..."
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib > /dev/null || true
	@touch $(READY)

demo: setup ## Run Airflow on sample wires and backfill three hours (DEMO_EXIT=1: end by itself)
	@$(BIN)/copydesk demo $(if $(DEMO_EXIT),--exit)

# Lint's slowest part is one process, and tests often wait: run together, they use both processors.
test: setup ## Run lint and the tests, except the slow ones (SLOW=1: some of these too; COVERAGE=1: measure coverage)
	@{ printed=$$($(MAKE) --no-print-directory lint 2>&1); status=$$?; echo; echo "$$printed"; exit $$status; } & checks=$$!; \
	  trap 'kill $$checks 2> /dev/null' INT TERM; \
	  $(BIN)/python -m pytest $(TWO) $(MORE) $(COVER); tests=$$?; \
	  wait $$checks || { echo "make lint found faults: see above."; exit 1; }; exit $$tests

test-unit: setup ## Run only the fast, pure tests
	@$(BIN)/python -m pytest $(TWO) tests/unit

test-endure-short: setup ## Slow test: six hours of wires backfilled during kills; a few minutes
	@$(BIN)/python -m pytest -m endure_short

test-endure: setup setup-celery ## Slow tests: a day of wires backfilled during kills and faults, ten thousand look-alikes
	@$(BIN)/python -m pytest -m 'endure and not long'

test-long: $(BENCH_READY) setup-spark ## Slowest tests: 48 hours of all wires, 10,000 damaged pages, 100 orders, 10,000 pairs at once
	@$(BIN)/python -m pytest -m long -s

test-versions: setup ## Unit tests on the newest Python (NEWEST_PYTHON=), database tests on the oldest PostgreSQL (POSTGRES_BIN=)
	@$(BIN)/python .ci/test_versions.py

mutate: setup ## Slow test: move every threshold of folding; nine of ten changes must alter a golden output; minutes
	@$(BIN)/python -m tests.golden.mutate

test-release: ## Run everything before a release: all tests with coverage, the demo and the slow suites; hours
	@$(MAKE) test SLOW=1 COVERAGE=1
	@DEMO_EXIT=1 $(MAKE) demo
	@$(MAKE) mutate
	@$(MAKE) test-versions test-endure-short test-endure test-long

lint: setup ## Run ruff, mypy, the import contract, and the checks of declared dependencies and of wording
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry .
	@$(BIN)/python .ci/check_words.py

words: setup ## Report unclear phrasings in comments, messages and docs (.ci/words.toml)
	@$(BIN)/python .ci/check_words.py

format: setup ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

hooks: setup ## Run lint on every commit of this checkout (.pre-commit-config.yaml)
	@$(BIN)/pre-commit install

golden: setup ## Store the outputs in tests/golden again, after a version was raised (FORCE=1: without that; PAIRS=1: choose pairs anew)
	@$(if $(PAIRS),$(BIN)/python -m tests.golden.choose_pairs)
	@$(BIN)/python -m tests.golden $(if $(FORCE),--force)

docs: setup ## Write docs/cli.md, docs/dags.md, docs/settings.md, docs/views.md and the tables of docs/catalogue.md anew
	@$(BIN)/python -m copydesk.pipeline.db.views_page
	@$(BIN)/python -m copydesk.pipeline.cli.reference
	@$(BIN)/python -m copydesk.pipeline.config.settings_page
	@$(BIN)/python -m copydesk.crawler.sources.catalogue_page
	@AIRFLOW_HOME="$$(mktemp -d)" AIRFLOW__CORE__LOAD_EXAMPLES=False $(BIN)/python -m copydesk.dags.deploy.dag_docs

setup-spark: setup ## Install Spark too, for its tests and `copydesk dedup --engine spark`; they need Java 17 or newer
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps -r $(SPARK_LOCK)

setup-s3: $(S3_VENV)/.ready ## Install the S3 server of the tests into an environment of its own

$(S3_VENV)/.ready: $(S3_LOCK)
	@$(PYTHON) -m venv $(S3_VENV)
	@$(S3_VENV)/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps -r $(S3_LOCK)
	@touch $@

setup-celery: $(CELERY_VENV)/.ready ## Install Airflow's Celery executor, for its test, into an environment on top of .venv

$(CELERY_VENV)/.ready: $(CELERY_LOCK) $(READY)
	@$(BIN)/python -m venv --without-pip $(CELERY_VENV)
	@$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(" + repr(sysconfig.get_path("purelib")) + ")")' \
	  > "$$($(CELERY_VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/base.pth"
	@$(CELERY_VENV)/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps -r $(CELERY_LOCK)
	@touch $@

site: setup ## Build the documentation into site/, without a network
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

schema: setup ## Write schema.sql and queries.py in pipeline/db anew from the migrations and queries
	@$(BIN)/python -m copydesk.pipeline.db.schema_dump

bench: $(BENCH_READY) ## Quality and speed compared with others (PART=clean or PART=fold: that part alone), into bench/results
	@$(BIN)/python -m tests.bench $(PART)

$(BENCH_READY): $(READY) $(BENCH_LOCK)
	@echo "Installing the other libraries that $(BENCH_LOCK) pins ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(BENCH_LOCK)
	@touch $(BENCH_READY)

# Pins that still fit stay as they are. The environment of the benchmark has the same versions of what both need.
RESOLVE := $(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --generate-hashes --no-emit-index-url
lock: setup ## Pin what pyproject.toml asks for and is not pinned yet (UPGRADE=1: pin all anew)
	@$(RESOLVE) --extra dev pyproject.toml -o requirements.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' \
	  | $(RESOLVE) --no-header --constraint requirements.lock - -o $(BENCH_LOCK)
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' \
	  | $(RESOLVE) --no-header --constraint requirements.lock - -o $(SPARK_LOCK)
	@echo '$(CELERY)' | $(RESOLVE) --no-header --constraint requirements.lock - -o $(CELERY_LOCK)
	@printf '$(IMAGE_EXTRAS)' | $(RESOLVE) --no-header --constraint requirements.lock $(IMAGE) - -o deploy/requirements.lock
	@echo 'hatchling>=1.27' | $(RESOLVE) --no-header --constraint requirements.lock - -o deploy/build.lock
	@echo 'moto[s3,server]>=5.1' | $(RESOLVE) --no-header - -o $(S3_LOCK)

build: setup ## Build the wheel and the sdist into dist/, and check them
	@$(BIN)/python .ci/check_dist.py dist --build

release: setup ## The same for a release: only from a clean tree, with a changelog entry for its version
	@$(BIN)/python .ci/check_release.py
	@rm -rf dist
	@$(BIN)/python .ci/check_dist.py dist --build

clean: ## Remove the environment and build results (not your data folder)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .venv-*
