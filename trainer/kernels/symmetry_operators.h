// The kernels of symmetry functions on tensors, on all threads that torch has.
#pragma once

#include <cstdint>
#include <vector>

#include "behler_parrinello.h"
#include "operators.h"

namespace henrici {

/// eta, r_s: [R] of G2; g4, g5: [3, M] the weights of AngularFunctions (trainer/potentials/symmetry_functions.py), which
/// are zeta for lambda = 1, zeta for lambda = -1, and -eta; M may be 0.
kernels::SymmetryFunctions symmetry_functions_of(const at::Tensor &eta, const at::Tensor &r_s, const at::Tensor &g4,
                                                 const at::Tensor &g5, double r_c);

/// G: [N_center, D]
at::Tensor project(const Graph &graph, const kernels::SymmetryFunctions &functions);

/// gradient: as G -> [E, 3]
at::Tensor pull_back(const Graph &graph, const kernels::SymmetryFunctions &functions, const at::Tensor &gradient);

/// v: [E, 3] -> as G, the transpose of pull_back
at::Tensor push_forward(const Graph &graph, const kernels::SymmetryFunctions &functions, const at::Tensor &v);

}  // namespace henrici
