# Two commands are enough: `make run` and `make test`. Everything they need is fetched into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# what is imported is compiled once and kept, so that every later start is twice as fast
unexport PYTHONDONTWRITEBYTECODE

UV     := $(shell command -v uv 2>/dev/null || echo $(VENV)-uv/bin/uv)

# the widget's sources, and what its demo page shows of the shop
WEB    := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print) \
          data/demo/products.csv data/demo/customers.csv
NPM    := PATH="$(abspath $(BIN)):$$PATH" npm --prefix web

.NOTPARALLEL:
.PHONY: run test chaos bench bench-nlu lint check format lock train clean help
.DEFAULT_GOAL := help

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.ready web/dist/.ready ## train when needed, load the demo shop, serve on port 5005
	@$(BIN)/guitai serve --demo

test: $(VENV)/.ready-dev web/dist/.ready ## everything but slow chaos and benchmarks
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow"

bench: $(VENV)/.ready-dev ## how fast the bot starts, trains and answers, and how many widgets a worker carries
	@$(BIN)/python -m bench.engine --train
	@$(BIN)/python -m bench.sockets

bench-nlu: $(VENV)/.ready-dev ## how well messages are understood, on DATA=folder of labelled sets
	@$(BIN)/python -m bench.nlu $(DATA)

chaos: $(VENV)/.ready-dev web/dist/.ready ## the long form of the proofs: hundreds of kills, long outages, forged pushes, planted bugs
	@$(BIN)/python -m pytest -s -m slow tests

lint: $(VENV)/.ready-dev web/node_modules/.ready ## lint and strict types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(NPM) run --silent check

check: lint test ## what a reviewer runs

format: $(VENV)/.ready-dev ## rewrite to the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: $(VENV)/.ready ## train the bot from config.yml, domain.yml and data/
	$(BIN)/guitai train

lock: $(UV) ## resolve the dependencies anew
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q pyproject.toml -o requirements.lock
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q pyproject.toml --group dev -o requirements-dev.lock

clean: ## remove what the other targets made
	rm -rf $(VENV) $(VENV)-uv models/*.tar.gz var web/dist web/node_modules

# uv comes from PyPI when the machine has none; python3 with venv or with pip is all that is needed.
$(VENV)-uv/bin/uv:
	@echo "fetching uv"
	@$(PYTHON) -m venv $(VENV)-uv 2>/dev/null && $(VENV)-uv/bin/python -m pip install -q uv \
	  || { rm -rf $(VENV)-uv; $(PYTHON) -m pip install -q --target $(VENV)-uv uv; }

$(VENV)/bin/python: | $(UV)
	@$(UV) venv -q --allow-existing --python '>=3.11,<3.14' $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing packages"
	@$(UV) pip sync -q --python $(VENV) --require-hashes requirements.lock
	@$(UV) pip install -q --python $(VENV) --no-deps -e .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing packages for development"
	@$(UV) pip sync -q --python $(VENV) --require-hashes requirements-dev.lock
	@$(UV) pip install -q --python $(VENV) --no-deps -e .
	@touch $@ $(VENV)/.ready

# Node comes with the Python packages, so those are installed first; the widget's own packages are pinned by web/package-lock.json.
web/node_modules/.ready: web/package.json web/package-lock.json web/.npmrc
	@echo "installing packages for the widget"
	@$(NPM) ci --silent
	@touch $@

web/dist/.ready: $(WEB) web/node_modules/.ready
	@echo "building the widget"
	@$(NPM) run --silent build
	@touch $@
