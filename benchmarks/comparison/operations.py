"""How many multiply-adds the energy and forces of the architecture need, and how many this core does in a second."""

import time
from itertools import pairwise

import ase.neighborlist
import torch
from ase import Atoms

from comparison.timing import median
from trainer import kernels

SPECIES, CUTOFF, SPACING = 2, 6.0, 0.1  # angstrom
CHANNELS, AXIS, FITTING = 100, 16, (240, 240, 240)
SPLINES, HARMONICS = 6, 4  # of one neighbour: non-zero splines; 1, x/r, y/r, z/r
SHAPE = (512, 1600, 240)  # of the product by which the core is measured: the largest of a block of atoms


def multiply_adds(neighbors: float) -> float:
    """Of an atom, with so many neighbours within the cutoff.

    C channels, M of the axis, T species, n = r_c / h + 5 splines:

    fitting nets        2 (C M 240 + 2 x 240^2 + 240)   energy, and its gradient in D
    A = P C, dP = dA C' 2 x 4 T n C
    D = A^T A_<, dA     3 x 4 C M                        dA has two terms
    neighbours          3 x 4 x 6 each                   P += u_k Y_lm; sum_k u_k dP and sum_lm Y_lm dP for the gradient

    Values of splines, activations and what LAMMPS does are not counted."""
    widths = (CHANNELS * AXIS, *FITTING, 1)
    fitting = 2 * sum(a * b for a, b in pairwise(widths))
    splines = round(CUTOFF / SPACING) + 5
    encoder = 2 * HARMONICS * SPECIES * splines * CHANNELS
    descriptor = 3 * HARMONICS * CHANNELS * AXIS
    return fitting + encoder + descriptor + 3 * HARMONICS * SPLINES * neighbors


def neighbors_of(atoms: Atoms) -> float:
    """Mean number of neighbours within the cutoff."""
    return len(ase.neighborlist.neighbor_list("i", atoms, CUTOFF)) / len(atoms)


def multiply_rate(dtype: torch.dtype, repeats: int = 40) -> float:
    """Multiply-adds a second on one thread, the median: of torch's matrix product, or of the kernels' where that is
    faster."""
    m, k, n = SHAPE
    a, b = torch.rand(m, k, dtype=dtype), torch.rand(k, n, dtype=dtype)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rates = []
    for product in (torch.mm, kernels.product):
        spent = []
        for _ in range(repeats):
            began = time.thread_time()
            product(a, b)
            spent.append(time.thread_time() - began)
        rates.append(m * k * n / median(spent))
    torch.set_num_threads(threads)
    return max(rates)
