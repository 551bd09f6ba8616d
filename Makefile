# `make` alone shows what there is. Every target makes its own environment first (tools/bootstrap.py).

BIN := .venv/bin
RESULTS ?= results/demo
# test processes side by side; WORKERS=0 runs all tests in one, as a debugger needs it
WORKERS ?= auto
# more for pytest, e.g. make test PYTEST="-k accounting"
PYTEST ?=

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
# Without compiled files (which uv does not make) each process of a test takes five seconds of CPU to start, not one.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV PYTHONDONTWRITEBYTECODE
export PYTHONNOUSERSITE := 1

# The first python3 that runs: a shim on the PATH may name one that doesn't.
find_python3 = for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 /usr/bin/python3; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1 && python3="$$name" && break; done; \
	[ -n "$$python3" ] || { echo "labsim setup: no python3 (3.9 or newer) runs here: install one, then try again" >&2; exit 1; }

# $(call step,NAME,COMMAND) runs a command silently, and prints its seconds or, if it fails, all that it said.
step = @begin=$$(date +%s); printf '%-8s' '$(1)'; \
	if said=$$($(2) 2>&1); then echo "ok, $$(($$(date +%s) - begin)) s"; else echo failed; echo "$$said"; exit 1; fi

.PHONY: help setup demo test test-browser test-browser-pages test-browser-times test-cluster lint types pytest format statistical bench schema odd constraints clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make or renew the environment in .venv (the others do it by themselves)
	@$(find_python3); "$$python3" tools/bootstrap.py

demo: setup ## compare regimes for Dortmund 2003 at reduced scale; prints where the report lies
	@$(BIN)/labsim compare experiments/dortmund_2003/experiment.yaml --scale 0.02 --seeds 3 --out $(RESULTS) --overwrite

# types are checked while the kernels compile
test: lint ## everything CI asks: lint, types, fast tests with coverage
	$(call step,types,{ $(BIN)/labsim warmup >/dev/null 2>&1 & $(BIN)/mypy && wait; })
	@$(MAKE) pytest

lint: setup ## ruff: rules and formatting
	$(call step,lint,$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --diff .)

types: setup ## mypy, strict
	$(call step,types,$(BIN)/mypy)

pytest: setup ## the fast tests and the doctests, at least 90 % of src/labsim covered
	$(call step,kernels,$(BIN)/labsim warmup)
	@$(BIN)/pytest -q -m "not slow and not cluster and not browser" --ignore=tests/statistical -n $(WORKERS) --maxprocesses=4 --durations=10 \
		--durations-min=1 --cov --cov-fail-under=90 $(PYTEST)

# Those with a clock in their hand come last, and alone.
BROWSER := -m "browser and not slow" -p no:cacheprovider --durations=5 --durations-min=1
TIMES := tests/browser/test_times.py
test-browser: test-browser-pages test-browser-times ## the app, the explorer and the report in Chromium (Debian: apt-get install chromium)

test-browser-pages: setup
	$(call step,kernels,$(BIN)/labsim warmup)
	@$(BIN)/pytest -q $(BROWSER) -n $(WORKERS) --maxprocesses=2 --dist=loadfile tests/browser --ignore=$(TIMES) $(PYTEST)

test-browser-times: setup
	$(call step,kernels,$(BIN)/labsim warmup)
	@$(BIN)/pytest -q $(BROWSER) -n 0 $(TIMES) $(PYTEST)

# Tests that only need Slurm's answers run side by side; those in which nodes die come after them, alone.
CLUSTER := tests/cluster --ignore=tests/cluster/test_dask_workers.py -m cluster -p no:cacheprovider
SLURM_NODES := LABSIM_SLURM_NODES=2 LABSIM_SLURM_CPUS=8 LABSIM_SLURM_DBD=1 LABSIM_SLURM_ARRAY_MAX=5 LABSIM_SLURM_TIMEOUT=8
test-cluster: setup ## sweeps on a real Slurm on this machine (2 nodes, needs root and apt-get): started, tested, stopped
	$(call step,kernels,$(BIN)/labsim warmup)
	$(call step,slurm,{ $(SLURM_NODES) bash tests/cluster/start-local-slurm.sh || { bash tests/cluster/stop-local-slurm.sh; false; }; })
	@code=0; $(BIN)/pytest -q $(CLUSTER) -n 4 --dist=worksteal --durations=5 --ignore=tests/cluster/test_nodes_die.py $(PYTEST) || code=1; \
		$(BIN)/pytest -q -n 0 -m cluster -p no:cacheprovider tests/cluster/test_nodes_die.py $(PYTEST) || code=1; \
		bash tests/cluster/stop-local-slurm.sh; exit $$code

format: setup ## let ruff rewrite the files
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

statistical: setup ## the slow suite: the model against theory and published figures, printed as a table
	@$(BIN)/pytest -q -s --timeout=0 --durations=10 tests/statistical $(PYTEST)

bench: setup ## speed and memory beside the reference engine and the machine's memory bandwidth
	@$(BIN)/python -m benchmarks

schema: setup ## write configs/schema/ anew from the declared parameters
	@$(BIN)/python -c 'from labsim.config.schema import write_schemas; write_schemas("configs/schema")'

odd: setup ## fill the tables of docs/odd.md anew from the code
	@$(BIN)/labsim odd

constraints: ## write constraints.txt anew: the newest versions that pyproject.toml allows
	@$(find_python3); "$$python3" tools/bootstrap.py constraints

clean: ## remove the environment, the tools and all caches; results stay
	@rm -rf .venv .tools .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
