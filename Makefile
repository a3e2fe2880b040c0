# Each target sets up what it needs first and is missing: system packages, .venv, torch, the compiled core.
#
#   make view                     the viewer on the checkpoint that ships (CHECKPOINT=... for another); without a display in a browser (PORT=...)
#   make check                    the quick tests: no window, no training, no oracle (a minute or so)
#   make test                     all tests, in parallel (TESTS=... for some, OPTIONS=... for pytest's options)
#   make test-interfaces          the tests of training/interfaces with all RL libraries, which it installs (LIBRARIES=oldest for old ones)
#   make bench                    throughput of the simulator
#   make lint                     formatting, lint and types
#   make format                   format Python and C++
#   make wheel                    a wheel and an sdist in dist/, installed and run in an environment of their own
#   make core                     rebuild what changed of the compiled core
#   make setup                    all that make test needs, and nothing else
#
# TORCH=torch==2.12.0 takes another torch, PYTHON=python3.13 another Python (for a new .venv), JOBS=1 fewer processes.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

TORCH ?= torch==2.13.0
CHECKPOINT ?= checkpoints/walk.pt
PORT ?= 8080
TESTS ?= tests
OPTIONS ?=
JOBS ?= $(shell nproc)

VENV := .venv
BIN := $(VENV)/bin
PIP := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip --disable-pip-version-check install -qq
STAMPS := $(VENV)/.stamps
# Rebuilt against a torch that was changed by hand, too.
TORCH_FILES = $(wildcard $(VENV)/lib/python3.*/site-packages/torch-*.dist-info/METADATA)
CPP = $(wildcard core/src/*/*.cpp core/src/*/*.hpp core/src/*/*/*.cpp tests/core/cpp/*.cpp benchmarks/*.cpp)
# The model that the human was made from, which the tests of its bones and muscles compare with.
RAJAGOPAL_OSIM ?= $(CURDIR)/$(VENV)/oracle/Rajagopal2015.osim
# OpenSim models that the tests of their reader open.
OSIM_RL_MODELS ?= $(CURDIR)/$(VENV)/oracle/osim_rl
# tests/parallel.py shares the tests out.
PYTEST = $(BIN)/python -m pytest --numprocesses $(JOBS) --no-loadscope-reorder

export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export PIP_NO_INPUT := 1

.PHONY: view check test test-interfaces bench lint format wheel setup core typecheck-links clean help
# One pip at a time works on .venv.
.NOTPARALLEL:

help:
	@sed -n '/^# *make/s/^# *//p' Makefile

view: PURPOSES = view
view: core
	@# a job of its own: Ctrl-C ends the viewer and not make; 130 is that of a window, or of a viewer that is still starting
	bash $$([ -t 0 ] && echo -m) -c '$(BIN)/muscle-viewer $(CHECKPOINT) $(if $(DISPLAY)$(WAYLAND_DISPLAY),,--web --port $(PORT)); exit $$?' || [ $$? = 130 ]

check: PURPOSES = view
check: $(STAMPS)/extras-dev core
	$(PYTEST) -m "not slow" $(OPTIONS) $(TESTS)

# The hundred programs that the tests start shall not each compile the Python of all modules anew.
test check: export PYTHONDONTWRITEBYTECODE :=
test: setup
	RAJAGOPAL_OSIM="$(RAJAGOPAL_OSIM)" OSIM_RL_MODELS="$(OSIM_RL_MODELS)" $(PYTEST) $(OPTIONS) $(TESTS)

LIBRARIES ?= newest
test-interfaces: setup
	tools/setup/interface_tests.sh $(LIBRARIES) $(OPTIONS)

bench: core
	$(BIN)/python benchmarks/batch_env.py --checkpoint $(CHECKPOINT)

lint: $(STAMPS)/extras-dev core typecheck-links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@echo "clang-format"; $(BIN)/clang-format --dry-run -Werror $(CPP)

format: $(STAMPS)/extras-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CPP)

