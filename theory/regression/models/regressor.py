"""What the models have in common."""

from typing import Protocol

from torch import Tensor, nn


class Regressor(Protocol):
    """forward: [n, d] -> [n, 1]"""

    def norm(self) -> Tensor:
        """The norm that the theorems penalise."""
        ...

    def finished(self) -> nn.Module:
        """The same function with scales folded into weights, for export."""
        ...


def plain(layers: list[tuple[Tensor, Tensor]]) -> nn.Module:
    """Linear, ReLU, Linear, ... with these weights and biases."""
    modules: list[nn.Module] = []
    for W, b in layers:
        linear = nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype, device=W.device)
        linear.load_state_dict({"weight": W.detach(), "bias": b.detach()})
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])
