"""Potentials as a task of the training loop: the loss, and errors on held-out frames."""

from collections.abc import Iterable

import torch
from ase.units import GPa
from torch import Tensor, nn

from trainer import mechanics
from trainer.loop import processes
from trainer.potentials.examples import Example, Examples, Prediction, batch
from trainer.potentials.potential import Potential
from trainer.potentials.settings import LossSettings
from trainer.sampling import Batches

# names of errors, with their units: columns of the log, entries of a model file's metadata
ENERGY, FORCE, VIRIAL = "energy_rmse_meV_per_atom", "force_rmse_meV_per_A", "virial_rmse_meV_per_atom"
STRESS = "stress_rmse_GPa"
TERMS = (ENERGY, FORCE, VIRIAL)  # of the loss


def predict(module: nn.Module, example: Example) -> Prediction:
    """The potential's answer for one graph of frames."""
    environment, parameters = example.environment, example.parameters
    atomic, pair_gradient = module(*environment, parameters) if parameters.shape[1] else module(*environment)
    center = mechanics.centers(environment.row)
    frames = len(example.energy)
    return Prediction(
        torch.zeros_like(example.energy).index_add(0, example.frame, atomic),
        mechanics.forces(center, environment.neighbor, pair_gradient, len(environment.species)),
        mechanics.virials(example.frame[center], environment.displacement, pair_gradient, frames),
    )


def difference(predicted: Tensor, label: Tensor) -> tuple[Tensor, int]:
    """predicted - label where there is a label and 0 elsewhere, in float64, and the number of labels."""
    known = ~label.isnan()
    count = int(known.sum())
    if count == 0:  # nothing to differentiate either
        return torch.zeros_like(label, dtype=torch.float64), 0
    return torch.where(known, predicted - label.nan_to_num(), 0.0).to(torch.float64), count


def residuals(prediction: Prediction, example: Example) -> dict[str, tuple[Tensor, int]]:
    """`difference` of energy [B] and virial [B, 3, 3] in meV/atom, forces [N, 3] in meV/angstrom, stress in GPa."""
    per_atom, volume = 1e3 / example.atoms.to(torch.float64), example.volume
    energy, energies = difference(prediction.energy, example.energy)
    force, forces = difference(prediction.forces, example.forces)
    virial, virials = difference(prediction.virial, example.virial)
    stress, stresses = difference(*(w / volume[:, None, None] / GPa for w in (prediction.virial, example.virial)))
    return {
        ENERGY: (energy * per_atom, energies),
        FORCE: (force * 1e3, forces),
        VIRIAL: (virial * per_atom[:, None, None], virials),
        STRESS: (stress, stresses),
    }


def per_frame(values: Tensor, example: Example, name: str) -> Tensor:
    """[B] means over the components of each frame, times its number of atoms for energies and virials per atom."""
    values, n = values.to(torch.float64), example.atoms
    if name == FORCE:
        return torch.zeros_like(example.weight).index_add(0, example.frame, values.sum(1)) / (3 * n)
    return n * values.reshape(len(n), -1).mean(1)


def terms(residual: dict[str, tuple[Tensor, int]], example: Example, scale: Tensor) -> Tensor:
    """[3, 2] of each term of the loss: sum_k c_k x_k and sum_k c_k, over the frames k that have the label."""
    labels = {ENERGY: example.energy, FORCE: example.forces, VIRIAL: example.virial}
    rows = []
    for name in TERMS:
        x = per_frame((1e-3 * residual[name][0] / scale).square(), example, name)
        c = torch.where(per_frame(labels[name], example, name).isnan(), 0.0, example.weight)
        rows.append(torch.stack([c @ x, c.sum()]))
    return torch.stack(rows)


class Errors:
    """Root mean square and mean absolute errors of all labels there are, in one pass."""

    def __init__(self) -> None:
        # name of the error: squares, absolute values, labels
        self._sums = {name: [0.0, 0.0, 0.0] for name in (*TERMS, STRESS)}

    def add(self, residual: dict[str, tuple[Tensor, int]]) -> None:
        """residual: of some frames, as `residuals` gives them."""
        for name, (d, count) in residual.items():
            total = self._sums[name]
            for k, value in enumerate((float(d.square().sum()), float(d.abs().sum()), count)):
                total[k] += value

    def values(self) -> dict[str, float]:
        """{"force_rmse_meV_per_A": ..., "force_mae_meV_per_A": ...}, without quantities that have no label.

        Of the frames that all processes added."""
        sums = processes.total(torch.tensor(list(self._sums.values()), dtype=torch.float64)).tolist()
        known = {name: total for name, total in zip(self._sums, sums, strict=True) if total[2]}
        return {name: (squares / count) ** 0.5 for name, (squares, _, count) in known.items()} | {
            name.replace("rmse", "mae"): absolute / count for name, (_, absolute, count) in known.items()
        }


def evaluate(module: nn.Module, examples: Iterable[Example]) -> dict[str, float]:
    """`Errors` of all examples."""
    errors = Errors()
    for example in examples:
        errors.add(residuals(predict(module, example), example))
    return errors.values()


class PotentialTask:
    """Fits a potential to energies, forces and virials."""

    def __init__(
        self,
        module: Potential,
        train: Examples,
        validation: Examples,
        loss: LossSettings,
        batches: Batches,
    ):
        """batches: of the numbers of training examples."""
        self.module, self._train, self._weights, self._batches = module.train(), train, loss, batches
        self._validation, self._held = validation, processes.share(validation.frames.atoms.tolist())
        self._device = module.reference.device
        frames, weight = train.frames, train.frames.column("weight")
        # of a batch on average: batches differ in size and labels, and their losses must add up to that of all frames
        mean = [weight[has].sum() / batches.count for has in frames.labels.values()]  # in the order of TERMS
        self._weight = torch.tensor(mean, device=self._device)

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        """See LossSettings for the formula, trainer.loop.task for the protocol."""
        frames = self._batches[step]
        share = [frames[k] for k in processes.share(self._train.frames.atoms[frames].tolist())]
        sums, errors = (
            torch.zeros(len(TERMS), 2, dtype=torch.float64, device=self._device),
            dict.fromkeys(TERMS, (0.0, 0.0)),
        )
        if share:
            example = batch([self._train[k] for k in share]).to(self._device)
            residual = residuals(predict(self.module, example), example)
            sums = terms(residual, example, self.module.scale)
            for name in TERMS:
                d, count = residual[name]
                errors[name] = (float(d.detach().square().sum()), count)
        return self._mean(sums[:, 0], self._weight, decay), errors

    def validate(self, module: nn.Module) -> dict[str, float]:
        """On the held-out frames: the loss with its last weights, and root mean square errors."""
        errors, sums = Errors(), torch.zeros(len(TERMS), 2, dtype=torch.float64, device=self._device)
        module.eval()
        for example in (self._validation[k].to(self._device) for k in self._held):
            residual = residuals(predict(module, example), example)
            errors.add(residual)
            sums += terms(residual, example, self.module.scale)
        sums = processes.total(sums)
        values = {"loss": float(self._mean(sums[:, 0], sums[:, 1], 0.0))} | errors.values()
        return {name: value for name, value in values.items() if name == "loss" or "rmse" in name}

    def _mean(self, numerator: Tensor, denominator: Tensor, decay: float) -> Tensor:
        """sum over the terms of w numerator / denominator, without terms that have no label."""
        weights = (self._weights.energy, self._weights.forces, self._weights.virial)
        w = numerator.new_tensor([self._weights.at(weight, decay) for weight in weights])
        known = denominator > 0
        return (w[known] * numerator[known] / denominator[known]).sum()
