# Every target sets up what it needs from a fresh clone: Python 3.11 or newer, make, and a package index.
#
# One environment, .venv, in two steps: `make demo` installs the core dependencies only (requirements/run.lock), the others
# add the tools (requirements/dev.lock, which holds the same versions). A changed lock makes it anew. `make versions` makes
# further ones, by this same file with other values of PYTHON, VENV and the locks.

# The first of these that runs and is new enough; `make PYTHON=... TARGET` takes another one.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
RUN_LOCK := requirements/run.lock
DEV_LOCK := requirements/dev.lock
BIN := $(VENV)/bin
# The locks are complete: nothing is resolved here.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps

.DEFAULT_GOAL := help
.PHONY: help demo test versions check interop fuzz bench docs protos lock servers clouds clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.package ## run a workflow over a real data set, and see a type error caught
	@$(BIN)/python examples/demo.py

# One more than there are processors: some tests wait, for a timeout or a server.
WORKERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')
test: $(VENV)/.dev $(VENV)/.package servers ## all tests but those of `make interop`
	$(BIN)/python -m pytest -n $(WORKERS) -m "not interop"

# Those that are found; `make versions PYTHONS="/somewhere/python3.12 ..."` takes others. The oldest dependencies go with the
# oldest Python, for which alone some of them were built.
PYTHONS ?= $(shell for python in python3.11 python3.12 python3.13; do $$python -c '' 2>/dev/null && echo $$python; done)
VERSIONS := .cache/versions
versions: ## the same tests on every Python that is found, and with the oldest dependencies
	@test -n "$(PYTHONS)" || { echo 'no Python was found: make versions PYTHONS="..."' >&2; exit 1; }
	@failed=; \
	for python in $(PYTHONS); do \
	    version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])') || exit 1; \
	    echo "== $$($$python --version), newest dependencies"; \
	    $(MAKE) --no-print-directory test PYTHON=$$python VENV=$(VERSIONS)/$$version || failed="$$failed $$version"; \
	    test "$$version" = 3.11 || continue; \
	    echo "== $$($$python --version), oldest dependencies"; \
	    $(MAKE) --no-print-directory test PYTHON=$$python VENV=$(VERSIONS)/oldest \
	        RUN_LOCK=requirements/oldest.lock DEV_LOCK=requirements/oldest.lock || failed="$$failed oldest"; \
	done; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

# Strict but for annotations that are made while running, `list[drawn]`: many tests are about those.
FOR_TESTS := --disable-error-code misc --disable-error-code name-defined --disable-error-code valid-type
# The peers are not installed beside mypy, so their decorators have no types.
FOR_BENCHMARKS := --allow-untyped-decorators --no-warn-return-any
check: $(VENV)/.dev $(VENV)/.package .venv-protoc/.made ## style, types, structure, and whether generated code is up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy $(FOR_TESTS) tests examples conformance
	MYPYPATH=tests:tests/interop $(BIN)/mypy $(FOR_BENCHMARKS) benchmarks
	$(BIN)/basedpyright
	$(BIN)/python -m pytest tests/test_structure.py
	.venv-protoc/bin/python protos/generate.py --check

interop: $(VENV)/.dev $(VENV)/.package servers clouds ## against other implementations; builds their environments at first
	$(BIN)/python -m pytest -m interop

fuzz: $(VENV)/.dev $(VENV)/.package ## property tests with many more examples, and ten times the untrusted bytes
	$(BIN)/python -m pytest -n auto -m "(hypothesis or fuzz) and not interop" --hypothesis-profile=fuzz

bench: $(VENV)/.dev $(VENV)/.package ## times and sizes, next to other implementations
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/run.py --stored

docs: .venv-docs/.made ## the site, in site/
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict --quiet

protos: .venv-protoc/.made ## generate flytetypes/idl/_generated from protos/
	.venv-protoc/bin/python protos/generate.py

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --custom-compile-command "make lock" \
	--no-emit-index-url --no-emit-find-links --no-annotate
