"""Atomic environments: who is whose neighbour, and where. The input of every potential."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from vesin import NeighborList

from trainer.errors import UserError


class Environment(NamedTuple):
    """The arguments of a potential, as docs/model-file.md defines them."""

    species: Tensor  # [N] int64, index into the model's species; centres first, then ghosts
    row: Tensor  # [N_center + 1] int64, CSR pointer into the next two
    neighbor: Tensor  # [E] int64, index into species
    displacement: Tensor  # [E, 3] angstrom, r_neighbor - r_center


class Neighbors:
    """Neighbour lists of one system along a trajectory, kept until an atom has moved by skin / 2.

    Any cell: triclinic, partly periodic, none, smaller than twice the cutoff (atoms then neighbour their own images).
    """

    def __init__(self, cutoff: float, skin: float = 0.0):
        """cutoff, skin: angstrom. With skin = 0 every call builds a new list. Raises UserError for any other skin."""
        if not isinstance(skin, int | float | np.floating) or not 0 <= skin < np.inf:
            raise UserError(f"skin: expected a length in angstrom, 0 or more, got {skin!r}")
        self._search = NeighborList(cutoff=cutoff, full_list=True, sorted=True, skin=skin, n_threads=1)

    def __call__(
        self,
        species: npt.NDArray[np.int64],
        positions: npt.NDArray[np.float64],
        cell: npt.NDArray[np.float64],
        pbc: npt.NDArray[np.bool_],
    ) -> Environment:
        """species: [N] model indices, positions: [N, 3] angstrom, cell: [3, 3] angstrom, rows are vectors, pbc: [3].

        Raises UserError for positions or a cell that are not finite, cells without a volume or with too little of it,
        and atoms that are lost in a far plane or line."""
        points, periodic = np.ascontiguousarray(positions, dtype=np.float64), np.asarray(pbc, dtype=bool)
        box = completed(finite(np.asarray(cell, dtype=np.float64)), periodic)
        if len(points):
            check_extent(points, box, periodic, self._search.cutoff + self._search.skin)
        i, j, d = self._search.compute(points, box, periodic, "ijD")
        row = np.searchsorted(i, np.arange(len(species) + 1))
        return Environment(
            torch.from_numpy(np.asarray(species, dtype=np.int64)),
            torch.from_numpy(row.astype(np.int64)),
            torch.from_numpy(j.astype(np.int64)),
            torch.from_numpy(d),
        )


def check_extent(
    positions: npt.NDArray[np.float64], box: npt.NDArray[np.float64], pbc: npt.NDArray[np.bool_], reach: float
) -> None:
    """Raises UserError where the search would fail. reach: cutoff and skin, angstrom.

    vesin coarsens its grid evenly beyond 1e5 cells, until a thin system has none left in its thin direction."""
    if not np.isfinite(positions).all():
        raise UserError(f"the position of atom {int(np.argmin(np.isfinite(positions).all(1)))} is not finite")
    if abs(np.linalg.det(box)) <= 1e-9 * np.linalg.norm(box, axis=1).prod():
        raise UserError(
            f"expected three cell vectors that span a volume, got {box.tolist()}: set the cell, or pbc to False"
        )
    inverse = np.linalg.inv(box)
    images = np.maximum(1.0, 2 * reach * np.linalg.norm(inverse, axis=0))[pbc].prod()  # of an atom, within reach
    if len(positions) * images > 1e9:
        raise UserError(f"the cell is so small that an atom has {images:.0e} neighbours; cell vectors are in angstrom")
    extent = np.where(pbc, 1.0, np.ptp(positions @ inverse, axis=0)) / np.linalg.norm(inverse, axis=0)
    cells = np.maximum(1.0, extent / reach)
    if cells.prod() > 5e4 and cells.min() * np.cbrt(5e4 / cells.prod()) < 1.0:
        size = " x ".join(f"{x:.3g}" for x in extent)
        raise UserError(f"atoms spread over {size} angstrom: are some lost? So thin and wide, neighbours are not found")


def finite(cell: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not np.isfinite(cell).all():
        raise UserError("the cell is not finite")
    return cell


def concatenate(environments: list[Environment]) -> Environment:
    """Several systems without ghosts as one: the graph of a batch."""
    atoms, pairs = 0, 0
    rows, neighbors = [torch.zeros(1, dtype=torch.int64)], []
    for e in environments:
        rows.append(e.row[1:] + pairs)
        neighbors.append(e.neighbor + atoms)
        atoms, pairs = atoms + len(e.species), pairs + len(e.neighbor)
    return Environment(
        torch.cat([e.species for e in environments]),
        torch.cat(rows),
        torch.cat(neighbors),
        torch.cat([e.displacement for e in environments]),
    )


def completed(cell: npt.NDArray[np.float64], pbc: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """`cell` with a unit vector in every direction that is neither periodic nor given: a volume takes three."""
    if pbc.all():
        return cell
    missing = ~pbc & (np.linalg.norm(cell, axis=1) == 0)
    if not missing.any():
        return cell
    given = cell[~missing]
    full = cell.copy()
    # the last right singular vectors span what the given lattice vectors leave out
    full[missing] = np.linalg.svd(given)[2][len(given) :] if len(given) else np.eye(3)
    return full
