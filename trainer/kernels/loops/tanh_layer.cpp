#include "tanh_layer.h"

#include "versions.h"

namespace henrici::kernels {
namespace {

/// How many times x is in J x.
HENRICI_INLINE std::int64_t copies(const TanhLayer &of)
{
  return of.out == of.in ? 1 : of.out == 2 * of.in ? 2 : 0;
}

/// h += J x
template <typename Real> HENRICI_INLINE void add_joined(const TanhLayer &of, const Real *x, Real *h)
{
  for (std::int64_t i = 0; i < of.n; ++i)
    for (std::int64_t part = 0; part < copies(of); ++part)
      for (std::int64_t k = 0; k < of.in; ++k) h[i * of.out + part * of.in + k] += x[i * of.in + k];
}

template <typename Real> HENRICI_INLINE void join_all(const TanhLayer &of, const Real *t, const Real *x, Real *h)
{
  for (std::int64_t k = 0; k < of.n * of.out; ++k) h[k] = t[k];
  add_joined(of, x, h);
}

template <typename Real> HENRICI_INLINE void join_back_all(const TanhLayer &of, const Real *dh, Real *dx)
{
  for (std::int64_t i = 0; i < of.n; ++i)
    for (std::int64_t part = 0; part < copies(of); ++part)
      for (std::int64_t k = 0; k < of.in; ++k) dx[i * of.in + k] += dh[i * of.out + part * of.in + k];
}

template <typename Real> HENRICI_INLINE void differentiate_all(const TanhLayer &of, const Real *t, const Real *dh, Real *dz)
{
  for (std::int64_t k = 0; k < of.n * of.out; ++k) dz[k] = (1 - t[k] * t[k]) * dh[k];
}

template <typename Real>
HENRICI_INLINE void tangent_all(const TanhLayer &of, const Real *t, const Real *dh, const Real *x, Real *z, Real *h)
{
  for (std::int64_t k = 0; k < of.n * of.out; ++k) {
    h[k] = (1 - t[k] * t[k]) * z[k];
    z[k] *= -2 * t[k] * dh[k];
  }
  add_joined(of, x, h);
}

template <typename Real>
HENRICI_INLINE void adjoint_all(const TanhLayer &of, const Real *t, const Real *h, const Real *added, Real *z)
{
  for (std::int64_t k = 0; k < of.n * of.out; ++k) z[k] = (1 - t[k] * t[k]) * (h[k] + added[k]);
}

}  // namespace

#define HENRICI_KERNELS(Real)                                                                                              \
  HENRICI_VERSIONS void join(const TanhLayer &of, const Real *t, const Real *x, Real *h) { join_all(of, t, x, h); }        \
  HENRICI_VERSIONS void join_back(const TanhLayer &of, const Real *dh, Real *dx) { join_back_all(of, dh, dx); }            \
  HENRICI_VERSIONS void differentiate(const TanhLayer &of, const Real *t, const Real *dh, Real *dz)                        \
  {                                                                                                                        \
    differentiate_all(of, t, dh, dz);                                                                                      \
  }                                                                                                                        \
  HENRICI_VERSIONS void tangent(const TanhLayer &of, const Real *t, const Real *dh, const Real *x, Real *z, Real *h)       \
  {                                                                                                                        \
    tangent_all(of, t, dh, x, z, h);                                                                                       \
  }                                                                                                                        \
  HENRICI_VERSIONS void adjoint(const TanhLayer &of, const Real *t, const Real *h, const Real *added, Real *z)             \
  {                                                                                                                        \
    adjoint_all(of, t, h, added, z);                                                                                       \
  }

HENRICI_KERNELS(float)
HENRICI_KERNELS(double)

}  // namespace henrici::kernels
