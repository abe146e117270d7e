"""The native kernels say what the torch code says, derivatives included."""

import pytest
import torch
from models import CUTOFF, KINDS, untrained
from physics import TRICLINIC, System, assert_close, cluster, crystal
from tolerances import FLOAT32, FLOAT64
from torch import Tensor

from trainer import export, kernels
from trainer.environment import Environment
from trainer.mechanics import centers
from trainer.potentials import build
from trainer.potentials.behler_parrinello import BehlerParrinello
from trainer.potentials.deep_pot_se import DeepPotSE
from trainer.potentials.potential import Potential

TOLERANCE = {"float64": FLOAT64, "float32": FLOAT32}
SYSTEMS = [cluster(30, 1), crystal(5, 2, TRICLINIC), cluster(1, 3), System([], torch.zeros(0, 3).numpy())]


def test_the_library_is_there():
    """It is built with the pair style; without it everything below would compare torch with itself."""
    assert kernels.available()


ENCODERS = {  # kind of potential, number of the term; the last one's exponents are no whole numbers
    "deep_pot_se": ("deep_pot_se", 0),
    "behler_parrinello": ("behler_parrinello", 0),
    "g4, g5": ("sum", 1),
}


def encoder_of(dtype: str, name: str = "deep_pot_se") -> DeepPotSE | BehlerParrinello:
    kind, number = ENCODERS[name]
    return untrained(dtype, kind=kind).terms[number].encoder


def cast(environment: Environment, dtype: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    e = environment
    return e.species, centers(e.row), e.neighbor, e.displacement.to(getattr(torch, dtype))


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("system", SYSTEMS, ids=["cluster", "crystal", "atom", "nothing"])
def test_projection_and_pullback_equal_the_torch_code(
    name: str, dtype: str, system: System, monkeypatch: pytest.MonkeyPatch
):
    encoder, environment = encoder_of(dtype, name), system.environment(CUTOFF, skin=0.5)
    arguments = (*cast(environment, dtype), len(environment.species))
    p, saved = encoder.project(*arguments)
    weights = torch.linspace(-1, 1, p.numel(), dtype=p.dtype).view_as(p)
    g = encoder.pullback(weights, saved)
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)
    expected, saved = encoder.project(*arguments)
    assert_close(p.numpy(), expected.numpy(), TOLERANCE[dtype])
    assert_close(g.numpy(), encoder.pullback(weights, saved).numpy(), TOLERANCE[dtype])


@pytest.mark.parametrize("name", ENCODERS)
def test_the_backward_pass_of_the_pullback_is_its_transpose(name: str):
    environment = cluster(12, 4).environment(CUTOFF)
    encoder = encoder_of("float64", name)
    p, saved = encoder.project(*cast(environment, "float64"), 12)
    weights = torch.randn(p.shape, generator=torch.Generator().manual_seed(1), dtype=p.dtype, requires_grad=True)
    v = torch.randn(len(environment.neighbor), 3, generator=torch.Generator().manual_seed(2), dtype=p.dtype)
    g = encoder.pullback(weights, saved)
    (transposed,) = torch.autograd.grad((g * v).sum(), weights)
    assert_close((transposed * weights.detach()).sum().numpy(), (g.detach() * v).sum().numpy(), FLOAT64)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_script_is_evaluated_to_rounding(kind: str, dtype: str):
    script = export.script(build.finished(untrained(dtype, kind=kind)))
    evaluate = kernels.Evaluator(script)
    assert evaluate.native is not None
    assert evaluate.native.knows_the_script()
    for system in (*SYSTEMS, cluster(40, 5, species=1)):
        environment = system.environment(CUTOFF, skin=0.5)
        for got, expected in zip(evaluate(*environment), script(*environment), strict=True):
            assert got.dtype == torch.float64
            assert_close(got.detach().numpy(), expected.detach().numpy(), TOLERANCE[dtype])


def test_blocks_of_centres_join():
    """More atoms than the kernels take at a time."""
    script = export.script(build.finished(untrained("float64")))
    many = crystal(5, 2, TRICLINIC).replicated((6, 6, 6)).environment(CUTOFF)
    assert len(many.species) > 1000
    for got, expected in zip(kernels.Evaluator(script)(*many), script(*many), strict=True):
        assert_close(got.numpy(), expected.numpy(), FLOAT64)


