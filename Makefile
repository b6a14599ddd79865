# Everything a newcomer types. Needs Python 3.11 or newer and git; the network is used for installing packages only.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ZIZMOR_INPUTS := action.yml quarantine/action.yml .github/workflows .github/dependabot.yml
WORKFLOWS := $(wildcard .github/workflows/*.yml examples/workflows/*.yml)
CACHES := .mypy_cache .pytest_cache .ruff_cache .hypothesis build

.DELETE_ON_ERROR:
.PHONY: help setup demo test test-full lint bench lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(INSTALLED) ## Install everything into .venv, once

# The stamp is written last, so an interrupted installation is done again.
$(INSTALLED): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say make PYTHON=...")'
	@echo "Installing into $(VENV), once; this takes a minute and prints nothing more."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED) ## Scan a small world and talk to the bot about what it finds; KEEP=1 keeps its pages open
	@$(BIN)/ftc demo $(if $(KEEP),--keep)

test: $(INSTALLED) ## Run the tests that need Python and git only
	$(BIN)/pytest -n auto -m "not toolchain and not slow"

test-full: $(INSTALLED) ## Run the tests that need more: time, toolchains, act, chromium, docker, podman, litellm
	$(BIN)/pytest -n auto -m "toolchain or slow"

lint: lint-style lint-types lint-actions ## Check style, types, actions and workflows

.PHONY: lint-style lint-types lint-actions
lint-style: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types: $(INSTALLED)
	$(BIN)/mypy

lint-actions: $(INSTALLED)
	$(BIN)/zizmor --offline --persona pedantic --no-progress --quiet $(ZIZMOR_INPUTS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml quarantine/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

bench: $(INSTALLED) ## Measure throughput and requests
	for file in benchmarks/*.py; do $(BIN)/python "$$file" || exit 1; done

# core, llm and notify are installed together, so each later one keeps to the pins of the one before.
lock: ## Resolve the dependencies anew; needs uv
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--output-file requirements/core.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra dev --output-file requirements/dev.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--constraint requirements/core.txt --extra llm --output-file requirements/llm.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--constraint requirements/llm.txt --extra notify --output-file requirements/notify.txt pyproject.toml

clean: ## Remove what was installed and cached
	rm -rf $(VENV) $(CACHES)
