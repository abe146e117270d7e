"""The same number at every door: eager torch, the scripted file, ASE, and LAMMPS on any number of ranks."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from lammps_engine import Engine
from models import CUTOFF, ELEMENTS, KINDS, untrained, write_model
from numpy.typing import NDArray
from physics import System, assert_close, evaluate, packed
from tolerances import FLOAT32, FLOAT64
from torch import nn

from ase_calculator import Potential
from trainer import export
from trainer.contract import PotentialMetadata

TRICLINIC = np.array([[9.0, 0.0, 0.0], [2.0, 8.0, 0.0], [-1.5, 1.0, 10.0]])  # lower triangular, as LAMMPS wants it
SMALL = TRICLINIC * 0.38  # every edge shorter than the cutoff
TOLERANCE = {"float64": FLOAT64, "float32": FLOAT32}


def assert_same(
    module: nn.Module, file: Path, system: System, folder: Path, ranks: tuple[int, ...], parameters: dict[str, float]
) -> None:
    """module: what the file was made from; parameters: those that the model needs."""
    tolerance = TOLERANCE[str(module.dtype).removeprefix("torch.")]
    expected = evaluate(module, system, CUTOFF, 0.0, *parameters.values())
    scripted, metadata = export.load(file, PotentialMetadata)
    assert metadata.parameters == tuple(parameters)
    doors = {"script": evaluate(scripted, system, CUTOFF, 0.0, *parameters.values())}

    atoms = Atoms([ELEMENTS[s] for s in system.species], positions=system.positions, cell=system.cell, pbc=True)
    atoms.calc = Potential(file, parameters=parameters)
    virial = -atoms.get_volume() * atoms.get_stress(voigt=False)
    doors["ase"] = (atoms.get_potential_energies(), atoms.get_forces(), virial)
    virials = -atoms.get_volume() * atoms.get_stresses()[:, [0, 1, 2, 5, 4, 3]]  # as LAMMPS orders them

    given = "".join(f" {name} {value}" for name, value in parameters.items())
    style = f"{file} parameters{given}" if parameters else str(file)
    for count in ranks:
        result = Engine(folder).evaluate(style, atoms, count)
        xx, yy, zz, xy, xz, yz = result.virial
        virial = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        doors[f"lammps on {count}"] = (result.energies, result.forces, virial)
        assert_close(result.virials, virials, tolerance)
    for values in doors.values():
        for got, value in zip(values, expected, strict=True):
            assert_close(got, value, tolerance)


@pytest.mark.parametrize(("atoms", "cell"), [(40, TRICLINIC), (3, SMALL)])
def test_the_same_number_at_every_door(model_file: Path, tmp_path: Path, atoms: int, cell: NDArray[np.float64]):
    assert_same(untrained(model_file.stem), model_file, packed(atoms, cell), tmp_path, (1, 2, 4), {})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "deep_pot_se"])
def test_of_every_kind_of_potential(kind: str, tmp_path: Path):
    model = untrained("float64", kind=kind)
    assert_same(model, write_model(tmp_path / "model.pt", model), packed(40, TRICLINIC), tmp_path, (1, 2), {})


def test_with_an_electron_temperature(tmp_path: Path):
    model = untrained("float64", parameters=("electron_temperature",), kind="sum")
    file = write_model(tmp_path / "model.pt", model, ("electron_temperature",))
    assert_same(model, file, packed(40, TRICLINIC), tmp_path, (1, 2), {"electron_temperature": 1500.0})
