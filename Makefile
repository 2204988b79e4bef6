# Two commands: `make run` and `make test`. Everything else is here too; `make help` lists it.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PEERS := $(VENV)/.bench-installed

.DEFAULT_GOAL := help
.PHONY: help run demo test check format fuzz chaos acceptance bench lock clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:.*## /	/'

$(INSTALLED): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (set PYTHON=...)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing from requirements.lock ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

run: $(INSTALLED)  ## bring up everything on this machine
	@exec $(BIN)/python -m service run

demo: $(INSTALLED)  ## play the walkthrough against the running service
	@$(BIN)/python -m service demo

test: $(INSTALLED)  ## run all tests
	@$(BIN)/python -m pytest

check: $(INSTALLED)  ## format, lint, types, layers, tidy tests, container files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest tests/tidy
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml

format: $(INSTALLED)  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: $(INSTALLED)  ## a long schemathesis run against an own running service
	GONGJI_FUZZ_EXAMPLES=150 $(BIN)/python -m pytest tests/test_contract.py

chaos: $(INSTALLED)  ## kill -9 servers under load, then judge the books (CHAOS=--help tells more)
	@$(BIN)/python -m tests.chaos $(CHAOS)

acceptance: $(INSTALLED)  ## official Alipay SDKs against our sandbox (downloads them; port 80 needs root)
	$(BIN)/python -m tests.acceptance.alipay_sdks

$(PEERS): benchmarks/requirements.lock $(INSTALLED)
	@echo "Installing from benchmarks/requirements.lock ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	@touch $@

bench: $(PEERS)  ## measure against pgbench and FastAPI + SQLAlchemy; takes a while
	@$(BIN)/python -m benchmarks

lock:  ## pin the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra embedded --extra dev pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header pyproject.toml -o deploy/requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra bench --constraint requirements.lock pyproject.toml \
		-o benchmarks/requirements.lock

clean:  ## remove the virtual environment and the local data
	rm -rf $(VENV) .gongji
