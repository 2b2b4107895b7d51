# What a newcomer types. Each target says what it does while it does it; the work is in scripts/.
# Python 3.11 or later and make are all that must be there; PYTHON=... picks another Python.
PYTHON ?= python3
RUN = .venv/bin/python
PORT ?= 8000
ARGS ?=
# Packages are installed uncompiled, so what is used must be kept once it is compiled.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset run worker test test-browser check format lint types layers templates \
        bench bench-any-order bench-withdrawal crawl models install lock env stop clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo:  ## build the demo partnership, once, and serve it at http://127.0.0.1:8000 (PORT=... for another)
	@$(PYTHON) scripts/setup.py --for demo --port $(PORT)
	@PORT=$(PORT) $(RUN) -m scripts.demo

demo-reset:  ## forget everything in the demo; the next `make demo` starts over
	@$(PYTHON) scripts/stop.py var/demo --remove

run: env  ## serve your own installation with its workers (PORT=... for another port)
	@$(PYTHON) scripts/setup.py --for run --port $(PORT)
	@$(RUN) manage.py migrate --verbosity 0
	@$(RUN) manage.py check --database default
	@PORT=$(PORT) $(RUN) -m scripts.serve

worker: env  ## run one more worker, for jobs such as transcription (ARGS="--queues transcription")
	@$(PYTHON) scripts/setup.py --for run
	@$(RUN) manage.py procrastinate worker $(ARGS)

test:  ## install what the tests need and run them all (ARGS=... goes to pytest)
	@$(PYTHON) scripts/setup.py --for test
	@$(RUN) -m scripts.run_tests $(ARGS)

test-browser:  ## run the tests that drive Chromium
	@$(PYTHON) scripts/setup.py --for test
	@$(RUN) -m scripts.run_tests -m browser $(ARGS)

check:  ## lint, format, types, layers, templates, migrations: all that needs no database
	@$(PYTHON) scripts/setup.py --for test
	@$(RUN) -m scripts.check $(ARGS)

format:  ## put code and templates into the project's format
	@$(RUN) -m scripts.check format

lint:  ## ruff's rules alone
	@$(RUN) -m scripts.check lint

types:  ## mypy alone
	@$(RUN) -m scripts.check types

layers:  ## who imports whom, alone
	@$(RUN) -m scripts.check layers

templates:  ## djlint alone
	@$(RUN) -m scripts.check templates

bench:  ## time the main paths and print what they cost
	@$(PYTHON) scripts/setup.py --for test
	@$(RUN) -m benchmarks.run $(ARGS)

bench-any-order:  ## 10,000 steps of consent and work in any order, no answer holding words that are not allowed
	@$(PYTHON) scripts/setup.py --for test
	@WISDOMS_ANY_ORDER_STEPS=10000 $(RUN) -m scripts.run_tests tests/verification/test_in_any_order.py -n 2 -rP $(ARGS)

bench-withdrawal:  ## kill 200 withdrawals at random moments, time the sweep's start (ARGS="--kills 20")
	@$(PYTHON) scripts/setup.py --for test
	@$(RUN) -m benchmarks.bench_withdrawal $(ARGS)

crawl:  ## walk the running demo in Chromium as each role and count what is wrong (PORT=... ARGS="--most 2")
	@$(PYTHON) scripts/setup.py --for test
	@PORT=$(PORT) $(RUN) -m scripts.crawl $(ARGS)

models:  ## fetch the recommended Whisper and spaCy weights (ARGS="--whisper base.en" for a smaller one)
	@$(PYTHON) scripts/setup.py --for run
	@$(RUN) -m scripts.models $(ARGS)

install:  ## install the packages alone
	@$(PYTHON) scripts/setup.py --for test

lock:  ## write constraints.txt from what .venv holds
	@$(RUN) -m scripts.lock

env:  # a .env for this machine, unless there is one
	@$(PYTHON) scripts/env.py --quiet

stop:  ## stop the embedded databases of this folder, whoever uses them
	@$(PYTHON) scripts/stop.py var var/demo var/test

clean:  ## remove packages and caches; everything under var/ stays
	@rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -not -path './var/*' -exec rm -rf {} +
	@echo "Removed packages and caches. What you made under var/ is still there."
