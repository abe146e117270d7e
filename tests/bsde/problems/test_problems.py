"""Every problem is the equation that it says: exact solutions solve it, curvatures are what they are declared to be."""

import math

import pytest
import torch
from equations import Linear, OrnsteinUhlenbeck, Quadratic, Rotated
from tolerances import FLOAT64
from torch import Tensor

from bsde.check import check
from bsde.coefficients import times, transposed
from bsde.problem import Problem
from bsde.problems import PROBLEMS, find
from trainer.errors import UserError
from trainer.sampling import generator
from trainer.settings import parse

SOLVED = [
    PROBLEMS["burgers"](dim=4),
    PROBLEMS["quadratic-gradient"](dim=4),
    PROBLEMS["reaction-diffusion"](dim=4),
    PROBLEMS["hure-bounded"](dim=4),
    PROBLEMS["hure-unbounded"](dim=4),
    Quadratic(),
    Linear(),
    OrnsteinUhlenbeck(),
    Rotated(),
]


def named(problem: Problem) -> str:
    return type(problem).__name__


def points(problem: Problem, n: int = 6) -> tuple[Tensor, Tensor]:
    """t: [n], x: [n, d] around the start, away from 0 where some functions have kinks."""
    x = problem.origin(torch.float64) + 0.3
    return torch.linspace(0.1, 0.9, n, dtype=torch.float64) * problem.horizon, x + 0.2 * torch.randn(
        n, problem.dim, dtype=torch.float64, generator=generator(7)
    )


def defect(problem: Problem, t: Tensor, x: Tensor) -> Tensor:
    """u_t + 1/2 Tr(sigma sigma^T Hess u) + mu . grad u + f of the exact solution, by automatic differentiation."""
    t, x = t.clone().requires_grad_(), x.clone().requires_grad_()
    u = problem.exact(t, x)
    assert u is not None
    u_t, gradient = torch.autograd.grad(u.sum(), (t, x), create_graph=True)
    rows = [torch.autograd.grad(gradient[:, i].sum(), x, retain_graph=True)[0] for i in range(problem.dim)]
    hessian = torch.stack(rows, 1)
    sigma = problem.sigma(t, x)
    directions = torch.eye(problem.dim, dtype=x.dtype)
    trace = torch.zeros_like(t)
    for k in range(problem.dim):
        column = times(sigma, directions[k].expand_as(x))
        trace = trace + torch.einsum("ni,nij,nj->n", column, hessian, column)
    z = transposed(sigma, gradient)
    drift = (problem.mu(t, x) * gradient).sum(1)
    return (u_t + 0.5 * trace + drift + problem.f(t, x, u, z)).detach()


@pytest.mark.parametrize("problem", SOLVED, ids=named)
def test_the_exact_solution_solves_the_equation(problem: Problem):
    t, x = points(problem)
    size = problem.f(t, x, torch.ones_like(t), torch.ones_like(x)).abs().max() + 1
    assert defect(problem, t, x).abs().max() < FLOAT64 * size


@pytest.mark.parametrize("strength", [1.0, 5.0])
def test_the_quadrature_of_cole_and_hopf_solves_the_equation(strength: float):
    problem = PROBLEMS["hjb"](dim=4, strength=strength)
    t, x = points(problem)
    size = problem.f(t, x, torch.ones_like(t), torch.ones_like(x)).abs().max() + 1
    assert defect(problem, t, x).abs().max() < 1e-6 * size
    torch.testing.assert_close(problem.exact(torch.ones_like(t), x), problem.g(x))


@pytest.mark.parametrize("problem", SOLVED, ids=named)
def test_it_ends_as_g(problem: Problem):
    t, x = points(problem)
    ends = problem.exact(torch.full_like(t, problem.horizon), x)
    torch.testing.assert_close(ends, problem.g(x), rtol=FLOAT64, atol=FLOAT64)


