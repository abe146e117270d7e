"""Methods that go backward in time: what the exact solution leaves, what training finds, what an obstacle does."""

import math

import pytest
import torch
from equations import Exact, Rotated
from torch import Tensor

from bsde.deep.backward import DBDP, Backward, DeepSplitting
from bsde.problem import Problem
from bsde.problems import PROBLEMS
from bsde.simulation.approximation import of_function, of_network, reflected
from bsde.simulation.paths import Starts
from bsde.solve.settings import TrainedSettings
from bsde.solve.tables import DeepSettings, NetworkSettings
from bsde.solve.trained import trained
from bsde.solve.training import Training
from trainer.sampling import generator


def exact_step(kind: type[Backward], problem: Problem, steps: int) -> Tensor:
    """R_n in the middle of the time, of many paths, with the exact solution in the place of both networks."""
    exact, cpu = Exact(problem), torch.device("cpu")
    later, starts = of_function(problem.exact), Starts(problem.origin(torch.float64))  # type: ignore[arg-type]
    task = kind(problem, exact, later, starts, steps // 2, steps, 1, 1, 1.0, torch.float64, cpu)
    return task.residual(exact, task.batch(generator(1), 40_000))


@pytest.mark.parametrize("problem", [PROBLEMS["hure-bounded"](dim=3), Rotated()])
@pytest.mark.parametrize("kind", [DBDP, DeepSplitting])
def test_the_exact_solution_leaves_a_mean_of_second_order(kind: type[Backward], problem: Problem):
    """E R_n = O(dt^2); and R_n itself is O(dt) where Z . dW is subtracted, O(sqrt(dt)) where it is left to the mean."""
    coarse, fine = (exact_step(kind, problem, steps) for steps in (8, 32))
    order = 1.0 if kind is DBDP else 0.5
    assert float(coarse.std() / fine.std()) == pytest.approx(4**order, rel=0.3)
    assert abs(float(fine.mean())) < 4 * float(fine.std()) / 200 + 3 / 32**2


@pytest.mark.parametrize("method", ["dbdp1", "dbdp2", "deep-splitting"])
def test_training_finds_u_and_its_gradient(method: str, tmp_path):
    """Burgers' wave in two dimensions, at the start: to the first order of five time steps."""
    problem = PROBLEMS["burgers"](dim=2, start=0.3)
    settings = TrainedSettings(
        problem="burgers",
        method=method,  # type: ignore[arg-type]
        network=NetworkSettings(width=12),
        training=DeepSettings(steps=60, paths=128, time_steps=5, final_learning_rate=1e-4, average=0.95),
    )
    training = Training(settings, problem, 1)
    module = trained(training, tmp_path)
    assert module is not None
    t, x = torch.zeros(1), problem.origin(torch.float32)
    u, gradient = of_network(problem, module)(t, x)
    exact, slope = of_function(problem.exact)(t, x)  # type: ignore[arg-type]
    assert float((u - exact).abs() / exact) < 0.03
    assert float((gradient - slope).norm() / slope.norm()) < 0.35


def test_every_time_has_the_network_of_its_step():
    settings = TrainedSettings(problem="burgers", method="dbdp2", training=DeepSettings(time_steps=4))
    problem = PROBLEMS["burgers"](dim=2, horizon=0.7)
    training = Training(settings, problem, 1)
    modules = []
    for k in range(4):
        modules.append(training.network())
        modules[k].last.data.fill_(0.1 * k)  # of step 3 - k
    whole = of_network(problem, training.whole(modules))
    t = torch.tensor([n * (0.7 / 4) for n in range(4)] + [0.69])
    x = torch.ones(5, 2)
    u, gradient = whole(t, x)
    for k, n in enumerate([0, 1, 2, 3, 3]):
        value, slope = of_network(problem, modules[3 - n])(t[k : k + 1], x[k : k + 1])
        torch.testing.assert_close(u[k], value[0])
        torch.testing.assert_close(gradient[k], slope[0])


def test_the_value_of_going_on_sees_the_obstacle_behind_it():
    """One step before T a put is worth the European price of that step; with u_(n+1) below the obstacle, that of it."""
    problem = PROBLEMS["american-put"](dim=2)
    low = reflected(problem, of_function(lambda t, x: 0 * x.sum(1) - 1.0))
    x = torch.full((1, 2), 0.8, dtype=torch.float64)
    u, gradient = low(torch.zeros(1, dtype=torch.float64), x)
    assert float(u) == pytest.approx(1 - 0.64)
    assert gradient.tolist() == [[pytest.approx(-0.8)] * 2]
    high = reflected(problem, of_function(lambda t, x: x.sum(1)))
    assert float(high(torch.zeros(1, dtype=torch.float64), x)[0]) == pytest.approx(1.6)
    assert math.isclose(float(high(torch.zeros(1, dtype=torch.float64), x)[1].sum()), 2.0)
