# One word a chore, the same on the desk and in CI. `make report` and `make test` do all their own set-up.

# Many processes import the library: they share what the first of them compiled.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
NEWEST := demo:D3
RESULTS := reports/tests.xml

.PHONY: report test lint notebooks trace bench lab app lock clean

report: $(READY)  ## publish the pack of the newest demo snapshot
	@$(BIN)/nk521 run $(NEWEST)

test: $(READY) lint  ## every test: library, command line, packs, notebooks
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --junitxml=$(RESULTS)
	@JUPYTER_DEFAULT_PROVISIONER_NAME=nk521-warm $(BIN)/python -m pytest -n auto --dist loadfile --nbval --nbval-sanitize-with tests/notebooks/sanitize.cfg notebooks

lint: $(READY)  ## style and the floors of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

notebooks: $(READY)  ## execute the committed notebooks again on the demo snapshot
	@$(BIN)/python tests/notebooks/execute.py

trace: $(READY)  ## docs/traceability.md: every id of the specification, its code, its tests and how they ended last
	@PYTHONPATH=. $(BIN)/python -m tests.trace.matrix $(wildcard $(RESULTS))

bench: $(READY)  ## measured speed; nothing here passes or fails
	@$(BIN)/python -m pytest tests/benchmarks -o python_files='bench_*.py' -o python_functions='bench_*' --benchmark-columns=min,median,max,rounds -W ignore

lab: $(READY)  ## the notebooks in JupyterLab, on this machine only
	@$(BIN)/nk521 lab

app: $(READY)  ## the what-if workbench for people who do not code
	@$(BIN)/nk521 app

# The environment is made once for a given lock; a second run finds it ready. --require-hashes lets nothing else in.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed, found: $$($(PYTHON) --version). Say which: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian type:  sudo apt-get install -y python3-venv"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@$(BIN)/python -m pip check --quiet
	@touch $@

lock:  ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet -o requirements.lock

clean:  ## remove the environment and every cache; published packs stay
	rm -rf $(VENV) reports/.cache .pytest_cache .hypothesis .ruff_cache .import_linter_cache .benchmarks
	find nk521lib tests -name __pycache__ -type d -prune -exec rm -rf {} +
