# Each target works as the first command on a fresh Debian machine with Python 3.11 or newer.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup setup-dev run test check format bench screenshots messages package package-test clean

help:
	@echo "make run          start Nectary (make run -- --sandbox for the stand-in service)"
	@echo "make test         run the tests"
	@echo "make check        format, lint, types, import contracts"
	@echo "make bench        measure; one JSON line per measurement"
	@echo "make screenshots  write docs/screenshots"
	@echo "make messages     collect the texts for translation, compile the translations"
	@echo "make package      build the program for people without Python, into dist/"
	@echo "make package-test try its .deb in a clean Debian without Python (as root)"

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(VENV)/.runtime: requirements/runtime.txt scripts/setup.sh
	@PYTHON=$(PYTHON) bash scripts/setup.sh runtime

$(VENV)/.dev: requirements/dev.txt requirements/runtime.txt scripts/setup.sh
	@PYTHON=$(PYTHON) bash scripts/setup.sh dev

# "make run -- --sandbox": what follows "--" reaches make as goals; they are passed on to the program.
ifeq (run,$(firstword $(MAKECMDGOALS)))
ARGS := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
$(if $(ARGS),$(eval .PHONY: $(ARGS))$(eval $(ARGS):;@:))
endif

run: setup
	@bash scripts/run.sh $(ARGS)

test: setup-dev
	@bash scripts/test.sh

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Standard output holds one JSON line per measurement, in the order of their names.
bench: setup
	@for file in benchmarks/[a-z]*.py; do \
		name=$$(basename $$file .py); echo "$$name:" >&2; \
		$(BIN)/python -m benchmarks $$name --json - || exit 1; \
	done

screenshots: setup-dev
	@bash scripts/screenshots.sh

messages: setup-dev
	@$(BIN)/python -m scripts.messages update

build/venv/.package: requirements/package.txt requirements/runtime.txt scripts/setup.sh
	@PYTHON=$(PYTHON) bash scripts/setup.sh package

package: build/venv/.package
	@bash packaging/build.sh

package-test:
	@bash packaging/test_root.sh

clean:
	rm -rf build dist .cache .pytest_cache .ruff_cache
