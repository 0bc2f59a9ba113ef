# make demo   about 30 s of tuning on a real table, in an environment of its own (.venv)
# make test   all tests
# make lint   style and types
# make docs   the documentation, in site/

PYTHON ?= python3
PY := .venv/bin/python

.PHONY: demo test lint docs clean

demo: .venv/installed
	$(PY) examples/demo.py

test: .venv/test
	$(PY) -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder

lint: .venv/dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m pyright --project pyproject.toml --pythonpath $(PY)

docs: .venv/docs
	$(PY) -m mkdocs build --strict --quiet
	@echo "Open site/index.html"

clean:
	rm -rf .venv site

# Debian's Python can be without ensurepip: then the pip outside puts one into the environment.
# Dependency groups need pip 25.1.
.venv/pip:
	@echo "Making an environment in .venv ..."
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { \
	    $(PYTHON) -m venv --clear --without-pip .venv && \
	    $(PYTHON) -m pip --python $(PY) install --quiet pip; }
	@$(PY) -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

.venv/installed: .venv/pip pyproject.toml
	@echo "Installing honed and what it needs ..."
	@$(PY) -m pip install --quiet --editable .
	@touch $@

.venv/test .venv/dev .venv/docs: .venv/installed
	@echo "Installing what the $(@F) group needs ..."
	@$(PY) -m pip install --quiet --group $(@F)
	@touch $@
