# Two commands do everything on a machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
# The workers collect tests in one order.
export PYTHONHASHSEED := 0
RUN := $(BIN)/cep-route

.PHONY: demo test fast fmt lint bench docs man clean

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/base: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	$(BIN)/python -m compileall -q cep_route
	touch $@

.venv/dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[dev,docs,fast,ask,xlsx,report,sheet,pdf,http]'
	$(PIP) --no-deps axe-playwright-python  # only for the axe-core script it carries
	$(BIN)/python -m compileall -q cep_route
	touch .venv/base $@

# An environment of its own for Spark and the recipes: where pandas is, pyarrow loads it, and every time measured would be another.
.venv/scripts/whole: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv/scripts
	.venv/scripts/bin/python -m pip install --quiet --disable-pip-version-check -e '.[fast,spark,recipes]'
	touch $@

demo: .venv/base
	@rm -rf demo && mkdir demo
	@echo '$$ cep-route route --age 24 --statut demandeur-emploi --scolarise non --en-emploi non --handicap aucun --cadre non --commune 99301 --besoin mobilite'
	@$(RUN) route --age 24 --statut demandeur-emploi --scolarise non --en-emploi non --handicap aucun --cadre non --commune 99301 --besoin mobilite
	@echo
	@echo '$$ cep-route batch examples/intake.csv -o demo/routed.csv --rejects demo/rejects.csv'
	@$(RUN) batch examples/intake.csv -o demo/routed.csv --rejects demo/rejects.csv || test $$? -eq 1
	@echo; echo 'demo/routed.csv :'; cut -d';' -f1-12 demo/routed.csv
	@echo; echo 'demo/rejects.csv :'; cat demo/rejects.csv

# The environment of the scripts is made while the other one is, and while the linters run.
test:
	$(MAKE) --jobs=2 .venv/scripts/whole lint
	$(BIN)/python -m pytest

# The tests of what has changed since the last commit (SINCE=main: since another).
fast: .venv/dev
	$(BIN)/python -m pytest -q --timeout=20 $$($(BIN)/python tools/changed_tests.py $(SINCE))

fmt: .venv/dev
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The documentation site, in docs/site: plain pages, to be opened from the disk or copied to any server.
docs: .venv/dev
	$(BIN)/python -m mkdocs build --strict --quiet --site-dir build/docs
	rm -rf docs/site && mv build/docs docs/site

# The manual pages of the wheel, written from the command table; a test says when they are stale.
man: .venv/base
	$(BIN)/python tools/build_man.py

clean:
	rm -rf .venv demo dist build docs/site
