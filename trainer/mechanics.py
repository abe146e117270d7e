"""Forces and virial from the gradient of the energy with respect to displacements: the same lines at every door.

F_i += sum_j g_ij,   F_j -= g_ij,   W -= sum_ij r_ij (x) g_ij,   g_ij = dE / dr_ij,   r_ij = r_j - r_i.
"""

import torch
from torch import Tensor

from trainer import kernels


def centers(row: Tensor) -> Tensor:
    """The centre of every pair: row [N_center + 1] -> [E] int64."""
    return torch.repeat_interleave(row.diff())


def forces(center: Tensor, neighbor: Tensor, pair_gradient: Tensor, atoms: int) -> Tensor:
    """center, neighbor: [E], pair_gradient: [E, 3] eV/angstrom -> [atoms, 3] eV/angstrom."""
    if kernels.usable(pair_gradient):
        return kernels.forces(center, neighbor, pair_gradient, atoms)
    zero = pair_gradient.new_zeros(atoms, 3)
    return zero.index_add(0, center, pair_gradient).index_add(0, neighbor, -pair_gradient)


def virials(owner: Tensor, displacement: Tensor, pair_gradient: Tensor, owners: int) -> Tensor:
    """W = -sum r (x) g over the pairs of each owner (a frame, or an atom): owner [E] -> [owners, 3, 3] eV.

    stress = -W / V."""
    if kernels.usable(pair_gradient):
        return kernels.virials(owner, displacement, pair_gradient, owners)
    pair = -(displacement.unsqueeze(2) * pair_gradient.unsqueeze(1))
    return pair.new_zeros(owners, 3, 3).index_add(0, owner, pair)
