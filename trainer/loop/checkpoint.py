"""Everything that the next step depends on, in one file that is written atomically."""

import io
from pathlib import Path
from typing import Any

import torch

from trainer.errors import UserError
from trainer.files import write_atomically


def save(path: Path, state: dict[str, Any]) -> None:
    """state: tensors, numbers and strings in dicts and lists. Raises UserError when the disk is full."""
    stream = io.BytesIO()
    torch.save(state, stream)
    write_atomically(path, stream.getvalue())


def load(path: Path) -> dict[str, Any]:
    """Raises UserError when there is none or it is damaged. Unpickles nothing but tensors and plain data."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; is this a run folder?") from None
    except Exception as error:  # the unpickler fails in as many ways as there are ways to damage a file
        raise UserError(f"{path}: not a checkpoint, or damaged; restore it, or start a new run") from error


def averaged(state: dict[str, Any]) -> tuple[int, dict[str, torch.Tensor]]:
    """What a checkpoint of the loop exports, the best parameters or the last, and the step that they are of."""
    if state["best"]:
        return state["best"]["step"], state["best"]["module"]
    return state["step"], state["average"]