wheel: PURPOSES = view locale
wheel: $(STAMPS)/extras-dev core
	tools/setup/check_wheel.sh

setup: PURPOSES = view test
setup: WANTED = dart
setup: $(STAMPS)/extras-dev-oracle core $(RAJAGOPAL_OSIM) $(OSIM_RL_MODELS)

# ninja knows what is out of date; without changes this takes a quarter of a second.
core: $(STAMPS)/installed
	@build=$$(echo build/$$($(BIN)/python -c 'import sys; print("cp%d%d" % sys.version_info[:2])')-*); \
	site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))'); \
	$(BIN)/cmake --build "$$build" && $(BIN)/cmake --install "$$build" --prefix "$$site" >/dev/null

# One installation, with all extras that the target needs; larger sets of extras include the smaller ones.
PREPARED = $(STAMPS)/torch $(STAMPS)/build-tools pyproject.toml $(TORCH_FILES)

$(STAMPS)/installed: $(PREPARED) | system-packages
	@echo "Building the core and installing the package into $(VENV) (a few minutes the first time)"
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(STAMPS)/extras-dev: $(PREPARED) | system-packages
	@echo "Building the core and installing the package and the tools of development into $(VENV) (a few minutes the first time)"
	@$(PIP) --no-build-isolation --editable ".[dev]"
	@touch $(STAMPS)/installed $@

$(STAMPS)/extras-dev-oracle: $(PREPARED) | system-packages
	@echo "Building the core and installing the package, the tools of development and the oracles into $(VENV) (a few minutes the first time)"
	@$(PIP) --no-build-isolation --editable ".[dev,oracle]"
	@touch $(STAMPS)/installed $(STAMPS)/extras-dev $@

$(STAMPS)/build-tools: $(STAMPS)/torch
	@$(PIP) "scikit-build-core>=1.1" "pybind11>=3.0" "cmake>=3.24" ninja
	@touch $@

$(STAMPS)/torch: | $(STAMPS)
	@echo "Installing $(TORCH) into $(VENV)"
	@$(PIP) "$(TORCH)" numpy
	@touch $@

$(STAMPS): | system-packages
	@if [[ ! -x $(BIN)/python ]]; then \
	  python=$$(tools/setup/find_python.sh); \
	  echo "Making $(VENV) with $$python ($$("$$python" --version))"; \
	  "$$python" -m venv $(VENV); \
	  $(PIP) --upgrade pip; \
	fi
	@mkdir -p $@

$(VENV)/oracle/Rajagopal2015.osim $(CURDIR)/$(VENV)/oracle/Rajagopal2015.osim: | $(STAMPS)
	@tools/setup/rajagopal_osim.sh $@

$(VENV)/oracle/osim_rl $(CURDIR)/$(VENV)/oracle/osim_rl: | $(STAMPS)
	@tools/setup/osim_rl_models.sh $@

# PURPOSES must be there; what is WANTED alone is left out where there is no such package.
.PHONY: system-packages
system-packages:
	@tools/setup/system_packages.sh build $(PURPOSES)
	@$(foreach purpose,$(WANTED),tools/setup/system_packages.sh $(purpose) || echo "The tests of $(purpose) are left out: it cannot be installed here";)

# mypy cannot follow the editable install's import hook, so it reads the package through links to its Python files.
typecheck-links:
	@rm -rf .typecheck
	@find core viewer training assets checkpoints \( -name '*.py' -o -name '*.pyi' -o -name py.typed \) -printf '%p\n' | \
	while read -r file; do \
	  mkdir -p ".typecheck/muscle_viewer/$$(dirname "$$file")"; \
	  ln -s "$(CURDIR)/$$file" ".typecheck/muscle_viewer/$$file"; \
	done

clean:
	rm -rf build .typecheck .mypy_cache .ruff_cache .pytest_cache
	rm -f $(STAMPS)/installed