def test_a_script_of_another_make_is_run_as_it_is():
    class Constant(torch.nn.Module):
        def forward(
            self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor
        ) -> tuple[Tensor, Tensor]:
            return torch.ones(len(row) - 1, dtype=torch.float64), torch.zeros_like(displacement)

    energy, gradient = kernels.Evaluator(export.script(Constant()))(*cluster(4, 1).environment(CUTOFF))
    assert energy.tolist() == [1.0] * 4
    assert not gradient.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_nan_comes_out_where_it_came_in(kind: str):
    """Compilers may be told to ignore NaN, and a NaN may become any index: not here."""
    environment = cluster(6, 1).environment(CUTOFF)
    environment.displacement[3, 1] = float("nan")
    energy, gradient = kernels.Evaluator(export.script(build.finished(untrained("float64", kind=kind))))(*environment)
    broken = centers(environment.row) == centers(environment.row)[3]
    assert torch.equal(torch.arange(6)[~torch.isfinite(energy)], centers(environment.row)[3:4])
    assert torch.isfinite(gradient[~broken]).all()


def test_tensors_may_lie_anyhow_in_memory():
    environment = cluster(8, 1).environment(CUTOFF)
    evaluate = kernels.Evaluator(export.script(build.finished(untrained("float64"))))
    scattered = [torch.stack([t, t - 77], -1).select(-1, 0) for t in environment]
    assert not any(t.is_contiguous() for t in scattered)
    for got, expected in zip(evaluate(*scattered), evaluate(*environment), strict=True):
        assert torch.equal(got, expected)


BROKEN = {  # what is written into which tensor, and where
    "species": [(0, -1), (0, 2), (0, 2**62)],
    "row": [(0, 1), (3, -(10**9)), (3, 10**9), (-1, 10**9)],
    "neighbor": [(0, -(10**9)), (0, 8), (0, 10**9)],
}


@pytest.mark.parametrize(("name", "at", "value"), [(name, *case) for name, cases in BROKEN.items() for case in cases])
def test_an_index_out_of_bounds_is_refused(name: str, at: int, value: int):
    """An error, where memory of others would be read or written."""
    environment = cluster(8, 1).environment(CUTOFF)
    getattr(environment, name)[at] = value
    with pytest.raises((IndexError, RuntimeError), match="expected"):
        kernels.Evaluator(export.script(build.finished(untrained("float64"))))(*environment)
    species, row, neighbor, displacement = environment
    of_neighbors = neighbor if name == "neighbor" else species[neighbor]
    with pytest.raises(RuntimeError, match="expected"):
        kernels.project(row, of_neighbors, displacement, 2, *encoder_of("float64").basis.definition(), 1)


class Another(Potential):
    """The names of our own potentials, another meaning."""

    def forward(
        self,
        species: Tensor,
        row: Tensor,
        neighbor: Tensor,
        displacement: Tensor,
        parameters: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        return torch.ones(len(row) - 1, dtype=torch.float64), torch.zeros_like(displacement)


@pytest.mark.parametrize(
    "broken", [{}, {"r_c": -1.0, "r_s": -2.0}, {"intervals": 2**62}, {"r_s": 9.0}, {"species": 10**6}], ids=str
)
def test_a_script_that_only_looks_like_ours_is_run_as_it_is(broken: dict[str, float]):
    model = build.finished(untrained("float64"))
    model.__class__ = Another
    model.reference = torch.zeros(int(broken.pop("species", 2)), dtype=torch.float64)
    for name, value in broken.items():
        setattr(model.terms[0].encoder.basis, name, value)
    energy, gradient = kernels.Evaluator(export.script(model))(*cluster(4, 1).environment(CUTOFF))
    assert energy.tolist() == [1.0] * 4
    assert not gradient.any()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch", [[], [3]], ids=["one", "batch"])
@pytest.mark.parametrize(
    ("rows", "terms", "columns"), [(33, 70, 50), (16, 16, 100), (64, 300, 240), (40, 513, 33), (2, 40, 40)], ids=str
)
def test_products_of_matrices_equal_those_of_torch(rows: int, terms: int, columns: int, batch: list[int], dtype: str):
    """More and fewer columns than registers, sums in parts, both orders in memory, and what is left to torch."""
    number = torch.Generator().manual_seed(1)
    a, b = (
        torch.randn(shape, dtype=torch.float64, generator=number) for shape in ((rows, terms), (*batch, terms, columns))
    )
    for x in (a, a.T.contiguous().T):
        for y in (b, b.mT.contiguous().mT):
            got = kernels.product(x.to(getattr(torch, dtype)), y.to(getattr(torch, dtype)))
            assert_close(got.double().numpy(), (a @ b).numpy(), TOLERANCE[dtype])
