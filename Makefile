# Two commands are all a newcomer needs: `make demo` and `make test`.
# Each builds .venv by itself; the machine needs make, Python 3.11+ and the network.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test check format bench show clean .venv

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-peers

# More arguments for pytest, such as TESTFLAGS="--long -k merge".
TESTFLAGS ?=
# More arguments for the demo, such as DEMOFLAGS="--nodes 4".
DEMOFLAGS ?=
# More arguments for the benchmarks, such as BENCHFLAGS=--quick or BENCHFLAGS=merge.
BENCHFLAGS ?=
# More arguments for the show, such as SHOWFLAGS=--short.
SHOWFLAGS ?=
# One interpreter of your choice, such as PYTHON=python3.13.
PYTHON ?=

help: ## show this list
	@sed -n 's/^\([a-z.]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

demo: $(STAMP) ## a cloud of three nodes on this machine; Ctrl-C ends it
	@$(BIN)/skygarth demo $(DEMOFLAGS)

test: $(STAMP) ## the whole suite, in parallel
	@$(BIN)/pytest -n auto --dist loadgroup $(TESTFLAGS)

check: $(STAMP) ## format, lint, strict types, tidy tests
	@$(BIN)/ruff format --check --quiet . || { echo "  mend it with: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/pytest tests/tidy -q

format: $(STAMP) ## format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(BENCH_STAMP) ## speed beside raw apsw, ORMs and Litestream; writes docs/benchmarks.md
	@$(BIN)/skygarth bench $(BENCHFLAGS)

show: $(STAMP) ## a cloud under load grows, is hurt and shrinks; needs the servers of .ci/servers.sh
	@$(BIN)/python -m examples.growing_cloud $(SHOWFLAGS)

clean: ## remove the environment and every cache; contents in .skygarth stay
	rm -rf $(VENV) .servers .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv: $(STAMP) ## build the environment

# An existing environment is brought up to date, not built again: a new
# dependency should cost seconds.
$(STAMP): pyproject.toml
	@python=""; \
	for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    python="$$candidate"; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "error: no Python 3.11 or newer found (tried python3, python3.11 to python3.14)" >&2; \
	  echo "  fix: install one, or name it: make PYTHON=/path/to/python3 .venv" >&2; \
	  exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "building $(VENV) with $$("$$python" --version)"; \
	  "$$python" -m venv --clear $(VENV) || { \
	    echo "error: $$python cannot build a virtual environment" >&2; \
	    echo "  fix: on Debian and Ubuntu, apt install python3-venv" >&2; \
	    exit 1; \
	  }; \
	fi
	@echo "installing skygarth and what its tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(STAMP)

$(BENCH_STAMP): $(STAMP) benchmarks/requirements.txt
	@echo "installing what skygarth is measured beside"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	@touch $(BENCH_STAMP)
