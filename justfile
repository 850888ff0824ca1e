# `just` alone lists what there is to do.
default:
    @just --list

# formatting, lint, import contracts, types, layout: seconds, no network
check:
    ruff format --check .
    ruff check .
    lint-imports
    mypy src
    pytest tests/test_layout.py

# every test, on SQLite
test:
    pytest
