"""What a model is told of the atoms besides where they are: parameters such as an electron temperature."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from ase import Atoms

from trainer.errors import UserError

Array = npt.NDArray[np.float64]


def parameters_of(atoms: Atoms, names: Sequence[str], given: Mapping[str, Any]) -> Array:
    """[N, P]: of each name what is given, else atoms.arrays[name], a number an atom, else atoms.info[name], one number.

    Raises UserError for a parameter that is nowhere, or is neither a number nor one for every atom."""
    columns = np.empty((len(atoms), len(names)))
    for k, name in enumerate(names):
        value = next((place[name] for place in (given, atoms.arrays, atoms.info) if name in place), None)
        if value is None:
            raise UserError(
                f"the model needs {name}: Potential(..., parameters={{{name!r}: ...}}), or atoms.info, or atoms.arrays"
            )
        try:
            columns[:, k] = np.broadcast_to(np.asarray(value, dtype=np.float64), len(atoms))
        except (TypeError, ValueError):
            raise UserError(f"{name}: expected a number, or one for each of {len(atoms)} atoms, got {value}") from None
        if not np.isfinite(columns[:, k]).all():
            raise UserError(f"{name}: expected finite numbers, got {value}")
    return columns
