"""Learned closures by compiled loops, which take the parameters that they need from the script of a file by name.

They are used where they answer as the script does, which is tried when the file is opened."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.kernels.moments import ASKED, Closing

SAME = 1e-10  # over the largest answer: the same formulas in another order
LAYERS = ("0", "2", "4")  # of a network with silu between them; the first one alone where there are none between


def hermite(module: Any) -> Closing:
    """Of kinetic.closure.hermite.network; ASKED where the loops cannot do it."""

    def packed(of: dict[str, Tensor]) -> list[Tensor]:
        return [*layers(of, "speeds"), *(of[k] for k in ("linear", "first", "gaps", "factorial", "scale", "limit"))]

    def answer(b: Tensor, g: Tensor, arrived: Tensor, excess: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
        h, inside = module(b.mT, g.mT, last(arrived, excess).mT)
        return h[None], inside

    return tried("hermite", module, "speeds", ("small",), packed, answer)


def symmetric(module: Any) -> Closing:
    """The same of kinetic.closure.symmetric."""

    def packed(of: dict[str, Tensor]) -> list[Tensor]:
        signs = torch.ones_like(of["scale"]).index_fill(0, of["odd"], -1.0)
        bases = [of[name].mT for name in ("alike", "unlike", "symmetric")]
        return [signs, *layers(of, "network"), of["damping"], of["shifting"], *bases, of["scale"], of["limit"]]

    def answer(b: Tensor, g: Tensor, arrived: Tensor, excess: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
        h, inside = module(b.mT, g.mT, arrived.mT, excess.movedim(-1, 0), path)
        return h.mT, inside

    return tried("symmetric", module, "network", ("small", "tiny", "most", "change"), packed, answer)


def last(arrived: Tensor, excess: Tensor) -> Tensor:
    """Of Hermite's moments, [..., F, cells]: K g_k where M - k is even, then E g_k where it is odd, for all RATES.
    arrived: [..., M - 2, cells], excess: [..., 2, M - 2, cells]."""
    n = arrived.shape[-2]
    return torch.cat([arrived[..., (n - 1) % 2 :: 2, :], excess[..., n % 2 :: 2, :].flatten(-3, -2)], -2)


def layers(of: dict[str, Tensor], name: str) -> list[Tensor]:
    """Weights and biases."""
    known = [layer for layer in LAYERS if f"{name}.{layer}.weight" in of]
    return [of[f"{name}.{layer}.{part}"] for layer in known for part in ("weight", "bias")]


def tried(
    kind: str,
    module: Any,
    network: str,
    names: tuple[str, ...],
    packed: Callable[[dict[str, Tensor]], list[Tensor]],
    answer: Callable[..., tuple[Tensor, Tensor]],
) -> Closing:
    """The loops with the parameters and the constants of a script, unless it lacks some of them or answers something
    else. network: name of one; names: of the constants; answer: h [1 or M - 2, cells] and `inside` of the script."""
    asked = Closing(ASKED)
    if not isinstance(module, torch.jit.ScriptModule) or not kernels.available():
        return asked
    parameters = {name: value.detach() for name, value in module.state_dict().items()}
    try:
        parts = packed(parameters)
        width = len(parameters[f"{network}.0.bias"]) if f"{network}.2.bias" in parameters else 0
        constants = tuple(float(getattr(module, name)) for name in names)
    except (KeyError, AttributeError):
        return asked
    if parts[0].device.type != "cpu" or parts[0].dtype != torch.float64:
        return asked
    closing = Closing(kind, torch.cat([q.flatten() for q in parts]), width, constants)
    some = gases(module.order, parameters["limit"])
    with torch.no_grad():
        expected, inside = answer(*some)
    try:
        found, outside = evaluate(closing, module.order, *some)
    except RuntimeError:  # networks of another shape
        return asked
    same = float((found - expected).abs().max()) <= SAME * float(expected.abs().max())
    return closing if same and outside == int((~inside).sum()) else asked


def evaluate(
    closing: Closing, order: int, b: Tensor, g: Tensor, arrived: Tensor, excess: Tensor, path: Tensor
) -> tuple[Tensor, int]:
    """h [1 or M - 2, cells], and in how many cells b was beyond what was trained. b: [M - 2, cells], g: [M + 1, cells],
    arrived: [M - 2, cells], excess: [2, M - 2, cells], path: [cells]."""
    kind, parameters, width, constants = closing
    flown = (last(arrived, excess),) if kind == "hermite" else (arrived, excess)
    found: tuple[Tensor, int] = getattr(torch.ops.henrici_kinetic, kind)(
        parameters, order, width, constants, b, g, *flown, path
    )
    return found


def gases(order: int, limit: Tensor) -> list[Tensor]:
    """Arguments of `evaluate`, in the domain and beyond it."""
    random, n, cells = torch.Generator().manual_seed(1), order - 2, 40

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, cells, generator=random, dtype=torch.float64)

    b = normal(n) * limit.clamp(max=1.0)[:, None] * torch.linspace(0.0, 1.0, cells, dtype=torch.float64)
    return [b, normal(order + 1), normal(n), normal(2, n), torch.logspace(-3, 1, cells, dtype=torch.float64)]
