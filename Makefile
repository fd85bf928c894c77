# One-word ways to build, test and try DriftMonitor. `make help` lists them. All of them work from a fresh clone.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

export DOTNET_CLI_TELEMETRY_OPTOUT ?= 1
export DOTNET_NOLOGO ?= 1
# The executable looks for the runtime beside the `dotnet` that built it, wherever that was installed.
export DOTNET_ROOT ?= $(shell dirname "$$(readlink -f "$$(command -v dotnet)")")

# Further MSBuild settings, such as PROPERTIES="-p:TreatWarningsAsErrors=false".
PROPERTIES ?=
# Arguments of what is run (demo, bench, promise).
ARGS ?=
# A `dotnet test` filter, such as FILTER=FullyQualifiedName~Window.
export FILTER ?=
export PROPERTIES

# Folders are listed too: their times tell of files added and removed. The log of HEAD is, because the executable tells its revision.
sources := $(shell find src -type f -o -type d) $(wildcard Directory.*.props global.json BannedSymbols.txt .editorconfig \
  $(shell git rev-parse --git-path logs/HEAD 2> /dev/null))

# Other settings make another executable.
$(shell mkdir -p artifacts && { echo '$(PROPERTIES)' | cmp -s - artifacts/properties || echo '$(PROPERTIES)' > artifacts/properties; })

.PHONY: help build publish test soak demo bench promise seasonal screens screenshot deps clean

help: ## this list
	@echo 'make TARGET, where TARGET is one of'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14
	@echo 'Settings: ARGS="…" for demo, bench and promise, FILTER="…" for test, PROPERTIES="-p:…" for build and test.'

build: artifacts/driftmonitor ## compile (Release); the executable is artifacts/driftmonitor

artifacts/driftmonitor: $(sources) artifacts/properties
	dotnet build src/DriftMonitor/DriftMonitor.csproj -c Release -v minimal $(PROPERTIES)
	@ln -sfn bin/DriftMonitor/release/driftmonitor $@
	@touch -h $@

test: deps build ## build and run every test project; the last line is the sum
	@tests/run.sh

# How long the service runs under load and faults.
export DRIFTMONITOR_SOAK_MINUTES ?= 60
soak: deps build ## run the long tests, with their figures: faults under load for an hour (DRIFTMONITOR_SOAK_MINUTES), kills, fuzzing, memory
	DRIFTMONITOR_SOAK=1 dotnet test tests/DriftMonitor.Tests -c Release --filter Length=soak --logger "console;verbosity=detailed"

demo: build ## a shift in a stream and its alert, on a broker inside the process; needs nothing installed
	@artifacts/driftmonitor demo $(ARGS)

# As in the image: compiled ahead of time, for this machine.
runtime := linux-$(patsubst x86_64,x64,$(patsubst aarch64,arm64,$(shell uname -m)))
publish: artifacts/publish/driftmonitor ## compile ahead of time; the executable is artifacts/publish/driftmonitor

artifacts/publish/driftmonitor: $(sources) artifacts/properties
	dotnet restore src/DriftMonitor -p:PublishReadyToRun=true
	dotnet publish src/DriftMonitor -c Release -v minimal --no-restore -r $(runtime) --self-contained false -p:PublishReadyToRun=true -o artifacts/publish $(PROPERTIES)
	@touch $@

bench: $(if $(filter throughput replay,$(ARGS)),publish) ## run the benchmarks: ARGS=throughput or replay (need a real Kafka), or such as ARGS="--filter '*Decoding*'"
	dotnet run -c Release --project tests/DriftMonitor.Benchmarks -- $(ARGS)

promise: ## simulate the rate of false alarms and the delay; minutes; ARGS such as --quick, --seed N, --only alarms
	dotnet run -c Release --project tests/DriftMonitor.Benchmarks -- promise $(ARGS)

seasonal: build ## compare a seasonal reference with a plain one on the flights in FLIGHTS, into deploy/docs/references.md; minutes
	python3 tests/independent/seasonal.py --driftmonitor artifacts/bin/DriftMonitor/release/driftmonitor --flights $(FLIGHTS) --update deploy/docs/references.md

screens: build ## write the generated tables, screens and schemas of README.md, deploy and helm anew; the tutorial's need KAFKA_HOME and kcat
	artifacts/driftmonitor check-config --schema > deploy/drift-monitor.schema.json
	DRIFTMONITOR_UPDATE=1 dotnet test tests/DriftMonitor.Tests -c Release -v minimal --filter Document=generated

screenshot: build ## take deploy/docs/page.png anew (the page of the demo while its alerts fire); needs chromium
	@deploy/docs/screenshot.sh

deps: ## install the programs that tests use and that are missing (root; Debian)
	@deploy/packages.sh

clean: ## remove what was built
	@rm -rf artifacts
