"""Energies that depend on more than positions: an electron temperature of the frame, a number of every atom."""

from pathlib import Path

import ase.io
import numpy as np
import pytest
import torch
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from models import CUTOFF, temperatures, untrained
from physics import assert_close, assert_is_gradient, cluster
from tolerances import DIFFERENCE, FLOAT64
from torch import Tensor, nn

from trainer import export
from trainer.cli import main
from trainer.contract import PotentialMetadata
from trainer.data.read import read
from trainer.data.settings import DataSettings
from trainer.errors import UserError
from trainer.potentials.examples import examples
from trainer.potentials.task import FORCE, evaluate

NAMES = ("electron_temperature", "spin")


class At(nn.Module):
    """A potential at given parameters: a function of positions alone."""

    def __init__(self, model: nn.Module, parameters: Tensor):
        super().__init__()
        self.model, self.parameters_of_atoms = model, parameters

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        answer: tuple[Tensor, Tensor] = self.model(species, row, neighbor, displacement, self.parameters_of_atoms)
        return answer


def test_forces_are_derivatives_at_constant_parameters():
    model = untrained("float64", parameters=NAMES)
    assert_is_gradient(At(model, temperatures(6, 2)), cluster(6, 2), CUTOFF, DIFFERENCE)


def test_an_atom_feels_its_own_parameters_alone():
    model, environment = untrained("float64", parameters=NAMES), cluster(6, 2).environment(CUTOFF)
    parameters = temperatures(6, 2)
    energy, _ = model(*environment, parameters)
    for k in range(2):
        changed = parameters.clone()
        changed[3, k] += 100.0
        difference = model(*environment, changed)[0] - energy
        assert difference[3].abs() > 1e-4
        assert not difference[torch.arange(6) != 3].any()


def test_their_unit_changes_nothing_after_normalisation():
    model, environment = untrained("float64", parameters=NAMES), cluster(6, 2).environment(CUTOFF)
    energy, _ = model(*environment, temperatures(6, 2))
    model.parameter_mean *= 1e-3
    model.parameter_std *= 1e-3
    assert_close(model(*environment, 1e-3 * temperatures(6, 2))[0].numpy(), energy.numpy(), FLOAT64)


def test_without_them_the_model_says_so():
    model, environment = untrained("float64", parameters=NAMES), cluster(3, 1).environment(CUTOFF)
    for given in ((), (temperatures(3, 1),), (temperatures(2, 2),)):
        with pytest.raises(ValueError, match="one row for each centre, one column for each name"):
            model(*environment, *given)


def hot(seed: int) -> Atoms:
    """A dimer and its images, E = (1 + T / 1000) exp(-r) of the pairs: what an electron temperature could do."""
    random = np.random.default_rng(seed)
    t, r = random.uniform(200.0, 3000.0), random.uniform(0.8, 2.0)
    direction = random.normal(size=3)
    direction /= np.linalg.norm(direction)
    atoms = Atoms("Al2", positions=[np.zeros(3), r * direction])
    energy = (1 + t / 1000) * np.exp(-r)
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=np.outer([-1, 1], energy * direction))
    atoms.info["electron_temperature"] = t
    atoms.info["trajectory"] = seed
    return atoms


INPUT = """
dtype = "float64"
parameters = ["electron_temperature"]
[data]
train = ["hot.xyz"]
[deep_pot_se]
cutoff = 4.0
embedding = [4, 8]
axis = 4
fitting = [16]
[training]
steps = 1500
batch = 16
"""


def test_a_dependence_on_temperature_is_learned(tmp_path: Path):
    ase.io.write(tmp_path / "hot.xyz", [hot(k) for k in range(100)])
    (tmp_path / "input.toml").write_text(INPUT)
    assert main(["train", str(tmp_path / "input.toml"), "-o", str(tmp_path / "run")]) == 0
    model, metadata = export.load(tmp_path / "run" / "model.pt", PotentialMetadata)
    assert metadata.parameters == ("electron_temperature",)
    ase.io.write(tmp_path / "test.xyz", [hot(k) for k in range(100, 130)])
    settings = DataSettings(train=("unused",))
    frames = list(read(["test.xyz"], settings, tmp_path, metadata.parameters))
    held = examples(frames, metadata.species, metadata.cutoff, torch.float64)
    error = evaluate(model, held)[FORCE]
    blind = [e._replace(parameters=torch.full_like(e.parameters, 1600.0)) for e in held]  # the mean
    assert error < 0.2 * evaluate(model, blind)[FORCE]


@pytest.mark.parametrize(
    ("info", "arrays", "message"),
    [
        ({}, {"spin": np.ones(2)}, "frame 0: no 'electron_temperature' in its info or arrays"),
        ({"electron_temperature": 300.0}, {}, "frame 0: no 'spin' in its info or arrays"),
        ({"electron_temperature": [1.0, 2.0, 3.0], "spin": 0.0}, {}, "'electron_temperature': expected a number, or"),
        ({"electron_temperature": float("nan"), "spin": 0.0}, {}, "parameters contain nan"),
    ],
)
def test_missing_parameters_are_named(tmp_path: Path, info: dict[str, object], arrays: dict[str, object], message: str):
    atoms = Atoms("Al2", positions=[[0, 0, 0], [0, 0, 2]])
    atoms.calc = SinglePointCalculator(atoms, energy=0.0)
    atoms.info.update(info)
    atoms.arrays.update(arrays)
    ase.io.write(tmp_path / "a.xyz", atoms)
    with pytest.raises(UserError, match=message) as caught:
        list(read(["a.xyz"], DataSettings(train=("unused",)), tmp_path, NAMES))
    assert "\n" not in str(caught.value)


def test_they_are_read_from_info_and_arrays(tmp_path: Path):
    atoms = hot(0)
    atoms.arrays["spin"] = np.array([1.0, -1.0])
    ase.io.write(tmp_path / "a.xyz", atoms)
    (frame,) = read(["a.xyz"], DataSettings(train=("unused",)), tmp_path, NAMES)
    t = atoms.info["electron_temperature"]
    np.testing.assert_allclose(frame.parameters, [[t, 1.0], [t, -1.0]], rtol=1e-7)
