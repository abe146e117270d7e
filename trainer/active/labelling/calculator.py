"""A calculator of ASE, made anew in a process of its own and in a scratch folder, and what it says of one structure.

What differs between programs stands here: the configuration that ASE reads, and how they word version and failure.
"""

import contextlib
import copy
import errno
import hashlib
import importlib
import importlib.metadata
import os
import re
import shlex
import shutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError, get_calculator_class
from ase.calculators.genericfileio import GenericFileIOCalculator
from ase.calculators.singlepoint import SinglePointCalculator
from ase.config import cfg

from trainer.active.jobs import isolated
from trainer.active.structures import from_json, to_json
from trainer.errors import UserError, first_line, with_name

SCRATCH = "scratch"
PSEUDO_DIR = ("pseudo_dir", "pp_paths", "default_species_directory", "species_path")  # espresso, abinit, aims, exciting
INPUTS = ("*.pwi", "*.in", "*.inp", "INCAR", "KPOINTS", "*.fdf", "*.nwi", "*.gjf", "*.com", "*.param", "*.hsd")
SMALL = 50_000  # bytes of an input file that is kept with the label
LARGE = 10_000_000  # bytes of a file that is not kept, nor read: wave functions, densities
VERSION = re.compile(
    r"Program PWSCF\s+v\.(\S+)|Version\s+(\S+)\s+of ABINIT|CP2K\| version string:\s+CP2K version (\S+)|^\s*vasp\.(\S+)",
    re.MULTILINE,
)
UNCONVERGED = re.compile(  # pw.x, abinit, cp2k
    r"convergence NOT achieved.*|was not enough scf cycles to converge.*|SCF run NOT converged.*", re.IGNORECASE
)
ERRORS = (
    re.compile(r"(Error in routine .*)\n\s*(.*)"),  # Quantum ESPRESSO
    re.compile(r"^--- !(ERROR|BUG)\n(?:\w+: .*\n)*?message: \|\n\s*(.*)", re.MULTILINE),  # abinit
)

Json = dict[str, Any]


class Unavailable(Exception):
    """No label can be made here at all: the calculator or its program is not there, or cannot be set up so."""


def attempt(folder: Path) -> Json:
    """In the child. job.json: structure, label (settings resolved), input_folder.

    Returns the structure with its labels and their level of theory; or why there are none, and `unavailable` where it
    is not the structure's fault."""
    told = isolated.read(folder)
    scratch = folder / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)  # of a process that was killed: nothing is restarted from its files
    scratch.mkdir()
    os.chdir(scratch)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        calculator = make(told["label"], Path(told["input_folder"]))
        labelled = evaluate(from_json(told["structure"]), calculator, told["label"]["stress"])
        check_converged(calculator, scratch)
    except Exception as error:  # calculators raise anything
        traceback.print_exc()
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        away = isinstance(error, Unavailable) or full
        why = first_line(error) if away else complaint(scratch) or with_name(error)
        return {"failed": why} | ({"unavailable": True} if away else {})
    outcome = {"structure": to_json(labelled), "level": level(told["label"], calculator, scratch)}
    tidy(scratch)
    return outcome


def made(folder: Path) -> Json:
    """In the child: only sets the calculator up. job.json: label, input_folder."""
    told = isolated.read(folder)
    os.chdir(folder)
    try:
        make(told["label"], Path(told["input_folder"]))
    except Unavailable as error:
        return {"failed": str(error)}
    return {}


def make(label: Json, input_folder: Path) -> Any:
    """The calculator of resolved LabelSettings; modules and paths are found from the input's folder.

    Raises Unavailable."""
    name, keywords = label["calculator"], copy.deepcopy(label["keywords"])
    sys.path.insert(0, str(input_folder))
    if name == "espresso":  # pw.x prints them when it is asked to
        keywords = merged({"input_data": {"tprnfor": True, "tstress": label["stress"]}}, keywords)
    try:
        cls = find_class(name)
        if isinstance(cls, type) and issubclass(cls, GenericFileIOCalculator):
            configure(name, label, input_folder)
        elif "pseudo_dir" in label:
            raise UserError("pseudo_dir is not known to it; give what is in its place in keywords")
        elif "command" in label:
            keywords["command"] = label["command"]
        calculator = cls(**keywords)
    except Exception as error:
        traceback.print_exc()
        raise Unavailable(f"calculator {name}: {first_line(error)}") from error
    if (program := missing_program(calculator)) is not None:
        raise Unavailable(f"calculator {name}: program {program} is not on this machine: install it, or set command")
    return calculator


