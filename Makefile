# Everything sets itself up: Python >= 3.11 with venv is enough; a C compiler makes it fast.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml setup.py $(shell find src -name '*.py' -o -name '*.pxd' | grep -v '/build/')
KERNELS := setup.py $(shell find src -name '*.pxd') $(patsubst %.pxd,%.py,$(shell find src -name '*.pxd'))

.PHONY: demo test lint bench docs pages conformance coverage lab score example clean

demo: $(VENV)/.installed
	$(BIN)/netanatomy analyze --exit-zero examples/office.pcapng

# A file's tests stay together, for they share servers and what was worked out.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

test: $(VENV)/.installed $(VENV)/.test
	$(PYTEST)
	NETANATOMY_UNCOMPILED=1 $(PYTEST) tests/decode tests/capture tests/flows -m "not corpora"
	NETANATOMY_UNCOMPILED=1 $(PYTEST) --doctest-modules src

lint: $(VENV)/.installed $(VENV)/.test $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(VENV)/.installed $(VENV)/.test
	$(BIN)/python -m tests.conformance --write docs/conformance.md
	$(BIN)/python -m tests.conformance.connections --write

coverage: $(VENV)/.installed $(VENV)/.test
	NETANATOMY_UNCOMPILED=1 $(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

bench: $(VENV)/.installed $(VENV)/.bench
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/run.py --group connections
	$(BIN)/python benchmarks/connections.py
	$(BIN)/python benchmarks/findings.py
	$(BIN)/python benchmarks/resolve.py --delay 0 0.5 1 5
	$(BIN)/python benchmarks/socks.py

docs: $(VENV)/.installed $(VENV)/.docs pages
	NETANATOMY_UNCOMPILED=1 $(BIN)/python tools/make_docs.py

# The pages that are made from the declarations in the source; tests hold them up to date.
pages: $(VENV)/.installed
	$(BIN)/python tools/make_anomaly_docs.py
	$(BIN)/python tools/make_tcp_states.py
	$(BIN)/python tools/make_attack_docs.py
	$(BIN)/netanatomy socks compare --markdown >docs/socks.md.new && mv docs/socks.md.new docs/socks.md

# Needs root and the Debian packages that its first line names; 10 to 60 s for each scenario.
lab:
	$(PYTHON) -m lab.scenarios

# What the detectors find in the laboratory's captures, against what was done there, and how soon: some minutes.
score: $(VENV)/.installed
	$(BIN)/python -m lab.score --delay

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
