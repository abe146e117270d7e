// The invariants of atoms, one after the other, from A_i[lm, c], c < M:
//
//     D_i[a, c]   = sum_lm A_i[lm, a] A_i[lm, c],  a < axis                     trainer/potentials/deep_pot_se.py
//     D_i         = (A_i[00, c]; sum_m A_i[lm, a] A_i[lm, c] for l = 1 ...)     trainer/potentials/power_spectrum.py
//
// describe: D; differentiate: dE/dA from dE/dD; describe_along: dD/dA . v
#pragma once

#include <cstdint>

namespace henrici::kernels {

/// Sizes and order of A and D of one atom.
struct Invariants {
  std::int64_t components, channels, axis;  // lm, M, axis
  bool by_degree;                           // D of each l by itself, of l = 0 A itself
  bool folded;                              // D[a, c] = D[c, a] once: of every row a, what begins at c = a

  std::int64_t encoded() const { return components * channels; }  // of A
  std::int64_t block() const { return axis * channels - (folded ? axis * (axis - 1) / 2 : 0); }
  std::int64_t size() const { return by_degree ? channels + (components == 9 ? 2 : 1) * block() : block(); }  // of D
};

/// a: [atoms, lm, M]; d: rows of `stride` numbers, of which the first size() are written
void describe(const Invariants &, std::int64_t atoms, const float *a, float *d, std::int64_t stride);
void describe(const Invariants &, std::int64_t atoms, const double *a, double *d, std::int64_t stride);

/// v: as a; d: as above, the derivative of D along v
void describe_along(const Invariants &, std::int64_t atoms, const float *a, const float *v, float *d, std::int64_t stride);
void describe_along(const Invariants &, std::int64_t atoms, const double *a, const double *v, double *d, std::int64_t stride);

/// gradient: of D, as d; da: as a, overwritten. Bilinear: with v in the place of a, the derivative of dE/dA along v (but for
/// l = 0 by degree, where it is 0)
void differentiate(const Invariants &, std::int64_t atoms, const float *a, const float *gradient, std::int64_t stride, float *da);
void differentiate(const Invariants &, std::int64_t atoms, const double *a, const double *gradient, std::int64_t stride,
                   double *da);

}  // namespace henrici::kernels
