// The per-neighbour work of DeepPot-SE (trainer/potentials/deep_pot_se.py): geometry to splines, and back.
//
//     P_i[t, k, lm] = sum_{j of t} u_k(r_ij) Y_lm(r_ij)        project
//     g_ij          = sum_{k, lm} dE/dP_i[t_j, k, lm] d(u_k Y_lm)/dr_ij        pull_back, linear in dE/dP
//     v -> dP       = sum_j d(u_k Y_lm)/dr_ij . v_ij                           push_forward, its transpose
//
// u_k(r) = s(r) B_k(r), Y in (1, x/r, y/r, z/r); s the smooth inverse of a distance, B_k quintic B-splines.
#pragma once

#include <cstdint>

namespace henrici::kernels {

/// u_k on uniform knots: SplineBasis of trainer/potentials/radial.py.
struct SplineBasis {
  double r_s, r_c, h;      // angstrom: start of the switch, cutoff, knot spacing
  std::int64_t intervals;  // r_c / h; there are intervals + 5 functions
  double pieces[6][6];     // [power of tau, function m + q]
};

/// Pairs of a block of centres: the contract's arrays (docs/model-file.md).
template <typename Real> struct Pairs {
  std::int64_t centers;
  const std::int64_t *row;       // [centers + 1]
  const std::int64_t *neighbor;  // [E] index into species
  const std::int64_t *species;   // [N]
  const Real *displacement;      // [E, 3] angstrom
};

// species: how many, T. All outputs are overwritten; pairs beyond r_c add nothing.

/// p: [centers, T n, 4]
void project(const SplineBasis &, const Pairs<float> &, std::int64_t species, float *p);
void project(const SplineBasis &, const Pairs<double> &, std::int64_t species, double *p);

/// gradient: as p; pair_gradient: [E, 3]
void pull_back(const SplineBasis &, const Pairs<float> &, std::int64_t species, const float *gradient, float *pair_gradient);
void pull_back(const SplineBasis &, const Pairs<double> &, std::int64_t species, const double *gradient,
               double *pair_gradient);

/// v: [E, 3]; dp: as p
void push_forward(const SplineBasis &, const Pairs<float> &, std::int64_t species, const float *v, float *dp);
void push_forward(const SplineBasis &, const Pairs<double> &, std::int64_t species, const double *v, double *dp);

}  // namespace henrici::kernels
