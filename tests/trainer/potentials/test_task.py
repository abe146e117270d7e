"""The loss: its formula, its gradient by finite differences, labels that are missing."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from models import CUTOFF, ELEMENTS, KINDS, untrained
from physics import TRICLINIC, System, assert_close, cluster, crystal
from tolerances import DIFFERENCE, FLOAT64

from trainer.data.frame import Frame
from trainer.errors import UserError
from trainer.potentials.examples import OVERHEAD, Example, batch, examples
from trainer.potentials.settings import LossSettings
from trainer.potentials.task import ENERGY, FORCE, STRESS, VIRIAL, PotentialTask, evaluate, predict
from trainer.sampling import Batches

WEIGHTS = LossSettings(energy=(0.5, 2.0), forces=(1.0, 3.0), virial=(0.1, 0.4))


def frame(system: System, seed: int, missing: str = "") -> Frame:
    """A frame with random labels, less those whose first letter is in `missing`."""
    random, n = np.random.default_rng(seed), len(system.species)
    return Frame(
        symbols=tuple(ELEMENTS[s] for s in system.species),
        positions=system.positions,
        cell=system.cell,
        pbc=system.pbc,
        energy=None if "e" in missing else float(random.normal()) - 5.0 * n,
        forces=None if "f" in missing else random.normal(size=(n, 3)),
        virial=None if "v" in missing else random.normal(size=(3, 3)),
        trajectory="t",
        source="f, frame 0",
        weight=float(n - 3),
    )


def task(missing: str = "", kind: str = "deep_pot_se") -> tuple[PotentialTask, Example]:
    """Two frames of different size as one batch, with a model that knows nothing of them."""
    frames = [frame(cluster(5, 1), 1, "v"), frame(crystal(4, 2, TRICLINIC + np.eye(3)), 2, missing)]
    parts = examples(frames, ELEMENTS, CUTOFF, torch.float64)
    return PotentialTask(
        untrained("float64", kind=kind), parts, parts, WEIGHTS, Batches(np.ones(2, np.int64), 2, 1)
    ), batch(parts)


def test_loss_is_its_formula():
    """Two frames: of 5 atoms and weight 2, and of 4 atoms and weight 1."""
    problem, labels = task()
    got, errors = problem.loss(0, decay=0.5)
    p = predict(problem.module, labels)
    n, scale = torch.tensor([5.0, 4.0], dtype=torch.float64), problem.module.scale
    w_e, w_f, w_v = 2.0 * 0.25**0.5, 3.0 * (1 / 3) ** 0.5, 0.4 * 0.25**0.5  # last (first / last)^decay
    energy = (n * ((p.energy - labels.energy) / n).square()) @ torch.tensor([2.0, 1.0], dtype=torch.float64) / 3
    squares_of_forces = (p.forces - labels.forces).square()
    force = (2 * squares_of_forces[:5].mean() + squares_of_forces[5:].mean()) / 3
    virial = 4.0 * ((p.virial - labels.virial)[1] / 4.0).square().mean()
    expected = (w_e * energy + w_f * force + w_v * virial) / scale**2
    torch.testing.assert_close(got, expected, rtol=FLOAT64, atol=0.0)
    assert errors[FORCE] == (pytest.approx(1e6 * squares_of_forces.sum().item(), rel=FLOAT64), 27)


def test_the_mean_loss_of_an_epoch_is_that_of_all_frames():
    """Molecules and crystals of other weights, some without labels, in batches by atoms."""
    systems = [cluster(2 + k % 5, k) if k % 2 else crystal(4 + k, k, (1.5 + 0.2 * k) * TRICLINIC) for k in range(9)]
    frames = [frame(system, k, ["", "e", "fv", "v"][k % 4]) for k, system in enumerate(systems)]
    frames = [replace(f, weight=1.0 + k) for k, f in enumerate(frames)]
    parts, module = examples(frames, ELEMENTS, CUTOFF, torch.float64), untrained("float64")
    all_at_once = PotentialTask(module, parts, parts, WEIGHTS, Batches(np.ones(9, np.int64), 9, 1))
    batches = Batches(parts.frames.atoms, 12, 1)
    assert 3 < batches.count < 9
    task = PotentialTask(module, parts, parts, WEIGHTS, batches)
    losses = [float(task.loss(step, 0.5)[0].detach()) for step in range(batches.count, 2 * batches.count)]
    assert np.mean(losses) == pytest.approx(float(all_at_once.loss(0, 0.5)[0].detach()), rel=FLOAT64)


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_of_the_loss_by_finite_differences(kind: str):
    """Through energies, forces and virials: the second derivatives that training rests on."""
    problem, _ = task(kind=kind)
    loss, _ = problem.loss(0, decay=0.3)
    loss.backward()  # type: ignore[no-untyped-call]
    random = torch.Generator().manual_seed(4)
    for name, parameter in problem.module.named_parameters():
        direction = torch.randn(parameter.shape, generator=random, dtype=torch.float64)
        assert parameter.grad is not None, name

        def along(step: float, parameter: torch.Tensor = parameter, direction: torch.Tensor = direction) -> float:
            with torch.no_grad():
                parameter += step * direction
            value = float(problem.loss(0, decay=0.3)[0].detach())
            with torch.no_grad():
                parameter -= step * direction
            return value

        h = 1e-4
        slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
        assert_close(np.array(float((parameter.grad * direction).sum())), np.array(slope), DIFFERENCE)


def test_atoms_at_the_same_place_are_refused():
    system = cluster(3, 1)
    system.positions[2] = system.positions[0]
    with pytest.raises(UserError, match=r"f, frame 0: two atoms at the same place"):
        list(examples([frame(system, 1)], ELEMENTS, CUTOFF, torch.float64))


def test_missing_labels_are_left_out():
    problem, _ = task(missing="fv")
    loss, errors = problem.loss(0, decay=1.0)
    assert loss.isfinite()
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in problem.module.parameters())
    assert {name: count for name, (_, count) in errors.items()} == {ENERGY: 2, FORCE: 15, VIRIAL: 0}
    assert VIRIAL not in problem.validate(problem.module)
    whole, _ = task()
    assert set(whole.validate(whole.module)) == {"loss", ENERGY, FORCE, VIRIAL, STRESS}


def test_errors_of_a_perfect_model_are_zero_and_of_a_shifted_one_the_shift():
    problem, _ = task()
    module = problem.module.eval()
    (example,) = examples([frame(crystal(4, 2, TRICLINIC), 3)], ELEMENTS, CUTOFF, torch.float64)
    p = predict(module, example)
    perfect = example._replace(energy=p.energy, forces=p.forces, virial=p.virial)
    assert max(evaluate(module, [perfect]).values()) == 0.0
    shifted = perfect._replace(energy=p.energy + 0.2, forces=p.forces - 0.1)
    errors = evaluate(module, [shifted])
    assert errors[ENERGY] == pytest.approx(50.0)
    assert errors["energy_mae_meV_per_atom"] == pytest.approx(50.0)
    assert errors[FORCE] == pytest.approx(100.0)


@pytest.mark.parametrize("most", [0, 3, 10])
def test_what_is_kept_fits_in_the_budget_and_changes_nothing(most: int):
    """Asked for in any order, as many frames as fit are the same tensors again, and the others are equal."""
    frames = [frame(cluster(4 + k, k), k) for k in range(10)]
    made = list(examples(frames, ELEMENTS, CUTOFF, torch.float32, cache=0))
    sizes = [OVERHEAD + sum(t.nbytes for t in (*e.environment, *e[1:])) for e in made]
    kept = examples(frames, ELEMENTS, CUTOFF, torch.float32, cache=sum(sizes[:most]))
    assert all(kept[k].forces is kept[k].forces for k in range(most))
    held = [kept[k].forces is kept[k].forces for k in reversed(range(10))]
    assert sum(held) == most
    assert sum(size for size, has in zip(reversed(sizes), held, strict=True) if has) <= sum(sizes[:most])
    for k, expected in enumerate(made):
        assert all(torch.equal(a, b) for a, b in zip(kept[k].environment, expected.environment, strict=True))
