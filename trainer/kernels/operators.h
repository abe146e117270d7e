// The kernels on tensors, on all threads that torch has.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "deep_pot_se.h"
#include "workspace.h"

namespace henrici {

/// Pairs of N_center atoms. The kernels trust it: whoever takes one from outside checks it first.
struct Graph {
  at::Tensor row;           // [N_center + 1] int64
  at::Tensor species;       // [E] int64 of the neighbours, 0 ... count - 1
  at::Tensor displacement;  // [E, 3]
  std::int64_t count;       // T, of species
};

/// Whether all numbers, contiguous int64, are 0 ... count - 1; without branches, so that it costs nothing beside the kernels.
bool within(const at::Tensor &numbers, std::int64_t count);

/// Throws unless all tensors are contiguous, of these shapes, and every index is in bounds.
void check(const Graph &graph);

/// The same of what forward() takes (docs/model-file.md), but for the species themselves.
void check(const at::Tensor &row, const at::Tensor &neighbor, const at::Tensor &species, const at::Tensor &displacement);

/// The pairs of a workspace's block, by the rows of its P.
template <typename Real> kernels::Pairs<Real> pairs_of(const Workspace &workspace, const Real *displacement)
{
  const Block &block = workspace.block();
  return {block.centers, workspace.order.data(), block.row, block.neighbor_species, displacement};
}

/// pieces: [6, 6], as in trainer/potentials/radial.py
kernels::Basis basis_of(const at::Tensor &pieces, double r_s, double r_c, std::int64_t intervals, std::int64_t l_max);

/// P: [N_center, (l_max + 1)^2, T n]
at::Tensor project(const Graph &graph, const kernels::Basis &basis);

/// gradient: as P -> [E, 3]
at::Tensor pull_back(const Graph &graph, const kernels::Basis &basis, const at::Tensor &gradient);

/// v: [E, 3] -> as P, the transpose of pull_back
at::Tensor push_forward(const Graph &graph, const kernels::Basis &basis, const at::Tensor &v);

}  // namespace henrici
