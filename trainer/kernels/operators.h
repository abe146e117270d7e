// The kernels on tensors, on all threads that torch has.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "deep_pot_se.h"

namespace henrici {

/// Neighbours of N_center atoms. The kernels trust it: whoever takes one from outside checks it first.
struct Graph {
  at::Tensor row, neighbor;  // [N_center + 1], [E] int64
  at::Tensor species;        // [N] int64, 0 ... count - 1
  at::Tensor displacement;   // [E, 3]
  std::int64_t count;        // T, of species
};

/// Throws unless all tensors are contiguous, of these shapes, and every index is in bounds.
void check(const Graph &graph);

/// pieces: [6, 6], as in trainer/potentials/radial.py
kernels::SplineBasis basis_of(const at::Tensor &pieces, double r_s, double r_c, std::int64_t intervals);

/// P: [N_center, T n, 4]
at::Tensor project(const Graph &graph, const kernels::SplineBasis &basis);

/// gradient: as P -> [E, 3]
at::Tensor pull_back(const Graph &graph, const kernels::SplineBasis &basis, const at::Tensor &gradient);

/// v: [E, 3] -> as P, the transpose of pull_back
at::Tensor push_forward(const Graph &graph, const kernels::SplineBasis &basis, const at::Tensor &v);

}  // namespace henrici
