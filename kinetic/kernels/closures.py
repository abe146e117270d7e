"""Learned closures by compiled loops, which take the parameters that they need from the script of a file by name.

They are used where they answer as the script does, which is tried when the file is opened."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.kernels.moments import ASKED, Closing
from kinetic.moments.flights import RATES

SAME = 1e-10  # over the largest answer: the same formulas in another order
Shapes = tuple[tuple[int, ...], ...]
LAYERS = ("0", "2", "4")  # of a network with silu between them; the first one alone where there are none between


def hermite(module: Any) -> Closing:
    """Of kinetic.closure.hermite.network; ASKED where the loops cannot do it."""

    def packed(of: dict[str, Tensor]) -> list[Tensor]:
        return [*layers(of, "speeds"), *(of[k] for k in ("linear", "first", "gaps", "factorial", "scale", "limit"))]

    def flown(of: dict[str, Tensor]) -> Shapes:
        return ((len(of["linear"]),),)

    def answer(b: Tensor, g: Tensor, s: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
        h, inside = module(b.mT, g.mT, s.mT)
        return h[None], inside

    return tried("hermite", module, "speeds", ("small",), packed, flown, answer)


def symmetric(module: Any) -> Closing:
    """The same of kinetic.closure.symmetric."""

    def packed(of: dict[str, Tensor]) -> list[Tensor]:
        signs = torch.ones_like(of["scale"]).index_fill(0, of["odd"], -1.0)
        bases = [of[name].mT for name in ("alike", "unlike", "symmetric")]
        return [signs, *layers(of, "network"), of["damping"], of["shifting"], *bases, of["scale"], of["limit"]]

    def flown(of: dict[str, Tensor]) -> Shapes:
        n = len(of["scale"])
        return (n,), (len(RATES), n)

    def answer(b: Tensor, g: Tensor, arrived: Tensor, excess: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
        h, inside = module(b.mT, g.mT, arrived.mT, excess.movedim(-1, 0), path)
        return h.mT, inside

    return tried("symmetric", module, "network", ("small", "tiny", "most", "change"), packed, flown, answer)


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
    flown: Callable[[dict[str, Tensor]], Shapes],
    answer: Callable[..., tuple[Tensor, Tensor]],
) -> Closing:
    """The loops with the parameters and the constants of a script, unless it lacks some of them or answers something
    else. network: name of one; names: of the constants; flown: shapes of what comes from elsewhere, [..., cells];
    answer: h [1 or M - 2, cells] and `inside` of the script."""
    asked = Closing(ASKED)
    if not isinstance(module, torch.jit.ScriptModule) or not kernels.available():
        return asked
    parameters = {name: value.detach() for name, value in module.state_dict().items()}
    try:
        parts, shapes = packed(parameters), flown(parameters)
        width = len(parameters[f"{network}.0.bias"]) if f"{network}.2.bias" in parameters else 0
        constants = tuple(float(getattr(module, name)) for name in names)
    except (KeyError, AttributeError):
        return asked
    if parts[0].device.type != "cpu" or parts[0].dtype != torch.float64:
        return asked
    closing = Closing(kind, torch.cat([q.flatten() for q in parts]), width, constants)
    some = gases(module.order, parameters["limit"], shapes)
    with torch.no_grad():
        expected, inside = answer(*some)
    try:
        found, outside = evaluate(closing, module.order, *some)
    except RuntimeError:  # networks of another shape
        return asked
    same = float((found - expected).abs().max()) <= SAME * float(expected.abs().max())
    return closing if same and outside == int((~inside).sum()) else asked


def evaluate(closing: Closing, order: int, *told: Tensor) -> tuple[Tensor, int]:
    """h [1 or M - 2, cells], and in how many cells b was beyond what was trained. told: of `gases`."""
    kind, parameters, width, constants = closing
    found: tuple[Tensor, int] = getattr(torch.ops.henrici_kinetic, kind)(parameters, order, width, constants, *told)
    return found


def gases(order: int, limit: Tensor, flown: Shapes) -> list[Tensor]:
    """b [M - 2, cells] in the domain and beyond it, g [M + 1, cells], what comes from elsewhere, and paths [cells]."""
    random, n, cells = torch.Generator().manual_seed(1), order - 2, 40

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, cells, generator=random, dtype=torch.float64)

    b = normal(n) * limit.clamp(max=1.0)[:, None] * torch.linspace(0.0, 1.0, cells, dtype=torch.float64)
    path = torch.logspace(-3, 1, cells, dtype=torch.float64)
    return [b, normal(order + 1), *(normal(*shape) for shape in flown), path]
