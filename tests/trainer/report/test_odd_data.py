"""Pages of data that have little to show: one atom, no forces, forces of zero, a perfect model."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from models import CUTOFF, ELEMENTS
from physics import TRICLINIC, cluster, crystal

from trainer.contract import PotentialMetadata
from trainer.data.frame import Frame
from trainer.errors import UserError
from trainer.potentials.examples import examples
from trainer.potentials.potential import Potential
from trainer.potentials.task import predict
from trainer.report import errors
from trainer.report.errors import measure
from trainer.report.potential_page import page

METADATA = PotentialMetadata(
    dtype="float64", units={"energy": "eV", "length": "angstrom"}, species=ELEMENTS, cutoff=CUTOFF
)


def frame(atoms: int, seed: int, **labels: object) -> Frame:
    system = crystal(atoms, seed, TRICLINIC + np.eye(3)) if seed % 2 else cluster(atoms, seed)
    content: dict[str, object] = {"energy": None, "forces": None, "virial": None} | labels
    symbols = tuple(ELEMENTS[s] for s in system.species)
    return Frame(
        symbols, system.positions, system.cell, system.pbc, trajectory="t", source=f"f, frame {seed}", **content
    )  # type: ignore[arg-type]


def perfect(model: Potential, given: Frame) -> Frame:
    """With the model's own answers as labels."""
    (labels,) = examples([given], ELEMENTS, CUTOFF, torch.float64)
    answer = predict(model, labels)
    forces, virial = answer.forces.detach().numpy(), answer.virial[0].detach().numpy() if given.pbc.all() else None
    return dataclasses.replace(given, energy=float(answer.energy), forces=forces, virial=virial)


@pytest.mark.parametrize(
    "frames",
    [
        [frame(1, 2, energy=-1.0)],
        [frame(1, 2, energy=-1.0, forces=np.zeros((1, 3)))],
        [frame(4, k, energy=-3.0) for k in range(6)],
        [frame(4, k, forces=np.zeros((4, 3))) for k in range(6)],
        [frame(4, 1, virial=np.zeros((3, 3)))],
        [frame(3, k, energy=1e12, forces=np.full((3, 3), 1e9)) for k in range(6)],
    ],
    ids=["atom", "free atom", "energies", "zero forces", "virial", "huge"],
)
def test_there_is_a_page(model: Potential, frames: list[Frame]):
    content = page(measure(model, METADATA, frames), METADATA, Path("model.pt"), ["f"], [])
    assert content.endswith(b"</html>\n")
    assert b"nan" not in content.lower()


def test_a_learning_curve_of_one_report_and_a_domain_that_is_none(model: Potential):
    metadata = dataclasses.replace(METADATA, domain={"shortest_distance_A": [1, 2]})
    learning = [{"step": 10.0, "train/force_rmse_meV_per_A": 3.0, "validation/force_rmse_meV_per_A": np.nan}]
    statistics = measure(model, metadata, [frame(4, k, energy=0.0) for k in range(3)])
    assert b"Learning curve" in page(statistics, metadata, Path("model.pt"), ["f"], learning)


def test_of_a_perfect_model_too(model: Potential):
    frames = [perfect(model, frame(4, k, energy=0.0)) for k in range(6)]
    statistics = measure(model, METADATA, frames)
    assert max(statistics.errors.values().values()) < 1e-9
    assert page(statistics, METADATA, Path("model.pt"), ["f"], []).endswith(b"</html>\n")


def test_answers_that_are_not_finite_are_refused(model: Potential, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(errors, "BATCH_ATOMS", 1)

    class Broken(torch.nn.Module):
        def forward(self, *environment: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            energy, gradient = model(*environment)
            return energy, gradient / 0 if len(energy) == 5 else gradient

    with pytest.raises(UserError, match="f, frame 3: the model's energy or forces are not finite"):
        measure(Broken(), METADATA, [frame(4, 1, energy=0.0), frame(5, 3, energy=0.0)])
