// The elementwise work of tanh layers with skip connections (trainer/potentials/networks.py) and of their derivatives.
//
//     h = t + J x,   t = tanh(z),   z = W x + b        J x: x where the widths agree, (x, x) where h is twice as wide, else 0
//
// t, z, h and what belongs to them are [n, out], x is [n, in]. dh stands for dE/dh; h' for the derivative of h along some
// direction; h* for the adjoint of h, the derivative with respect to h of a sum of E and E'. Outputs are overwritten.
#pragma once

#include <cstdint>

namespace henrici::kernels {

struct TanhLayer {
  std::int64_t n, in, out;
};

/// h
void join(const TanhLayer &, const float *t, const float *x, float *h);
void join(const TanhLayer &, const double *t, const double *x, double *h);

/// dx += J^T dh
void join_back(const TanhLayer &, const float *dh, float *dx);
void join_back(const TanhLayer &, const double *dh, double *dx);

/// dz = (1 - t^2) dh
void differentiate(const TanhLayer &, const float *t, const float *dh, float *dz);
void differentiate(const TanhLayer &, const double *t, const double *dh, double *dz);

/// h' = (1 - t^2) z' + J x', and in the place of z' what E' adds to t*: -2 t z' dh
void tangent(const TanhLayer &, const float *t, const float *dh, const float *x, float *z, float *h);
void tangent(const TanhLayer &, const double *t, const double *dh, const double *x, double *z, double *h);

/// z* = (1 - t^2) (h* + added), added: what tangent() left
void adjoint(const TanhLayer &, const float *t, const float *h, const float *added, float *z);
void adjoint(const TanhLayer &, const double *t, const double *h, const double *added, double *z);

}  // namespace henrici::kernels
