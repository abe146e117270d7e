// The invariants of DeepPot-SE (trainer/potentials/deep_pot_se.py), of atoms one after the other:
//
//     D_i[a, c] = sum_lm A_i[lm, a] A_i[lm, c],  a < axis, c < M        describe
//     dE/dA     from dE/dD                                               differentiate
//     dD/dA . v                                                          describe_along
#pragma once

#include <cstdint>

namespace henrici::kernels {

/// Sizes of A and D of one atom.
struct Invariants {
  std::int64_t components, channels, axis;  // lm, M, axis

  std::int64_t encoded() const { return components * channels; }  // of A
  std::int64_t size() const { return axis * channels; }           // of D
};

/// a: [atoms, lm, M]; d: rows of `stride` numbers, of which the first axis M are written
void describe(const Invariants &, std::int64_t atoms, const float *a, float *d, std::int64_t stride);
void describe(const Invariants &, std::int64_t atoms, const double *a, double *d, std::int64_t stride);

/// v: as a; d: as above, the derivative of D along v
void describe_along(const Invariants &, std::int64_t atoms, const float *a, const float *v, float *d, std::int64_t stride);
void describe_along(const Invariants &, std::int64_t atoms, const double *a, const double *v, double *d, std::int64_t stride);

/// gradient: of D, as d; da: as a, overwritten. Bilinear: with v in the place of a, the derivative of dE/dA along v
void differentiate(const Invariants &, std::int64_t atoms, const float *a, const float *gradient, std::int64_t stride, float *da);
void differentiate(const Invariants &, std::int64_t atoms, const double *a, const double *gradient, std::int64_t stride,
                   double *da);

}  // namespace henrici::kernels
