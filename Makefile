# make demo        train, test and trace a small page-layout model; results in DEMO=work_dirs/demo
# make test        the quick tests            make test-slow   the others
# make lint        ruff, mypy, import-linter  make setup       the environment alone
# make matrix      the quick tests with the lowest, locked and newest versions, below MATRIX=
# make docs        the documentation site in work_dirs/site, links checked
# make gpu-check   tries on a machine with GPUs what no other can show (docs/gpu.md)
# make clean       removes the environment and the demo's results
#
# MMCV=full        builds mmcv-full with its compiled operators (minutes, a C++ compiler)
# VENV=dir         another directory for the environment
# PYTHON=python3.x another interpreter to make it with (3.11 to 3.13)

PYTHON ?= python3
VENV   ?= .venv
MMCV   ?= plain
DEMO   ?= work_dirs/demo

ifeq ($(filter plain full,$(MMCV)),)
$(error MMCV must be plain or full, not '$(MMCV)')
endif

BIN   := $(VENV)/bin
RUN   := $(BIN)/python
PIP   := $(RUN) -m pip install --disable-pip-version-check
STAMP := $(VENV)/.ready-$(MMCV)
PARTS := runtime tests optional data pdf export serve parquet ray shards speed
NEEDS := pyproject.toml setup.py $(wildcard requirements/*.txt)
LOCK  := -c requirements/lock.txt

ifeq ($(MMCV),full)
MMCV_FILE  := requirements/mminstall.txt
MMCV_OTHER := mmcv
else
MMCV_FILE  := requirements/mmcv.txt
MMCV_OTHER := mmcv-full
endif

.PHONY: setup demo test test-slow lint matrix docs clean gpu-check
.DELETE_ON_ERROR:

setup: $(STAMP)

# The two mmcv packages own the same files, so one goes before the other comes.
$(STAMP): $(NEEDS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than Python 3.11: name a newer one with PYTHON=" >&2; exit 1; }
	@test -x $(RUN) && $(RUN) -m pip --version >/dev/null 2>&1 || \
	  $(PYTHON) -m venv --clear $(VENV) || \
	  { echo "$(PYTHON) cannot make environments here: apt-get install python3-venv" >&2; exit 1; }
	rm -f $(VENV)/.ready-*
	$(PIP) $(LOCK) setuptools wheel $(if $(filter full,$(MMCV)),ninja)
	$(PIP) $(LOCK) $(foreach part,$(PARTS),-r requirements/$(part).txt)
	$(RUN) -m pip uninstall --yes --quiet $(MMCV_OTHER)
	MMCV_WITH_OPS=$(if $(filter full,$(MMCV)),1,0) MAX_JOBS=$$(nproc) \
	  PYTHONPATH=$(CURDIR)/requirements/python313 \
	  $(PIP) --no-build-isolation -r $(MMCV_FILE)
	$(PIP) --no-build-isolation --no-deps --editable .
	touch $@

# Small tensors gain nothing from many threads, and two cores are soon oversubscribed.
test: $(STAMP)
	OMP_NUM_THREADS=1 $(RUN) -m pytest -m "not slow"

test-slow: $(STAMP)
	OMP_NUM_THREADS=1 $(RUN) -m pytest -m slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Environments and reports are left below MATRIX; nothing else is written.
MATRIX ?= work_dirs/matrix
matrix:
	$(PYTHON) tools/matrix.py $(MATRIX)

docs: $(STAMP)
	$(PIP) $(LOCK) -r requirements/docs.txt
	$(BIN)/mkdocs build --strict --site-dir work_dirs/site

gpu-check: $(STAMP)
	$(RUN) tools/gpu_check.py

clean:
	rm -rf .venv work_dirs/demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -not -path "./.venv*" -prune -exec rm -rf {} +

CONFIG := configs/layout/deeplabv3plus_tiny_demo.py
PAGES  := $(DEMO)/pages
# Training leaves the config in its folder as it was used, with the pages' place in it.
USED   := $(DEMO)/$(notdir $(CONFIG))
MODEL  := $(DEMO)/latest.pth
TRACED := $(DEMO)/traced.pt
PAGE    = $$(ls $(PAGES)/JPEGImages/* | tail -n 1)

$(PAGES)/class_names.txt: | $(STAMP)
	$(RUN) tools/make_sample_pages.py $(PAGES) --train 160 --val 40 --overwrite

demo: $(STAMP) $(PAGES)/class_names.txt
	$(RUN) -m mmseg layout $$(ls $(PAGES)/JPEGImages/* | tail -n 4) --format json png \
	  --out $(DEMO)/layout
	$(RUN) tools/train.py $(CONFIG) --work-dir $(DEMO) --seed 0 --cfg-options data_root=$(PAGES)
	$(RUN) tools/test.py $(USED) $(MODEL) --eval mIoU --work-dir $(DEMO) \
	  --show-dir $(DEMO)/pictures
	$(RUN) trace_tools/trace_cpu.py --config-path $(USED) --model-path $(MODEL) \
	  --img-path $(PAGE) --dst-trace-path $(TRACED)
	$(RUN) trace_tools/trace_cpu_valid.py --config-path $(USED) --pytorch-model-path $(MODEL) \
	  --model-path $(TRACED) --img-path $(PAGE) --output-path $(DEMO)/traced.png
	@echo
	@echo "regions      $(DEMO)/layout, by the network of the package"
	@echo "table        $$(ls -t $(DEMO)/eval_*.json | head -n 1)"
	@echo "pictures     $(DEMO)/pictures"
	@echo "checkpoint   $(MODEL)"
	@echo "TorchScript  $(TRACED), next to its model on one page: $(DEMO)/traced.png"
