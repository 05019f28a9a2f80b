# `make check` shows what hotswap finds; `make test` runs everything that has to pass. Both need only Python and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# What the README says of QEMU 2.10.
VIOLATED := no-dangling-pointer,no-use-after-free,no-illegal-transition,no-deadlock,failed-command-changes-nothing
VIOLATED := $(VIOLATED),pairing,id-never-lost,open-close-alternate,open-state-agrees,fe-open-agrees
VIOLATED := $(VIOLATED),events-only-from-own-chardev,blocked-writer-has-wakeup,modem-lines-agree
VIOLATED := $(VIOLATED),path-reachable-after-change,unplugged-is-as-new,terminal-is-taken-by-its-stdio

# Tests start many processes, and each of them would compile its modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: check test thorough long lint fast clean

check: $(VENV)/.installed
	@$(BIN)/hotswap check --profile qemu-2.10 --expect $(VIOLATED)
	@echo
	@$(BIN)/hotswap check --profile repaired --expect none
	@echo
	@echo "As the README says: QEMU 2.10 breaks the properties above, the repaired protocol none."

test: lint
	$(BIN)/pytest -n auto --dist loadfile -m "not thorough and not long"

thorough: $(VENV)/.developing
	$(BIN)/pytest -n auto -m "thorough and not long"

# What takes many minutes: every mutant of the spec and of the layer, the largest scope, every step of the layer, every
# size of the scope. It writes the reports anew. A frontend that refuses is tested in two versions of QEMU if they are
# there: `tests/refuser/build 10.0 build/refuser-10.0`.
long: $(VENV)/.developing
	$(BIN)/hotswap mutate --profile repaired --json tests/golden/mutants.json
	$(BIN)/python tests/mutation.py
	$(BIN)/hotswap check --profile repaired --scope large --json tests/golden/large.json
	$(BIN)/python tests/repairs.py
	$(BIN)/python tests/refinement.py
	$(BIN)/python tests/impl_mutation.py
	$(BIN)/python tests/saturation.py
	$(BIN)/pytest -m long

lint: $(VENV)/.developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fast: $(VENV)/.developing
	$(BIN)/pytest -n auto --dist loadfile -m "not slow and not thorough and not long"

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "hotswap needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Preparing $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade pip
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	@$(PIP) install --group dev
	@touch $@

clean:
	rm -rf $(VENV) .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis
