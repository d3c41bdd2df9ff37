PYTHON ?= python3
BIN = .venv/bin
# The environment needs no pip of its own where Python has one. Modules are compiled when they are first imported.
LACKS_PIP = $(shell $(PYTHON) -c 'import pip' 2>&1)
PIP = $(if $(LACKS_PIP),$(BIN)/python -m pip,$(PYTHON) -m pip --python $(BIN)/python)
INSTALL = $(PIP) install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes

# Every process that tests start would compile all modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test bench format lock migration

run: .venv/run.stamp
	@$(BIN)/python -m api serve

test: .venv/dev.stamp .venv/node.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

# The goals of speed: make bench N=1000000 SECONDS=2 ROWS=G1,G6. Needs wrk and two cores; databases are kept in var/bench.
N = 100000
SECONDS = 1
ROWS =
bench: .venv/dev.stamp var/bench/datasette/made.stamp
	@$(BIN)/python -m tests.bench --projects $(N) --seconds $(SECONDS) $(if $(ROWS),--rows $(ROWS))

format: .venv/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# make migration m="Add a column": writes what the table definitions need; read it before you commit it.
migration: .venv/dev.stamp
	$(BIN)/python -m migrations "$(m)"
	$(BIN)/ruff format migrations

# Needs uv (pip install uv). Pins run and development dependencies with their hashes, and those of the bench.
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-annotate
lock:
	$(LOCK) pyproject.toml --output-file requirements.lock
	$(LOCK) pyproject.toml --group dev --output-file requirements-dev.lock
	$(LOCK) --group bench --output-file requirements-bench.lock

.venv/run.stamp: requirements.lock .venv/made.stamp
	@echo "Installing what the server needs; the first time takes a minute."
	@$(INSTALL) -r $<
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/made.stamp
	@echo "Installing what the tests need; the first time takes a minute."
	@$(INSTALL) -r $<
	@touch $@

# What the bench measures beside us has an environment of its own.
var/bench/datasette/made.stamp: requirements-bench.lock
	@echo "Installing Datasette under var/bench."
	@$(PYTHON) -m venv --clear var/bench/datasette
	@var/bench/datasette/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The compiler for one test of types, which is skipped where npm or its registry is not to be had.
.venv/node.stamp: tests/typescript/package-lock.json .venv/made.stamp
	@if npm ci --prefix tests/typescript --silent --ignore-scripts --no-audit --no-fund \
		--fetch-retry-mintimeout=1000 >/dev/null 2>&1; then touch $@; \
		else echo "npm could not install the compiler for the test of types; it is skipped."; fi

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(if $(LACKS_PIP),,--without-pip) .venv
	@touch $@
