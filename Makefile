# `make` lists the targets. Each one sets up .venv by itself, where that is needed.
# PYTHON=/path/to/python3.11 chooses the interpreter that .venv is made with.

BIN := .venv/bin
READY := .venv/.ready
# Real volumes for training and benchmarks, which go on without them.
DATA := $(or $(MICROCT_SHARED_DATA),../shared/data)

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup test demo reproduce lint format cmake-lists bench train-default

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(READY) ## make .venv with the pinned dependencies and this checkout

$(READY): pyproject.toml constraints.txt .ci/set-up
	@.ci/set-up
	@touch $@

demo: $(READY) ## phantom, simulated scan, enhancement, pictures and scores, in the folder demo
	$(BIN)/microct-superres demo -o demo --overwrite

# The study's design on simulated animals, each with a femur and a vertebra: two networks, each trained on one site and
# tested on both. What is finished is kept: remove the folder to begin anew.
REPRODUCED := runs/reproduce
PHANTOMS := $(REPRODUCED)/phantoms
CROSS_SITE := $(REPRODUCED)/cross-site
REPORT := $(REPRODUCED)/evaluation/report.html
RESUME_IF = $(if $(wildcard $(1)),--resume)

reproduce: $(REPORT) ## the study's design on simulated bones: train on both sites, cross-test, evaluate, report (under 30 minutes)
	@echo "SIMULATED specimens: they show that the software works, and say nothing about biology. Report: $(REPORT)"

$(PHANTOMS)/split.csv: | $(READY)
	@rm -rf $(PHANTOMS) && mkdir -p $(REPRODUCED)
	$(BIN)/microct-superres cohort phantoms -o $(PHANTOMS) --sites femur spine --animals 16 --size 200 200 32
	$(BIN)/microct-superres cohort split $(PHANTOMS)/cohort.csv -o $@ --counts femur=8/2/6 spine=8/2/6

$(CROSS_SITE)/cross_site.csv: $(PHANTOMS)/split.csv
	$(BIN)/microct-superres cross-site $< -o $(CROSS_SITE) --refine translation \
	  --epochs 12 --set samples_per_epoch=512 $(call RESUME_IF,$(CROSS_SITE)/settings.json)

$(REPORT): $(CROSS_SITE)/cross_site.csv
	$(BIN)/microct-superres evaluate --cohort $(PHANTOMS)/split.csv -o $(@D) --refine translation --resume --overwrite \
	  --model $(CROSS_SITE)/femur/model --model $(CROSS_SITE)/spine/model

test: lint ## lint, then all tests, in two processes with one thread of computation each
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(READY) ## check the code with ruff
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(READY) ## let ruff correct and format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

cmake-lists: $(READY) ## write the modules' file lists in their CMakeLists.txt anew
	$(BIN)/python Testing/architecture/cmake_lists.py

bench: $(READY) ## measure speed, memory and image quality (takes some minutes)
	$(BIN)/python Testing/benchmarks/speed.py
	$(BIN)/python Testing/benchmarks/command.py
	$(BIN)/python Testing/benchmarks/quality.py $(if $(wildcard $(DATA)),--data $(DATA))

train-default: $(READY) ## train the bundled model anew, into runs/default (an hour and a half on two cores)
	$(BIN)/python -m MicroCTSuperResTrainingLib.training.scenes.bundled runs/default $(if $(wildcard $(DATA)),--data $(DATA))
