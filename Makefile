# Two commands matter most: `make run` and `make test`. `make help` lists all.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
# Installs the lock that the target depends on; pip's many lines become one that counts.
INSTALL = $(BIN)/pip install --no-input --disable-pip-version-check --only-binary :all: --require-hashes -r $(lastword $^) 2>&1 \
	| awk -v total=$$(grep -c == $(lastword $^)) ' \
		/^(Collecting|Processing) / { printf "\r  fetching %d of %d", ++n, total; fflush() } \
		/^Installing collected/ { printf "\n  unpacking …\n"; fflush() } \
		/^ *ERROR|^ +(Expected|Got) / { printf "\n%s", $$0; fflush() }'
# How the commands of `make check` see the settings: as production does, with values of no use.
AS_PRODUCTION := ENV=production SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))') \
	PUBLIC_URL=https://loyalty.example.org REDIS_URL=redis://localhost:6379/0 EMAIL_URL=smtp://localhost:25

.DEFAULT_GOAL := help
.PHONY: help install run test check style templates layers types settings migrations format bench bench-receipts lock messages clean

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Taem needs Python 3.11 or later: PYTHON=/path/to/python make run"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

.venv/runtime: .venv/created requirements.lock
	@echo "Installing the packages Taem runs on (once, about half a minute) …"
	@$(INSTALL)
	@touch $@

.venv/development: .venv/created requirements-dev.lock
	@echo "Installing the packages for development (once, about a minute) …"
	@$(INSTALL)
	@touch $@ .venv/runtime

install: .venv/development ## Install everything that development needs

run: .venv/runtime ## Start Taem with its demo on http://localhost:8000 (PORT=… for another port)
	@$(BIN)/python manage.py run

test: .venv/development ## Run the tests on SQLite
	@$(BIN)/python -m pytest -q -n 2 -m "not browser and not services and not slow"

check: .venv/development ## Read the code as machines can: style, layers, types, settings, migrations
	@$(MAKE) --keep-going --no-print-directory style templates layers types settings migrations

style:
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

templates:
	@echo "djade --check templates/**.html"
	@find templates -name '*.html' -print0 | sort -z | xargs -0 -r $(BIN)/djade --target-version 5.2 --check

layers:
	$(BIN)/lint-imports --no-logo

types:
	$(BIN)/mypy

settings:
	@echo "manage.py check --deploy, as in production"
	@$(AS_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

migrations:
	$(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/development ## Put code and templates in order
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	@find templates -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2

bench: .venv/development ## Measure, on the PostgreSQL that DATABASE_URL names
	@$(BIN)/python -m bench

bench-receipts: .venv/development ## Measure how receipts are read (TAEM_SHARED names the scans)
	@$(BIN)/python -m bench.receipts

lock: ## Choose the versions of all packages anew (needs uv)
	@command -v uv >/dev/null || { echo "Install uv first."; exit 1; }
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.lock
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev \
		-c requirements.lock -o requirements-dev.lock

messages: .venv/development ## Collect the sentences to translate into locale/ (needs gettext)
	@command -v xgettext >/dev/null || { echo "Install gettext first. On Debian: apt-get install gettext"; exit 1; }
	$(BIN)/python manage.py makemessages -l th --no-wrap --no-location --no-obsolete --ignore=.venv --ignore=var --ignore=tests --ignore=bench
	$(BIN)/python manage.py compile_translations

clean: ## Forget the demo and what was installed
	rm -rf .venv var
