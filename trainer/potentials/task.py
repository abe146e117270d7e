"""Potentials as a task of the training loop: the loss, and errors on held-out frames."""

from collections.abc import Sequence

import torch
from ase.units import GPa
from torch import Tensor, nn

from trainer import mechanics
from trainer.potentials.examples import Example, Prediction, batch
from trainer.potentials.potential import Potential
from trainer.potentials.settings import LossSettings
from trainer.sampling import Shuffled

BATCH_ATOMS = 64  # a batch of unstated size holds about so many


def predict(module: nn.Module, example: Example) -> Prediction:
    """The potential's answer for one graph of frames."""
    environment = example.environment
    atomic, pair_gradient = module(*environment)
    center = mechanics.centers(environment.row)
    frames = len(example.energy)
    return Prediction(
        torch.zeros_like(example.energy).index_add(0, example.frame, atomic),
        mechanics.forces(center, environment.neighbor, pair_gradient, len(environment.species)),
        mechanics.virials(example.frame[center], environment.displacement, pair_gradient, frames),
    )


def difference(predicted: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
    """predicted - label where there is a label and 0 elsewhere, and the number of labels."""
    known = ~label.isnan()
    return torch.where(known, predicted - label.nan_to_num(), 0.0), known.sum()


def evaluate(module: nn.Module, examples: Sequence[Example]) -> dict[str, float]:
    """Root mean square and mean absolute errors of all labels there are, as {"force_rmse_meV_per_A": ...}.

    Energy and virial in meV/atom, force components in meV/angstrom, stress components in GPa."""
    sums: dict[str, list[float]] = {}
    for example in examples:
        prediction = predict(module, example)
        atoms, volume = example.atoms.to(torch.float64), example.volume[:, None, None]
        for name, predicted, label, scale in (
            ("energy_{}_meV_per_atom", prediction.energy, example.energy, 1e3 / atoms),
            ("force_{}_meV_per_A", prediction.forces, example.forces, torch.tensor(1e3)),
            ("virial_{}_meV_per_atom", prediction.virial, example.virial, 1e3 / atoms[:, None, None]),
            ("stress_{}_GPa", prediction.virial / volume, example.virial / volume, torch.tensor(1 / GPa)),
        ):
            d, count = difference(predicted, label)
            d = d.to(torch.float64) * scale
            total = sums.setdefault(name, [0.0, 0.0, 0.0])
            for k, value in enumerate((d.square().sum(), d.abs().sum(), count)):
                total[k] += float(value)
    known = {name: total for name, total in sums.items() if total[2]}
    return {name.format("rmse"): (total[0] / total[2]) ** 0.5 for name, total in known.items()} | {
        name.format("mae"): total[1] / total[2] for name, total in known.items()
    }


class PotentialTask:
    """Fits a potential to energies, forces and virials."""

    def __init__(
        self,
        module: Potential,
        train: Sequence[Example],
        validation: Sequence[Example],
        loss: LossSettings,
        seed: int,
        frames: int | None,
    ):
        """frames: in a batch; None for as many as hold BATCH_ATOMS atoms."""
        mean = sum(int(e.atoms.sum()) for e in train) / len(train)
        self.module, self._train, self._validation, self._weights = module.train(), train, validation, loss
        self._batches = Shuffled(len(train), frames or max(1, round(BATCH_ATOMS / mean)), seed)
        self._device = module.reference.device

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, float]]:
        """See LossSettings for the formula, trainer.loop.task for the protocol."""
        example = batch([self._train[k] for k in self._batches[step]]).to(self._device)
        prediction = predict(self.module, example)
        size = example.atoms.to(torch.float64)
        total, squares = torch.zeros((), dtype=torch.float64), {}
        for name, weight, predicted, label, atoms in (
            ("energy_rmse_meV_per_atom", self._weights.energy, prediction.energy, example.energy, size),
            ("force_rmse_meV_per_A", self._weights.forces, prediction.forces, example.forces, torch.ones(())),
            ("virial_rmse_meV_per_atom", self._weights.virial, prediction.virial, example.virial, size[:, None, None]),
        ):
            d, count = difference(predicted, label)
            if not count:
                continue
            square = (d.to(torch.float64).square() / atoms).sum() / count
            total = total + self._weights.at(weight, decay) * square / self.module.scale**2
            squares[name] = 1e6 * float((d.detach().to(torch.float64) / atoms).square().sum() / count)
        return total, squares

    def validate(self, module: nn.Module) -> dict[str, float]:
        """Root mean square errors on the held-out frames."""
        values = evaluate(module.eval(), [e.to(self._device) for e in self._validation])
        return {name: value for name, value in values.items() if "rmse" in name}
