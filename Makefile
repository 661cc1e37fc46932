# make demo: see it work.  make test: everything that must hold.  make help: the rest.
PYTHON ?= python3
VENV ?= .venv
# For CPU-only torch wheels: make install TORCH_INDEX=<the index URL that pytorch.org names for CPU wheels>
TORCH_INDEX ?=
PY = $(VENV)/bin/python
INSTALLED = $(VENV)/.installed
MODELS = models/manifest.json
# For every platform and every Python from 3.11 on. What is pinned already stays, if it can.
LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --custom-compile-command "make lock"

.PHONY: help install models demo test lint types image-check lock audit clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED) ## the virtual environment with everything

$(INSTALLED): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Facelane needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the dependencies (torch alone is some GB; once)"
# An index of other torch wheels has other files, so with one only the versions hold, not the hashes.
	@if [ -n "$(TORCH_INDEX)" ]; then \
		$(PY) -m pip install --quiet --disable-pip-version-check --extra-index-url "$(TORCH_INDEX)" -r requirements-dev.txt; \
	else $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock; fi
	@touch $@

models: $(MODELS) ## the networks, exported from facenet-pytorch to what the functions serve, and the compiled kernels

$(MODELS): $(INSTALLED) $(wildcard src/pipeline/export/*.py src/pipeline/export/*.c) \
		$(patsubst %,src/pipeline/%.py,detector kernels manifest pyramid runtime sheets)
	@$(PY) -m src.pipeline.export
	@touch $@

demo: install models ## everything on this machine, no account: stack, deployment, enrollment, input_folder/ to names
	@$(PY) -m src.client --input input_folder/

test: install models lint types ## lint, types, unit, integration and notebook tests, with coverage of src
	@$(PY) -m pytest -n 2 --dist loadscope --cov --cov-report=term:skip-covered

lint: install
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

types: install
	@$(VENV)/bin/mypy

image-check: install models ## build the zip and the image for real and run the samples through them (see tests/image/check.py)
	@$(PY) -m tests.image.check

lock: ## pin everything again, with the hash of every file, after a change of a requirements file
	@$(LOCK) requirements-dev.txt --output-file requirements-dev.lock
	@$(LOCK) src/lambda/export.txt --constraints requirements.txt --output-file src/lambda/export.lock
	@$(LOCK) src/lambda/requirements.txt --no-deps --output-file src/lambda/requirements.lock

audit: install ## the pins against the published security advisories (needs a network)
	@$(PY) -m tests.supply.audit

clean: ## what was built or downloaded, but not out/
	rm -rf $(VENV) models build .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
