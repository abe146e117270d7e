#include "skip_layer.h"

#include "versions.h"

namespace henrici::kernels {
namespace {

/// How many times x is in J x.
HENRICI_INLINE std::int64_t copies(const SkipLayer &of)
{
  return of.out == of.in ? 1 : of.out == 2 * of.in ? 2 : 0;
}

template <typename Real> HENRICI_INLINE void join_all(const SkipLayer &of, const Real *x, Real *h)
{
  for (std::int64_t i = 0; i < of.n; ++i)
    for (std::int64_t part = 0; part < copies(of); ++part)
      for (std::int64_t k = 0; k < of.in; ++k) h[i * of.out + part * of.in + k] += x[i * of.in + k];
}

template <typename Real> HENRICI_INLINE void join_back_all(const SkipLayer &of, const Real *dh, Real *dx)
{
  for (std::int64_t i = 0; i < of.n; ++i)
    for (std::int64_t part = 0; part < copies(of); ++part)
      for (std::int64_t k = 0; k < of.in; ++k) dx[i * of.in + k] += dh[i * of.out + part * of.in + k];
}

template <typename Real>
HENRICI_INLINE void differentiate_all(const SkipLayer &of, const Real *slope, const Real *dh, Real *dz, Real *curvature)
{
  for (std::int64_t k = 0; k < of.n * of.out; ++k) {
    dz[k] = slope[k] * dh[k];
    curvature[k] *= dh[k];
  }
}

template <typename Real>
HENRICI_INLINE void tangent_all(const SkipLayer &of, const Real *slope, const Real *bend, const Real *x, Real *z, Real *h)
{
  for (std::int64_t k = 0; k < of.n * of.out; ++k) {
    h[k] = slope[k] * z[k];
    z[k] *= bend[k];
  }
  join_all(of, x, h);
}

template <typename Real>
HENRICI_INLINE void adjoint_all(const SkipLayer &of, const Real *slope, const Real *h, const Real *added, Real *z)
{
  for (std::int64_t k = 0; k < of.n * of.out; ++k) z[k] = slope[k] * h[k] + added[k];
}

}  // namespace

#define HENRICI_KERNELS(Real)                                                                                              \
  HENRICI_VERSIONS void join(const SkipLayer &of, const Real *x, Real *h) { join_all(of, x, h); }                          \
  HENRICI_VERSIONS void join_back(const SkipLayer &of, const Real *dh, Real *dx) { join_back_all(of, dh, dx); }            \
  HENRICI_VERSIONS void differentiate(const SkipLayer &of, const Real *slope, const Real *dh, Real *dz, Real *curvature)   \
  {                                                                                                                        \
    differentiate_all(of, slope, dh, dz, curvature);                                                                       \
  }                                                                                                                        \
  HENRICI_VERSIONS void tangent(const SkipLayer &of, const Real *slope, const Real *bend, const Real *x, Real *z, Real *h) \
  {                                                                                                                        \
    tangent_all(of, slope, bend, x, z, h);                                                                                 \
  }                                                                                                                        \
  HENRICI_VERSIONS void adjoint(const SkipLayer &of, const Real *slope, const Real *h, const Real *added, Real *z)         \
  {                                                                                                                        \
    adjoint_all(of, slope, h, added, z);                                                                                   \
  }

HENRICI_KERNELS(float)
HENRICI_KERNELS(double)

}  // namespace henrici::kernels
