# Short names for what contributors do often. `make check` is what review expects.
PYTHON ?= .venv-test/bin/python

.PHONY: check format test taxonomy

# style, types, layers, taxonomy: everything that needs no data
check:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(dir $(PYTHON))lint-imports --config pyproject.toml
	$(PYTHON) -m padan taxonomy check >/dev/null

# put the code into the one form
format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

test:
	./test
