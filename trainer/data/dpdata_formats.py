"""Frames from the outputs that dpdata reads: `format = "vasp/outcar"` in [data]. dpdata is an extra of henrici."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trainer.data.frame import Frame, known
from trainer.data.settings import DataSettings
from trainer.errors import UserError, first_line


def read(path: Path, settings: DataSettings) -> Iterator[Frame]:
    """All frames. dpdata answers in eV and angstrom, with virial = -V stress, whatever the program that wrote `path`.

    Raises UserError naming the file, the frame that cannot be used, or what must be installed."""
    try:
        import dpdata
    except ImportError:
        raise UserError(f'format = "{settings.format}" needs dpdata: pip install "henrici[dpdata]"') from None
    try:
        data = dpdata.LabeledSystem(str(path), fmt=settings.format).data
    except (Exception, SystemExit) as error:  # each of dpdata's parsers fails in its own way
        raise UserError(f"{path}: dpdata cannot read it as {settings.format}: {first_line(error)}") from error
    symbols = tuple(data["atom_names"][t] for t in data["atom_types"])
    periodic = not data.get("nopbc", False)
    forces, virials = data.get("forces"), data.get("virials")
    for k, positions in enumerate(data["coords"]):
        yield Frame(
            symbols=symbols,
            positions=np.asarray(positions, dtype=float),
            cell=np.asarray(data["cells"][k], dtype=float),
            pbc=np.array([periodic] * 3),
            energy=None if np.isnan(data["energies"][k]) else float(data["energies"][k]),
            forces=None if forces is None else known(np.asarray(forces[k], dtype=float)),
            virial=None if virials is None or not periodic else known(np.asarray(virials[k], dtype=float)),
            trajectory=str(path),
            source=f"{path}, frame {k}",
            weight=settings.weight,
        )