def merged(table: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    """`table` with values of `changes` in the place of its own, table by table."""
    new = dict(table)
    for key, value in changes.items():
        old = new.get(key)
        new[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return new


def find_class(name: str) -> Any:
    """Of "module:Class", or of a name that ASE knows."""
    module, separator, cls = name.partition(":")
    return getattr(importlib.import_module(module), cls) if separator else get_calculator_class(name)


def configure(name: str, label: Json, input_folder: Path) -> None:
    """command and pseudo_dir, where given, in the place of those in the section `name` of ASE's configuration file.

    Raises UserError where no command is given in either."""
    given = {"command": label["command"]} if "command" in label else {}
    if "pseudo_dir" in label:
        given |= dict.fromkeys(PSEUDO_DIR, str(input_folder / label["pseudo_dir"]))
    if given:
        section = dict(cfg.parser[name]) if name in cfg.parser else {}
        cfg.parser[name] = section | {key: value.replace("$", "$$") for key, value in given.items()}
    if name not in cfg.parser or "command" not in cfg.parser[name]:
        raise UserError(
            f'expected what starts it: command = "..." in [label], or in section [{name}] of ASE\'s configuration file'
        )


def missing_program(calculator: Any) -> str | None:
    """The first word of its command, if nothing of that name can be started."""
    command = getattr(getattr(calculator, "profile", calculator), "command", None)
    if not isinstance(command, str) or not command.strip():
        return None
    program = shlex.split(command)[0]
    return program if "=" not in program and shutil.which(program) is None else None


def evaluate(atoms: Atoms, calculator: Any, stress: bool) -> Atoms:
    """The same geometry with an energy whose derivative the forces are, forces, and a stress where there is one.

    Raises ValueError for numbers that are none, and whatever the calculator raises."""
    job = atoms.copy()
    job.calc = calculator
    results: Json = {}
    if stress and atoms.pbc.all():
        with contextlib.suppress(PropertyNotImplementedError):  # such a calculator labels energies and forces
            results["stress"] = np.array(job.get_stress(), dtype=float)
    results["forces"] = np.array(job.get_forces(), dtype=float)
    consistent = "free_energy" in getattr(calculator, "implemented_properties", ())
    results["energy"] = np.array(job.get_potential_energy(force_consistent=consistent), dtype=float)
    for name, shape in {"energy": (), "forces": (len(atoms), 3), "stress": (6,)}.items():
        if name in results and results[name].shape != shape:
            raise ValueError(f"{name} of shape {results[name].shape}, expected {shape}")
        if name in results and not np.isfinite(results[name]).all():
            raise ValueError(f"{name}: not all numbers are finite")
    labelled: Atoms = atoms.copy()
    labelled.calc = SinglePointCalculator(labelled, **results | {"energy": float(results["energy"])})
    return labelled


def check_converged(calculator: Any, scratch: Path) -> None:
    """Raises ValueError where the calculator, or what its program wrote, says that it did not converge."""
    converged = getattr(calculator, "converged", None)
    if isinstance(converged, bool | np.bool_) and not converged:
        raise ValueError("the calculator says that it did not converge")
    for text in texts(scratch):
        if found := UNCONVERGED.search(text):
            raise ValueError(found[0].strip())


def complaint(scratch: Path) -> str | None:
    """What a program says, in one line, of why it ended."""
    for pattern in (UNCONVERGED, *ERRORS):
        for text in texts(scratch):
            if found := pattern.search(text):
                return ": ".join(part.strip(" :") for part in found.groups() or (found[0],))
    return None


def texts(scratch: Path) -> Iterator[str]:
    """What was written there, but for binary and large files."""
    for path in sorted(scratch.iterdir()):
        if path.is_file() and path.stat().st_size < LARGE:
            content = path.read_bytes()
            if b"\0" not in content[:1000]:
                yield content.decode(errors="replace")


def level(label: Json, calculator: Any, scratch: Path) -> Json:
    """What the labels are good for: calculator, keywords, version of the code, and the small input files."""
    inputs = {
        path.name: path.read_text(errors="replace")
        for pattern in INPUTS
        for path in sorted(scratch.glob(pattern))
        if path.is_file() and path.stat().st_size < SMALL
    }
    names = {"calculator": label["calculator"], "keywords": label["keywords"]}
    return names | {"version": version(calculator, scratch), "inputs": inputs}


def version(calculator: Any, scratch: Path) -> str:
    """Of the program, as its output says; else of the package that the calculator is from, or its module's hash."""
    for text in texts(scratch):
        if found := VERSION.search(text):
            return str(next(filter(None, found.groups())))
    module = type(calculator).__module__
    package = module.partition(".")[0]
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return f"{package} {importlib.metadata.version(package)}"
    file = Path(str(sys.modules[module].__file__))
    return f"{file.name} sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}"


def tidy(scratch: Path) -> None:
    """Removes large files: thousands of labels keep their inputs and outputs, not their wave functions."""
    for path in scratch.rglob("*"):
        if path.is_file() and path.stat().st_size >= LARGE:
            path.unlink()
