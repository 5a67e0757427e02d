# Everything sets itself up: Python >= 3.11 with venv is enough; a C compiler makes it fast.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml setup.py $(shell find src -name '*.py' -o -name '*.pxd' | grep -v '/build/')
KERNELS := setup.py $(shell find src -name '*.pxd') $(patsubst %.pxd,%.py,$(shell find src -name '*.pxd'))

.PHONY: demo test lint bench docs conformance coverage example clean

demo: $(VENV)/.installed
	$(BIN)/netanatomy analyze examples/office.pcapng

test: $(VENV)/.installed $(VENV)/.test
	$(BIN)/python -m pytest
	NETANATOMY_UNCOMPILED=1 $(BIN)/python -m pytest tests/decode tests/capture -m "not corpora"
	NETANATOMY_UNCOMPILED=1 $(BIN)/python -m pytest --doctest-modules src

lint: $(VENV)/.installed $(VENV)/.test $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(VENV)/.installed $(VENV)/.test
	$(BIN)/python -m tests.conformance --write docs/conformance.md

coverage: $(VENV)/.installed $(VENV)/.test
	NETANATOMY_UNCOMPILED=1 $(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

bench: $(VENV)/.installed $(VENV)/.bench
	$(BIN)/python benchmarks/run.py

docs: $(VENV)/.installed $(VENV)/.docs
	NETANATOMY_UNCOMPILED=1 $(BIN)/python tools/make_docs.py

example:
	$(PYTHON) -m lab.office

clean:
	rm -rf $(VENV) build site
	find src -name '*.so' -delete

# Installed in place: the kernels lie beside their sources, and a changed kernel is built again.
$(VENV)/.installed: $(KERNELS) pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -m compileall -q src  # also where Python is told not to write byte code as it runs
	touch $@

$(VENV)/.test $(VENV)/.lint $(VENV)/.docs $(VENV)/.bench: $(VENV)/.%: pyproject.toml | $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group $*
	touch $@
