// The per-neighbour work of DeepPot-SE (trainer/potentials/deep_pot_se.py): geometry to splines, and back.
//
//     P_i[lm, t, k] = sum_{j of t} u_k(r_ij) Y_lm(r_ij)        project
//     g_ij          = sum_{k, lm} dE/dP_i[lm, t_j, k] d(u_k Y_lm)/dr_ij        pull_back, linear in dE/dP
//     v -> dP       = sum_j d(u_k Y_lm)/dr_ij . v_ij                           push_forward, its transpose
//
// u_k(r) = s(r) B_k(r), s the smooth inverse of a distance, B_k quintic B-splines; Y_lm real spherical harmonics, l <= l_max.
#pragma once

#include <cstdint>

namespace henrici::kernels {

constexpr int L_MAX = 2;  // the largest l_max

/// u_k on uniform knots (SplineBasis of trainer/potentials/radial.py) times Y_lm.
struct Basis {
  double r_s, r_c, h;      // angstrom: start of the switch, cutoff, knot spacing
  std::int64_t intervals;  // r_c / h
  int l_max;               // 1 or 2
  double pieces[6][6];     // [power of tau, function m + q]

  std::int64_t functions() const { return intervals + 5; }       // n
  int components() const { return (l_max + 1) * (l_max + 1); }  // of lm
  bool operator==(const Basis &other) const  // pieces are the same for all
  {
    return r_s == other.r_s && r_c == other.r_c && intervals == other.intervals && l_max == other.l_max;
  }
};

/// Pairs of some centres, by centre.
template <typename Real> struct Pairs {
  std::int64_t centers;
  const std::int64_t *order;    // [centers] the centre that each row of P belongs to
  const std::int64_t *row;      // [centers + 1] the pairs of each centre
  const std::int64_t *species;  // [E] of the neighbour, 0 ... T - 1
  const Real *displacement;     // [E, 3] angstrom
};

// species: how many, T. All outputs are overwritten; pairs beyond r_c add nothing.

/// p: [centers, (l_max + 1)^2, T n]
void project(const Basis &, const Pairs<float> &, std::int64_t species, float *p);
void project(const Basis &, const Pairs<double> &, std::int64_t species, double *p);

constexpr int TOGETHER = 4;  // models of one basis at most: what the geometry says is found once

/// gradient: as p; pair_gradient: [E, 3]; of each model
void pull_back(const Basis &, const Pairs<float> &, std::int64_t species, int models, const float *const *gradient,
               float *const *pair_gradient);
void pull_back(const Basis &, const Pairs<double> &, std::int64_t species, int models, const double *const *gradient,
               double *const *pair_gradient);

template <typename Real>
void pull_back(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, const Real *gradient, Real *pair_gradient)
{
  pull_back(basis, pairs, species, 1, &gradient, &pair_gradient);
}

/// v: [E, 3]; dp: as p
void push_forward(const Basis &, const Pairs<float> &, std::int64_t species, const float *v, float *dp);
void push_forward(const Basis &, const Pairs<double> &, std::int64_t species, const double *v, double *dp);

}  // namespace henrici::kernels
