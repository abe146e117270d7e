"""Parts of a model that training leaves as they are."""

from collections.abc import Sequence

from torch import nn

from trainer.errors import UserError
from trainer.settings import nearest


def freeze(module: nn.Module, names: Sequence[str]) -> list[nn.Parameter]:
    """Freezes what `names` select and answers the parameters that are left to train.

    A name selects every parameter with it in its path: "fitting" and "terms.0" are in "terms.0.fitting.1.output.bias".
    Raises UserError for a name that selects nothing, and when nothing is left."""
    paths = {name: f".{name}." for name, _ in module.named_parameters()}
    for name in names:
        if not any(f".{name}." in path for path in paths.values()):
            parts = [part for path in paths for part in path.split(".")[:-1] if not part.isdigit()]
            raise UserError(f"freeze: no part '{name}' in the model{nearest(name, dict.fromkeys(parts))}")
    for path, parameter in module.named_parameters():
        if any(f".{name}." in paths[path] for name in names):
            parameter.requires_grad_(False)
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not trained:
        raise UserError(f"freeze: {', '.join(names)} leave nothing to train")
    return trained
