# Vigie's commands. Each installs what it needs into .venv first, and does nothing twice.
# They work from anywhere (`make -C PATH demo`) and wherever the checkout lies, spaces in its path included.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PIP := .venv/bin/python -m pip --disable-pip-version-check --no-input --quiet
RUN := .venv/.installed-run
TEST := .venv/.installed-test

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  PYTHON=…  the Python to build .venv with, where python3 is not 3.11, 3.12 or 3.13"

.PHONY: install
install: $(RUN) ## Make .venv with the vigie command
	@echo "Ready: .venv/bin/vigie"

.PHONY: demo
demo: $(RUN) ## The whole hub on this machine, until Ctrl-C; ONCE=1 ends by itself; JUDGMENTS=FILE reads a real BODACC file
	@exec .venv/bin/vigie demo $(if $(filter-out 0 no false,$(ONCE)),--once) \
		$${JUDGMENTS:+--judgments "$$JUDGMENTS"}

.PHONY: test
test: $(TEST) ## The whole test suite, on real Kafka, PostgreSQL, SMTP and Chromium; ARGS=… goes to pytest
	@chromium=$$(scripts/chromium) && VIGIE_TEST_CHROMIUM="$$chromium" .venv/bin/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: check
check: $(TEST) ## Style, types, layers, and whether generated files are up to date
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m schemas.generate --check

.PHONY: format
format: $(TEST) ## Rewrite the code in the house's form
	.venv/bin/ruff check --fix-only
	.venv/bin/ruff format

.PHONY: faults
faults: $(TEST) ## The fault tests at full length: kill -9, rebalances, zombies, lost brokers, restored databases
	VIGIE_TEST_LONG=1 .venv/bin/pytest tests/faults --timeout=1200 $(ARGS)

.PHONY: fuzz
fuzz: $(TEST) ## Search for bytes that break a parser, 60 seconds each; FUZZ_S=… seconds; ARGS=bodacc only that one
	@FUZZ_S=$(or $(FUZZ_S),60) scripts/fuzz $(ARGS)

.PHONY: bench
bench: $(TEST) ## Speed and latency beside peers, in one run
	.venv/bin/python tests/benchmarks $(ARGS)

.PHONY: lock
lock: ## Write locks/ anew from pyproject.toml; UPGRADE=1 takes the newest versions that fit
	@UPGRADE=$(UPGRADE) scripts/lock

.PHONY: clean
clean: ## Remove .venv and every cache; data is left alone
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "The data of vigie up is left alone: it lies in \$$VIGIE_HOME, or where vigie up --help says."

# The lock's stamp is the last thing written: an install that was broken off is done again.
.venv/bin/python:
	@python=$$(scripts/python) && echo "Making .venv with $$python" && "$$python" -m venv --clear .venv

$(RUN): locks/run.lock pyproject.toml | .venv/bin/python
	@echo "Installing what Vigie runs on"
	@$(PIP) install --require-hashes -r locks/run.lock
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(TEST): locks/test.lock $(RUN)
	@echo "Installing what tests and checks Vigie"
	@$(PIP) install --require-hashes -r locks/test.lock
	@touch $@
