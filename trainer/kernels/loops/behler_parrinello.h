// The per-neighbour work of Behler-Parrinello (trainer/potentials/behler_parrinello.py): geometry to sums, and back.
//
//     G_i[t, m]       = sum_{j of t} exp(-eta (r_ij - r_s)^2) f(r_ij)
//     G_i[{t, t'}, m] = sum_{j < k of t and t'} 2 h^zeta exp(-eta rho) f(r_ij) f(r_ik) [f(r_jk)]        project
//     g_ij            = sum_m dE/dG_i[m] dG_i[m]/dr_ij        pull_back, linear in dE/dG
//     v -> dG         = sum_j dG_i/dr_ij . v_ij               push_forward, its transpose
//
// h = (1 + lambda cos theta) / 2, rho = r_ij^2 + r_ik^2 [+ r_jk^2]; what is in brackets, in G4 and not in G5.
#pragma once

#include <cstdint>

#include "deep_pot_se.h"  // Pairs
#include "symmetry_functions.h"

namespace henrici::kernels {

// species: how many, T. All outputs are overwritten; pairs beyond r_c add nothing.

/// g: [centers, D]
void project(const SymmetryFunctions &, const Pairs<float> &, std::int64_t species, float *g);
void project(const SymmetryFunctions &, const Pairs<double> &, std::int64_t species, double *g);

/// gradient: as g; pair_gradient: [E, 3]
void pull_back(const SymmetryFunctions &, const Pairs<float> &, std::int64_t species, const float *gradient,
               float *pair_gradient);
void pull_back(const SymmetryFunctions &, const Pairs<double> &, std::int64_t species, const double *gradient,
               double *pair_gradient);

/// v: [E, 3]; dg: as g
void push_forward(const SymmetryFunctions &, const Pairs<float> &, std::int64_t species, const float *v, float *dg);
void push_forward(const SymmetryFunctions &, const Pairs<double> &, std::int64_t species, const double *v, double *dg);

}  // namespace henrici::kernels
