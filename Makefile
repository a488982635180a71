# The short targets, the same locally and in CI. `make serve` and `make test` work on a bare machine.
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON ?= python3
SERVE_VENV := .venv-serve
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test check format train bench clean

serve: $(SERVE_VENV)/.installed
	$(SERVE_VENV)/bin/python -m service serve --host $(HOST) --port $(PORT)

test: $(VENV)/.installed
	$(BIN)/python -m pytest

check: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --cov --cov-report=term

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(SERVE_VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(SERVE_VENV)
	$(SERVE_VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[cpu]'
	touch $@

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[cpu,train,test]'
	touch $@

clean:
	rm -rf $(VENV) $(SERVE_VENV)
