// The elementwise work of layers with skip connections (trainer/potentials/networks.py) and of their derivatives.
//
//     h = f(z) + J x,   z = W x + b        J x: x where the widths agree, (x, x) where h is twice as wide, else 0
//
// z, h and what belongs to them are [n, out], x is [n, in]. dh stands for dE/dh; h' for the derivative of h along some
// direction; h* for the adjoint of h, the derivative with respect to h of a sum of E and E'. slope is f'(z), curvature f''(z)
// (activation.h).
#pragma once

#include <cstdint>

namespace henrici::kernels {

struct SkipLayer {
  std::int64_t n, in, out;
};

/// h += J x
void join(const SkipLayer &, const float *x, float *h);
void join(const SkipLayer &, const double *x, double *h);

/// dx += J^T dh
void join_back(const SkipLayer &, const float *dh, float *dx);
void join_back(const SkipLayer &, const double *dh, double *dx);

/// dz = f' dh, overwritten; and f'' dh in the place of f''
void differentiate(const SkipLayer &, const float *slope, const float *dh, float *dz, float *curvature);
void differentiate(const SkipLayer &, const double *slope, const double *dh, double *dz, double *curvature);

/// h' = f' z' + J x', overwritten; and in the place of z' what E' adds to z*: f'' dh z', with f'' dh as differentiate() left it
void tangent(const SkipLayer &, const float *slope, const float *bend, const float *x, float *z, float *h);
void tangent(const SkipLayer &, const double *slope, const double *bend, const double *x, double *z, double *h);

/// z* = f' h* + added, overwritten; added: what tangent() left
void adjoint(const SkipLayer &, const float *slope, const float *h, const float *added, float *z);
void adjoint(const SkipLayer &, const double *slope, const double *h, const double *added, double *z);

}  // namespace henrici::kernels
