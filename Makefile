# Babelproof: `make run` opens the dashboard, `make test` runs every test. Each sets up its own .venv first.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test lint types bench clean

run: .venv/run.stamp
	$(BIN)/streamlit run dashboard/app.py --server.port $(PORT)

test: .venv/test.stamp chromium
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

lint: .venv/test.stamp
	$(BIN)/ruff check .

types: .venv/test.stamp
	$(BIN)/mypy

bench: .venv/test.stamp
	$(BIN)/python -m tests.benchmarks

.venv/run.stamp: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Babelproof needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/test.stamp: .venv/run.stamp tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@

# The browser tests need Chromium; on Debian it is installed when it is missing.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || \
	{ command -v apt-get >/dev/null 2>&1 && echo "Installing chromium for the browser tests." && \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo) && $$SUDO apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$SUDO apt-get install -y -qq chromium chromium-driver; } || \
	{ echo "Install Chromium: the browser tests need it." >&2; exit 1; }

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache
