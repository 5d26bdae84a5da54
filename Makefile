# Short names for the two commands; bootstrap.py does the work and needs nothing but Python.
PYTHON ?= python3

.PHONY: run test bench catalogue clean

run:
	$(PYTHON) bootstrap.py run

test:
	$(PYTHON) bootstrap.py test

# Asks for nothing but what runs; DuckDB (requirements-bench.txt) and LibreOffice Calc only make it compare.
bench:
	.venv/bin/python -m benchmarks

catalogue:
	.venv/bin/python tools/catalogue.py extract update compile

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
