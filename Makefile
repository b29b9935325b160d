# Needs Python 3.11 or newer, make and a package registry; everything else is made in .venv.
.DEFAULT_GOAL := help
.PHONY: help env up down test planted check attack bench soak campaign demo journey lock clean
PY := .venv/bin/python
# Bytecode is kept in .venv, also where Python is told to keep none among the sources: else each start compiles it all.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.venv/pycache

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
env: ## the local environment from the hashed lock (every other target does this first)
	@sh deploy/environment.sh
up: env ## the whole platform on this machine, until Ctrl-C
	@exec $(PY) -m deploy.local up
down: env ## stop what `circle up --detach` started
	@$(PY) -m deploy.local down
test: env ## every test, on a PostgreSQL and a Kafka of its own (ARGS="-k word" to choose; FAST=1 without campaigns)
	@$(PY) -m pytest -n 2 -m $(if $(FAST),"not campaign","not planted") $(ARGS)
planted: env ## broken builds, each of which its campaign has to find
	@$(PY) -m pytest -n 2 -m planted tests/campaign/test_planted.py $(ARGS)
check: env ## format, lint, types, imports, sizes, lock, migrations, paths
	@$(PY) -m deploy.checks
attack: env ## forged tokens, framing, addresses, exhaustion, access (VECTORS=file of JWS test vectors; AUDIT=1000 of each on the audit alone; EXHAUSTION=1 neighbours measured)
	@$(if $(AUDIT),$(PY) -m tests.attacks.audit_campaign $(AUDIT),$(if $(EXHAUSTION),$(PY) -m tests.attacks.exhaustion,VECTORS="$(VECTORS)" $(PY) -m pytest tests/attacks -n 2 $(ARGS)))
bench: env ## speed, as ratios to the fastest simple thing (FIGURE="P1 P6" to choose)
	@$(PY) -m bench $(FIGURE)
soak: env ## half load for MINUTES (15): does memory grow, does latency drift
	@$(PY) -m bench.soak --minutes $(or $(MINUTES),15)
campaign: env ## break a running platform on purpose (ARGS="R1 --scale 0.1" to choose)
	@$(PY) -m tests.campaign $(ARGS)
demo: env ## play the population behind the published figures (needs `make up`)
	@$(PY) -m deploy.local demo
journey: env ## one family's whole way over HTTP (needs `make up`)
	@$(PY) -m deploy.local journey
lock: env ## requirements.lock and kafka.lock anew
	@$(PY) -m deploy.checks.lock --write && $(PY) -m deploy.local.jars
clean: ## remove environment and caches, keep .local (data: `circle reset`)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