lock: $(VENV)/.dev ## pin the newest and the oldest versions that pyproject.toml allows
	$(LOCK) pyproject.toml --extra all --group build --group lock --group check --output-file requirements/dev.lock
	$(LOCK) pyproject.toml --group build --constraints requirements/dev.lock --output-file requirements/run.lock
	$(LOCK) pyproject.toml --extra all --group build --group test --resolution lowest-direct \
	    --output-file requirements/oldest.lock
	$(LOCK) --group docs --output-file requirements/docs.lock
	$(LOCK) --group protoc --output-file requirements/protoc.txt

# Programs of other people that the tests start (tests/servers). Each is built once for its version; without the tools that
# it takes, nothing is built, and the tests that need it are skipped.
SERVERS := .cache/servers
VERSITYGW := v1.8.0
FAKE_GCS_SERVER := v1.56.1
HAS_GO := $(shell command -v go)
HAS_NPM := $(shell command -v npm)

servers: $(if $(HAS_GO),$(SERVERS)/versitygw-$(VERSITYGW)) ## the S3 server that the tests start
	@$(if $(HAS_GO),:,echo "no Go here: tests on an S3 server will be skipped" >&2)

clouds: $(if $(HAS_GO),$(SERVERS)/fake-gcs-server-$(FAKE_GCS_SERVER)) $(if $(HAS_NPM),$(SERVERS)/azurite/.made) ## servers like Google's and Azure's
	@$(if $(HAS_GO),:,echo "no Go here: tests on a server like Google's will be skipped" >&2)
	@$(if $(HAS_NPM),:,echo "no npm here: tests on a server like Azure's will be skipped" >&2)

clean: ## remove what the other targets made, environments included
	rm -rf .venv .venv-docs .venv-protoc .cache site .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find flytetypes tests examples benchmarks conformance -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments -----------------------------------------------------------------------------------------------------

$(VENV)/.run: $(RUN_LOCK) $(DEV_LOCK)
	@echo "making $(VENV)" >&2
	@test -n "$(PYTHON)" || { echo "flytetypes needs Python 3.11 or newer: make PYTHON=... TARGET" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(INSTALL) --requirement $(RUN_LOCK)
	@touch $@

# The package itself, from this folder; anew when its metadata may have changed. Its build tool is in the lock.
$(VENV)/.package: $(VENV)/.run pyproject.toml
	@$(BIN)/python $(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "adding the tools to $(VENV)" >&2
	@$(BIN)/python $(INSTALL) --requirement $(DEV_LOCK)
	@touch $@

.venv-protoc/.made: requirements/protoc.txt
.venv-docs/.made: requirements/docs.lock
.venv-protoc/.made .venv-docs/.made:
	@echo "making $(@D)" >&2
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python $(INSTALL) --requirement $<
	@touch $@

# --- servers ----------------------------------------------------------------------------------------------------------

$(SERVERS)/versitygw-$(VERSITYGW): GO_PACKAGE = github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW)
$(SERVERS)/fake-gcs-server-$(FAKE_GCS_SERVER): GO_PACKAGE = github.com/fsouza/fake-gcs-server@$(FAKE_GCS_SERVER)
$(SERVERS)/versitygw-$(VERSITYGW) $(SERVERS)/fake-gcs-server-$(FAKE_GCS_SERVER):
	@echo "building $(@F)" >&2
	@mkdir -p $(SERVERS)/building
	@cd $(SERVERS) && GOBIN=$(CURDIR)/$(SERVERS)/building GOFLAGS=-trimpath go install $(GO_PACKAGE)
	@mv $(SERVERS)/building/$(patsubst %-$(lastword $(subst -, ,$(@F))),%,$(@F)) $@

$(SERVERS)/azurite/.made: tests/servers/azurite/package-lock.json
	@echo "installing azurite" >&2
	@mkdir -p $(@D)
	@cp tests/servers/azurite/package.json tests/servers/azurite/package-lock.json $(@D)
	@cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	@touch $@
