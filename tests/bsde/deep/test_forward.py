"""The deep BSDE loss and its network: what the exact solution leaves, and what training finds."""

import math
from itertools import pairwise

import pytest
import torch
from equations import Exact, Quadratic, Rotated
from tolerances import FLOAT64
from torch import Tensor, nn

from bsde.deep.forward import DeepBSDE
from bsde.deep.scales import scales
from bsde.networks.shared import SharedNetwork
from bsde.problem import Problem
from bsde.problems import PROBLEMS
from bsde.simulation.paths import Starts, increments, simulate, with_slopes
from trainer.errors import UserError
from trainer.loop import processes
from trainer.loop.loop import Loop
from trainer.loop.settings import TrainingSettings
from trainer.sampling import generator


def task(problem: Problem, steps: int = 8, paths: int = 32, seed: int = 1, module: nn.Module | None = None) -> DeepBSDE:
    starts = Starts(problem.origin(torch.float64))
    mean, scale = scales(problem, starts, steps, seed, torch.float64)
    torch.manual_seed(seed)
    network = SharedNetwork(mean, scale, problem.dim, 8) if module is None else module
    unit, cpu = float(scale[-1]), torch.device("cpu")
    return DeepBSDE(problem, network, starts, steps, paths, seed, unit, torch.float64, cpu)


@pytest.mark.parametrize("problem", [PROBLEMS["hure-bounded"](dim=3), Rotated(), PROBLEMS["reaction-diffusion"](dim=3)])
def test_the_exact_solution_leaves_the_discretisation_alone(problem: Problem):
    """E R_0^2 is of first order in dt: the Euler scheme's strong order is 1/2."""
    left = []
    for steps in (8, 32, 128):
        t = task(problem, steps, module=Exact(problem))
        x, dw = t.batch(generator(1), 4000)
        left.append(float(t.residuals(t.module, x, dw)[0].square().mean()))
    for coarse, fine in pairwise(left):
        assert coarse / fine == pytest.approx(4.0, rel=0.35)


def test_y_is_a_martingale_with_the_driver_added():
    """M_n = u_n + sum_(k < n) f_k dt: increments have no mean, whatever of the past they are weighted with."""
    problem, steps, paths = PROBLEMS["hure-bounded"](dim=2), 64, 20_000
    dt = problem.horizon / steps
    dw = increments(generator(2), steps, paths, 2, dt, torch.float64)
    x = simulate(problem, problem.origin(torch.float64).expand(paths, -1), dw, dt)
    exact = Exact(problem)
    for n in (0, 20, 50):
        t = torch.full((paths,), n * dt, dtype=torch.float64)
        u, gradient = exact(t, x[n], *with_slopes(problem, t, x[n]))
        after, _ = exact(t + dt, x[n + 1], *with_slopes(problem, t + dt, x[n + 1]))
        gain = after - u + problem.f(t, x[n], u, gradient / math.sqrt(2)) * dt
        for weight in (torch.ones_like(u), u, x[n, :, 0]):
            product = gain * weight
            assert abs(float(product.mean())) < 4 * float(product.std()) / math.sqrt(paths) + 2 * dt**2


def test_the_gradient_of_the_network_is_its_derivative():
    problem = PROBLEMS["allen-cahn"](dim=4)
    module = task(problem).module
    for parameter in module.parameters():  # nothing zero
        nn.init.normal_(parameter, std=0.5)
    x = torch.randn(5, 4, dtype=torch.float64, generator=generator(1)).requires_grad_()
    t = torch.linspace(0, 0.3, 5, dtype=torch.float64)
    _, slopes = with_slopes(problem, t, x)
    u, gradient = module(t, x, problem.features(t, x), slopes)
    (expected,) = torch.autograd.grad(u.sum(), x)
    torch.testing.assert_close(gradient, expected, rtol=FLOAT64, atol=FLOAT64)


def test_a_batch_is_a_function_of_seed_and_step():
    one, two = task(Quadratic()), task(Quadratic(), seed=2)
    assert torch.equal(one.loss(3, 1.0)[0], one.loss(3, 1.0)[0])
    assert not torch.equal(one.loss(3, 1.0)[0], one.loss(4, 1.0)[0])
    two.module.load_state_dict(one.module.state_dict())
    assert not torch.equal(one.loss(3, 1.0)[0], two.loss(3, 1.0)[0])


def test_shares_of_several_processes_add_up(monkeypatch: pytest.MonkeyPatch):
    t = task(Quadratic(), paths=7)
    whole = t.loss(0, 1.0)[0].item()
    monkeypatch.setattr(processes, "size", lambda: 3)
    parts = []
    for rank in range(3):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        parts.append(t.loss(0, 1.0)[0].item())
    assert sum(parts) == pytest.approx(whole, rel=1e-12)


def test_training_finds_u_and_its_gradient_along_paths(tmp_path):
    """Burgers' wave in three dimensions: root mean square over paths and times, relative to that of the exact ones."""
    problem = PROBLEMS["burgers"](dim=3)
    t = task(problem, steps=10, paths=32)
    Loop(t, TrainingSettings(steps=300, final_learning_rate=1e-4, average=0.95, report=300), tmp_path).run()
    x, _ = t.batch(generator(9), 500)
    points = x[:-1].flatten(0, 1)
    times = torch.linspace(0, 0.18, 10, dtype=torch.float64).repeat_interleave(500)
    with torch.no_grad():
        u, gradient = t.module(times, points, *with_slopes(problem, times, points))
    exact, slope = Exact(problem)(times, points, *with_slopes(problem, times, points))
    assert float((u - exact).norm() / exact.norm()) < 0.01
    assert float((gradient - slope).norm() / slope.norm()) < 0.03


def test_paths_may_start_anywhere_in_a_box():
    starts = Starts(torch.tensor([[1.0, -2.0]], dtype=torch.float64), 0.5)
    x = starts.draw(generator(1), 20_000)
    assert torch.equal(x, starts.draw(generator(1), 20_000))
    assert float((x - starts.center).abs().max()) <= 0.5
    torch.testing.assert_close(x.mean(0), starts.center[0], atol=0.01, rtol=0)
    torch.testing.assert_close(x.var(0), torch.full((2,), 0.25 / 3, dtype=torch.float64), atol=0.003, rtol=0)


def test_paths_that_explode_are_one_line():
    class Explosive(Quadratic):
        def mu(self, t: Tensor, x: Tensor) -> Tensor:
            return x**9

    with pytest.raises(UserError, match="Explosive: paths, g or features are not finite"):
        task(Explosive(start=5.0))


def test_an_f_that_is_nan_far_from_the_start_is_one_line():
    class Late(Quadratic):
        """Nothing is wrong where the paths begin."""

        def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
            return torch.where(x[:, 0] > 2.5, math.nan, -y)

    with pytest.raises(UserError, match=r"Late\.f: not finite where paths go"):
        task(Late())
