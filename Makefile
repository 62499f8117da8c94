# `make chat` sets everything up and opens the assistant; `make test` sets everything up and runs the tests of a push.
# A second run starts in seconds and needs no network.
#
#   PYTHON=python3.12            which Python to use (3.11 or newer)
#   VENV=.venv                   where the virtual environment goes
#   TORCH_ARGS="--index-url …"   more arguments for installing torch, for example a CPU-only index
#   WORKERS=2                    how many processes run the tests (docs/testing.md)

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV ?= .venv
TORCH_ARGS ?=
WORKERS ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
export HF_HUB_DISABLE_TELEMETRY = 1

.PHONY: chat test nightly release lint check format bench reliability train-ranker embedder-means train-acts train-reader clean
.DEFAULT_GOAL := help

help:
	@echo "make chat           set up and open the assistant in the browser"
	@echo "make test           set up and run the push tier of the tests"
	@echo "make nightly        run the tests that are too long for a push"
	@echo "make release        run the tests that only a release needs"
	@echo "make check          check format, lint, types and imports; run the push tests that need no model and no browser"
	@echo "make format         format the code and fix what the linter can fix"
	@echo "make reliability    kill, break, soak and attack it, again and again (TIER=nightly or release, WHAT=test name)"
	@echo "make bench          measure engines, a long talk, many people, the memory and the start (PARTS=talk: one part)"
	@echo "make train-ranker   train the weights of the search from labelled conversations (DATA=file CHATS=folder EMBEDDER=name)"
	@echo "make embedder-means measure the mean vectors that are taken off an embedder's (EMBEDDER=name)"
	@echo "make train-acts     train the classifier of what a message wants from labelled messages (ACTS=folder ANSWERS=folder)"
	@echo "make train-reader   train what hears facts about people from labelled messages (READER=files and folders)"
	@echo "make clean          remove the virtual environment and what was built"

chat: $(VENV)/.installed
	@$(BIN)/zhiji models get
	@$(BIN)/zhiji ui

# The reliability tests, which kill and fill the disk, run first, so that the last line counts all the others. That a push needs none
# of them is no failure (5: nothing was chosen). They are shared out one by one, of the others the files.
APART := -n $(WORKERS) --dist loadfile
test: $(VENV)/.installed-dev
	@$(BIN)/zhiji models get embedder embedder-multilingual tiny small
	@$(BIN)/python -m pytest --tier push -m reliability -n $(WORKERS) --dist worksteal || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest --tier push -m "not reliability" $(APART)

nightly release: $(VENV)/.installed-dev
	@$(BIN)/zhiji models get embedder embedder-multilingual tiny small
	@$(BIN)/python -m pytest --tier $@ -m "not reliability" || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest --tier $@ -m reliability --results reliability-$@.json

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --cache-dir $(VENV)/.mypy_cache
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -q --tier push -m "not models and not browser and not reliability" $(APART)

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# TIER: push (as in a push), nightly (an hour), release (hours); WHAT: only tests with this in their name
TIER ?= nightly
WHAT ?=
RESULTS ?= reliability-$(TIER).json
reliability: $(VENV)/.installed-dev
	@$(BIN)/zhiji models get embedder embedder-multilingual tiny small
	@$(BIN)/python -m pytest -m reliability --tier $(TIER) --always --results $(RESULTS) $(if $(WHAT),-k "$(WHAT)")

bench: $(VENV)/.installed-dev
	@$(BIN)/zhiji models get embedder embedder-multilingual small medium
	@$(BIN)/python -m bench.run $(PARTS)

# DATA: conversations with labelled evidence, in LoCoMo's format; CHATS: MemoryBank's folder; EMBEDDER: whose vectors are weighed
DATA ?= ../shared/data/locomo_dev.json
CHATS ?= ../shared/data/memorybank
EMBEDDER ?= embedder-multilingual
train-ranker: $(VENV)/.installed-dev
	@$(BIN)/zhiji models get $(EMBEDDER)
	@$(BIN)/python -m assistant.evaluation.train_ranker $(DATA) --embedder $(EMBEDDER) \
		--chats $(CHATS)/memory_bank_en.json tests/data/memorybank_en.jsonl \
		--chats $(CHATS)/memory_bank_cn.json tests/data/memorybank_zh.jsonl --everyday tests/data/acts/train.jsonl

# The mean vectors that are taken off an embedder's
embedder-means: $(VENV)/.installed-dev
	@$(BIN)/zhiji models get $(EMBEDDER)
	@$(BIN)/python -m assistant.embedder_means $(EMBEDDER) tests/data/acts/train.jsonl

# ACTS: a folder with train.jsonl and dev.jsonl; ANSWERS: one with people's notes and questions (tests/data/README.md), or none
ACTS ?= tests/data/acts
ANSWERS ?= tests/data/answers
train-acts: $(VENV)/.installed-dev
	@$(BIN)/python -m assistant.evaluation.train_acts $(ACTS) $(if $(ANSWERS),--answers $(ANSWERS))

# READER: files and folders of labelled messages (tests/data/README.md); NOTHING: messages that tell nothing
NOTHING ?= tests/data/reader/nothing
READER ?= tests/data/reader $(foreach name,en zh more_en more_zh wild_en wild_zh,tests/data/profile_$(name).jsonl)
train-reader: $(VENV)/.installed-dev
	@$(BIN)/zhiji models get embedder-multilingual
	@OMP_NUM_THREADS=1 nice $(BIN)/python -m assistant.evaluation.reader.train $(READER)
	@nice $(BIN)/python -m assistant.evaluation.reader.telling $(READER) --nothing $(NOTHING)

clean:
	rm -rf $(VENV) build *.egg-info

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Zhiji needs Python 3.11 or newer. Install it, or name it: make chat PYTHON=…"; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make virtual environments. \
	On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }

# torch goes first and pinned: asked for by another package, pip would take the newest with gigabytes of CUDA.
$(VENV)/.torch: constraints.txt | $(BIN)/python
	@echo "Installing packages, about 2 GB the first time …"
	@$(PIP) install --upgrade -c constraints.txt pip
	@$(PIP) install -c constraints.txt $(TORCH_ARGS) torch
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.torch
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.torch
	@$(PIP) install -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/.installed
