# Every target sets up what it needs by itself: Python 3.11–3.13 and make are enough.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help report test test-full lab check bench lock

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=120 --dist loadfile -n 2 -p no:cacheprovider

help:
	@printf "%-16s %s\n" "make report" "run the monthly report on the demo bank (built when missing) and publish it"
	@printf "%-16s %s\n" "make test" "run all tests, the notebooks included"
	@printf "%-16s %s\n" "make test-full" "run the long proofs as well: whole corpora, a thousand random tables"
	@printf "%-16s %s\n" "make lab" "open working copies of the notebooks in JupyterLab"
	@printf "%-16s %s\n" "make check" "ruff, mypy --strict, layers, notebook anatomy, texts, lock and environment"
	@printf "%-16s %s\n" "make bench" "time the workbench beside its peers"
	@printf "%-16s %s\n" "make lock" "resolve the dependencies anew (needs uv) and regenerate environment.yml"

$(READY): requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh $(VENV)

report: $(READY)
	@$(BIN)/workbench run monthly --lang both
	@$(BIN)/workbench site
	@echo "open $(CURDIR)/reports/site/bank/index.html"

test: $(READY)
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile tests
	@$(BIN)/python -m pytest -q $(NBVAL) notebooks

test-full: $(READY)
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "full or not full" tests
	@$(BIN)/python -m pytest -q $(NBVAL) notebooks

lab: $(READY)
	@$(BIN)/workbench lab

check: $(READY)
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/project tests/text tests/notebooks

bench: $(READY)
	@for each in benchmarks/*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

lock: pyproject.toml
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra dev pyproject.toml -o requirements.lock
	@python3 tools/environment.py > environment.yml
