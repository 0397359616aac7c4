# Each command does all set-up itself: .venv/ and .portal/ are all that is written.
PYTHON ?= python3
export HYPOTHESIS_STORAGE_DIRECTORY := .portal/cache/hypothesis
# Compiled modules too; those of the packages lie beside them, for who starts Python without make.
ifndef PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.portal/cache/python
endif

.PHONY: run test check bench coverage setup

run: setup
	@exec .venv/bin/portal demo

test: setup
	@exec .venv/bin/pytest -n 2 --dist worksteal

check: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo --cache-dir .portal/cache/imports
	.venv/bin/djlint --lint --quiet auth catalog governance portal search

bench: setup
	@exec .venv/bin/python -m tests.benchmarks

coverage: setup
	.venv/bin/coverage run -m pytest -n 2 --dist worksteal
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report --skip-covered

setup:
	@PYTHON="$(PYTHON)" PYTHONPYCACHEPREFIX= portal/assets/setup.sh
