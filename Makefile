# One environment in .venv, made once; every target uses it.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

.PHONY: run test slow same lint long fuzz clients endurance bench house readme validated evidence study golden clean
.DEFAULT_GOAL := run

run: $(STAMP)  ## the main job: results, figures and report in results/main
	$(VENV)/bin/hinterland run main --out results/main

test: $(STAMP)  ## the quick suite
	$(VENV)/bin/python -m pytest -q -n 2 --dist loadfile -m 'not slow and not long and not endurance and not fuzz'

slow: $(STAMP)  ## tests of many seconds each that the quick suite leaves out
	$(VENV)/bin/python -m pytest -q -n 2 --dist loadfile -m 'slow and not long and not endurance and not fuzz'

same: $(STAMP)  ## results bit for bit as stored in tests/same; three minutes
	$(VENV)/bin/python -m tests.same

long: $(STAMP)  ## tests that take minutes
	$(VENV)/bin/python -m pytest -q -m long

clients: $(STAMP)  ## EMA Workbench, Mesa and notebooks in the versions that people have, an environment each
	$(VENV)/bin/python -m tests.clients

endurance: $(STAMP)  ## interruptions, executors, efficiency, large stores: half an hour, prints figures
	$(VENV)/bin/python -m pytest -q -s -m endurance

fuzz: $(STAMP)  ## configs, overrides and worlds at random; three minutes, prints inputs tried and what they did
	$(VENV)/bin/python -m pytest -q -s -m fuzz tests/fuzz

bench: $(STAMP)  ## the table of docs/speed.md as ratios measured now, about a quarter of an hour
	$(VENV)/bin/python -m benchmarks

house: $(STAMP)  ## state of the code: import cycles, sizes of files and functions, disabled checks, tests
	$(VENV)/bin/python -m benchmarks.house

readme: $(STAMP)  ## results/main and results/robust_main, then the first screen of the README from them
	$(VENV)/bin/hinterland run robust_main --out results/robust_main
	$(VENV)/bin/hinterland run main --out results/main
	$(VENV)/bin/hinterland report results/main --brief docs/answer --into README.md

validated: $(STAMP)  ## run the suites of `hinterland validate`; store the tables that reports cite
	-$(VENV)/bin/hinterland validate --known docs/known.yaml --store sim/analysis/validated.csv \
	  --errors sim/analysis/forecast_errors.csv

evidence: $(STAMP)  ## measure again what instruments do at their defaults and who loses; an hour or two
	$(VENV)/bin/hinterland effects --run --store

study: $(STAMP)  ## the questions of the source study, then docs/study.md from their tables; up to three hours
	$(VENV)/bin/hinterland study --docs docs

golden: $(STAMP)  ## store the reference figures again, after an intended change of results
	$(VENV)/bin/python -m pytest -q tests/golden --rewrite-golden

lint: $(STAMP)  ## style, format, types, layers
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

clean:  ## remove everything that can be rebuilt; results are kept
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find sim tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Hinterland needs Python 3.11 or newer; '$(PYTHON)' is missing or older. Try: make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# The stamp is newer than both files as long as the environment matches them.
$(STAMP): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
