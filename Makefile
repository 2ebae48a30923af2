# make quickstart   set up, then train and test FDP on the embedded dataset; leaves figures in work_dirs/quickstart/report
# make test         set up, then run all tests
# make docs         set up, then build the documentation into site/
#
# All work in .venv of this checkout. Another torch build:  make quickstart TORCH="torch==2.8.0"
PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV ?= .venv
BIN = $(VENV)/bin
WORK = work_dirs/quickstart
DATA = data/quickstart
SUBJECT ?= sub01

.PHONY: quickstart test docs clean
.DELETE_ON_ERROR:

$(VENV)/.ready: setup.py $(wildcard requirements/*.txt)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile $(TORCH) -e '.[tests]'
	touch $@

quickstart: $(VENV)/.ready
	$(BIN)/python tools/generate_synthetic.py --out $(DATA)/release \
		--subjects 12 --clips 20 --width 320 --fps 100
	$(BIN)/python tools/prepare_data.py synthetic --root $(DATA)/release --out $(DATA)/prepared
	ME_SYNTHETIC_ROOT=$(DATA)/prepared $(BIN)/python tools/train.py configs/fdp_synthetic.py \
		--work-dir $(WORK) --test-subject $(SUBJECT) --resume
	ME_SYNTHETIC_ROOT=$(DATA)/prepared $(BIN)/python tools/test.py configs/fdp_synthetic.py last \
		--work-dir $(WORK) --test-subject $(SUBJECT)
	@echo "Metrics, predictions and figures: $(WORK)/report"

test: $(VENV)/.ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

docs: $(VENV)/.ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "Site: site/index.html; with search, at http://127.0.0.1:8000: $(BIN)/python -m mkdocs serve"

clean:
	rm -rf $(VENV) $(DATA) $(WORK) site
