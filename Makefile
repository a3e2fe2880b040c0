# Each target sets up what is missing first: system packages, .venv, torch, the compiled core.
#
#   make view                     the viewer on the checkpoint that ships (CHECKPOINT=... for another)
#   make test                     all tests, the window's on an X server without a screen (TESTS=... for some)
#   make bench                    throughput of the simulator
#   make lint                     formatting, lint and types
#   make format                   format Python and C++
#   make core                     rebuild what changed of the compiled core
#   make setup                    all preparations and nothing else
#
# TORCH=torch==2.12.0 takes another torch, PYTHON=python3.13 another Python (for a new .venv).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

TORCH ?= torch==2.13.0
EXTRAS ?= dev
CHECKPOINT ?= checkpoints/walk.pt
TESTS ?= tests
JOBS ?= $(shell nproc)

VENV := .venv
BIN := $(VENV)/bin
PIP := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip --disable-pip-version-check install -qq
STAMPS := $(VENV)/.stamps
# Rebuilt against a torch that was changed by hand, too.
TORCH_FILES = $(wildcard $(VENV)/lib/python3.*/site-packages/torch-*.dist-info/METADATA)
CPP = $(wildcard core/src/*/*.cpp core/src/*/*.hpp core/src/*/*/*.cpp tests/core/cpp/*.cpp benchmarks/*.cpp)
comma := ,
EXTRAS_STAMP = $(STAMPS)/extras-$(subst $(comma),-,$(EXTRAS))

export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export PIP_NO_INPUT := 1

.PHONY: view test bench lint format setup core system-build system-view system-test typecheck-links clean help

help:
	@sed -n '/^# *make/s/^# *//p' Makefile

view: system-view core
	@if [[ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]]; then \
	  echo "There is no display here (DISPLAY is not set). To record a video without one:"; \
	  echo "  $(BIN)/muscle-viewer $(CHECKPOINT) --record out.mp4 --seconds 5"; \
	  exit 1; \
	fi
	$(BIN)/muscle-viewer $(CHECKPOINT)

test: setup
	xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24" $(BIN)/python -m pytest $(TESTS)

bench: core
	$(BIN)/python benchmarks/batch_env.py --checkpoint $(CHECKPOINT)

lint: setup typecheck-links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@echo "clang-format"; $(BIN)/clang-format --dry-run -Werror $(CPP)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CPP)

setup: system-view system-test core $(EXTRAS_STAMP)

# ninja knows what is out of date; without changes this takes a quarter of a second.
core: $(STAMPS)/installed
	@build=$$(echo build/$$($(BIN)/python -c 'import sys; print("cp%d%d" % sys.version_info[:2])')-*); \
	site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))'); \
	$(BIN)/cmake --build "$$build" && $(BIN)/cmake --install "$$build" --prefix "$$site" >/dev/null

$(STAMPS)/installed: $(STAMPS)/torch $(STAMPS)/build-tools pyproject.toml $(TORCH_FILES)
	@echo "Building the core and installing the package into $(VENV) (a few minutes the first time)"
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(EXTRAS_STAMP): $(STAMPS)/installed
	@echo "Installing the extras: $(EXTRAS)"
	@$(PIP) --no-build-isolation --editable ".[$(EXTRAS)]"
	@touch $@

$(STAMPS)/build-tools: $(STAMPS)/torch
	@$(PIP) "scikit-build-core>=0.11" "pybind11>=3.0" "cmake>=3.24" ninja
	@touch $@

$(STAMPS)/torch: | $(STAMPS)
	@echo "Installing $(TORCH) into $(VENV)"
	@$(PIP) "$(TORCH)" numpy
	@touch $@

$(STAMPS): | system-build
	@if [[ ! -x $(BIN)/python ]]; then \
	  python=$$(tools/setup/find_python.sh); \
	  echo "Making $(VENV) with $$python ($$("$$python" --version))"; \
	  "$$python" -m venv $(VENV); \
	  $(PIP) --upgrade pip; \
	fi
	@mkdir -p $@

system-build:
	@tools/setup/system_packages.sh build

system-view:
	@tools/setup/system_packages.sh view

system-test:
	@tools/setup/system_packages.sh test

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