@pytest.mark.parametrize("name", ["hjb", "allen-cahn"])
def test_a_last_time_that_is_rounded_up_is_the_end(name: str):
    problem = PROBLEMS[name](dim=4, horizon=0.7)
    t, x = points(problem)
    late = torch.full_like(t, 0.7 * (1 + 1e-15))
    torch.testing.assert_close(problem.exact(late, x), problem.g(x), rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", [name for name, kind in PROBLEMS.items() if kind.curvature])
def test_f_is_curved_as_it_says(name: str):
    problem = PROBLEMS[name](dim=5)
    t, x = points(problem, 200)
    random = generator(3)
    # Allen-Cahn's u - u^3 is concave where u is, from 0 to 1; the others are anywhere
    y = torch.rand(2, 200, dtype=torch.float64, generator=random) * (1 if name == "allen-cahn" else 40)
    z = 5 * torch.randn(2, 200, 5, dtype=torch.float64, generator=random)
    chord = torch.stack([problem.f(t, x, y[k], z[k]) for k in (0, 1)]).mean(0)
    bend = chord - problem.f(t, x, y.mean(0), z.mean(0))
    bend = bend if problem.curvature == "convex" else -bend
    assert bend.min() > -1e-12 * chord.abs().max()
    assert bend.max() > 0


def test_default_risk_is_enclosed_by_convex_functions():
    """Below on the values that a claim can have, above everywhere, and f itself where bounds are to be sharp."""
    problem = PROBLEMS["default-risk"](dim=2)
    n, (low, high) = 400, (problem.below(), problem.above())
    assert low.curvature == high.curvature == "convex"
    for level in (60.0, 75.0, 90.0, 110.0):
        t, x = torch.full((n,), 0.4, dtype=torch.float64), torch.full((n, 2), level, dtype=torch.float64)
        y = torch.linspace(0, level * math.exp(0.02 * 0.6), n, dtype=torch.float64)
        z = torch.zeros_like(x)
        f, below, above = (p.f(t, x, y, z) for p in (problem, low, high))
        assert (below <= f + 1e-12).all()
        assert (above >= f - 1e-12).all()
        for values in (below, above):
            assert (values[2:] - 2 * values[1:-1] + values[:-2]).min() > -1e-11
        assert torch.equal(above[y < 70], f[y < 70])
        assert torch.equal(below[y < 50], f[y < 50])
        if level < 70:
            assert torch.equal(below, f)
        assert float(f[-1] - below[-1]) == pytest.approx(0.0, abs=1e-12)  # they meet at the largest value


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_problem_passes_its_own_check(name: str):
    for dtype in (torch.float32, torch.float64):
        check(PROBLEMS[name](), dtype, "cpu")


def test_default_intensity_is_that_of_the_paper():
    problem = PROBLEMS["default-risk"]()
    y = torch.tensor([0.0, 50.0, 60.0, 70.0, 100.0], dtype=torch.float64)
    expected = torch.tensor([0.2, 0.2, 0.11, 0.02, 0.02], dtype=torch.float64)
    torch.testing.assert_close(problem.intensity(y), expected)  # type: ignore[attr-defined]


def test_start_is_one_number_or_as_many_as_dimensions():
    assert PROBLEMS["hjb"](dim=3, start=(1.0, 2.0, 3.0)).origin(torch.float64).tolist() == [[1.0, 2.0, 3.0]]
    assert PROBLEMS["hjb"](dim=3, start=2.0).origin(torch.float64).tolist() == [[2.0, 2.0, 2.0]]
    with pytest.raises(UserError, match="start: expected one number, or 3 as the dimension, got 2"):
        PROBLEMS["hjb"](dim=3, start=(1.0, 2.0))
    with pytest.raises(UserError, match=r"expected dim >= 1 and horizon > 0, got 0 and 1\.0"):
        PROBLEMS["hjb"](dim=0)


def test_parameters_are_read_strictly():
    assert parse(PROBLEMS["hjb"], {"dim": 4, "strength": 2}, "parameters").strength == 2.0  # type: ignore[attr-defined]
    with pytest.raises(UserError, match="parameters: unknown key 'strenght'; did you mean 'strength'"):
        parse(PROBLEMS["hjb"], {"strenght": 2.0}, "parameters")


class Odd(Quadratic):
    """What a user may get wrong, one thing at a time."""

    wrong: str = ""

    def mu(self, t: Tensor, x: Tensor) -> Tensor:
        return x[:, :2] if self.wrong == "mu" else torch.zeros_like(x)

    def sigma(self, t: Tensor, x: Tensor) -> Tensor | float:
        return x.new_ones(len(x), 3, 2) if self.wrong == "sigma" else 1.0

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        values = {
            "nan": y * math.nan,
            "column": y[:, None],
            "precision": y.float(),
            "number": 0.0,
        }
        if self.wrong == "error":
            return y @ z @ z
        return values.get(self.wrong, 0.0 * y)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("mu", r"Odd.mu: expected shape \[4, 3\] for 4 points in 3 dimensions, got \[4, 2\]"),
        ("sigma", r"Odd.sigma: expected shape \[4, 3\] or \[4, 3, 3\] .*got \[4, 3, 2\]; sigma must be square"),
        ("nan", r"Odd.f: not finite near the start"),
        ("column", r"Odd.f: expected shape \[4\] .*got \[4, 1\]"),
        ("precision", r"Odd.f: expected torch.float64 as its arguments, got torch.float32"),
        ("number", r"Odd.f: expected a tensor, got float"),
        ("error", r"Odd.f: RuntimeError: "),
    ],
)
def test_a_wrong_function_is_one_line(wrong: str, words: str):
    with pytest.raises(UserError, match=words) as caught:
        check(Odd(wrong=wrong), torch.float64, "cpu")
    assert "\n" not in str(caught.value)


def test_an_obstacle_above_g_is_one_line():
    class Above(PROBLEMS["american-put"]):  # type: ignore[misc]
        def obstacle(self, t: Tensor, x: Tensor) -> Tensor:
            return self.g(x) + 1.0

    with pytest.raises(UserError, match="Above: its obstacle is above g at T"):
        check(Above(dim=2), torch.float64, "cpu")


def test_a_problem_is_found_by_name_or_in_a_file(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "from bsde.problem import Problem\n\n\nclass Mine(Problem):\n    dim: int = 7\n\n"
        "    def f(self, t, x, y, z):\n        return -y\n\n    def g(self, x):\n        return x.sum(1)\n"
    )
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n")
    assert find("mine.py:Mine")().dim == 7
    assert find("hjb") is PROBLEMS["hjb"]
    for name, words in {
        "hbj": "no problem 'hbj'; did you mean 'hjb'",
        "mine.py:Other": "no subclass of bsde.problem.Problem named 'Other'",
        "none.py:Mine": "no such file",
        "broken.py:Mine": "ModuleNotFoundError",
    }.items():
        with pytest.raises(UserError, match=words):
            find(name)
