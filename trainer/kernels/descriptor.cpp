#include "descriptor.h"

#include <algorithm>

#include "versions.h"

namespace henrici::kernels {
namespace {

/// COMPONENTS rows at a time, so that sums over them stay in registers.
template <int COMPONENTS, typename Real>
HENRICI_INLINE void describe_one(std::int64_t channels, std::int64_t axis, const Real *__restrict a, Real *__restrict d, bool first)
{
  for (std::int64_t b = 0; b < axis; ++b) {
    Real factor[COMPONENTS];
    for (int l = 0; l < COMPONENTS; ++l) factor[l] = a[l * channels + b];
    Real *__restrict const row = d + b * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      Real sum = first ? Real(0) : row[c];
      for (int l = 0; l < COMPONENTS; ++l) sum += factor[l] * a[l * channels + c];
      row[c] = sum;
    }
  }
}

/// d[a, c] = sum_lm v[lm, a] A[lm, c] + A[lm, a] v[lm, c]
template <int COMPONENTS, typename Real>
HENRICI_INLINE void describe_one_along(std::int64_t channels, std::int64_t axis, const Real *__restrict a,
                                       const Real *__restrict v, Real *__restrict d, bool first)
{
  for (std::int64_t b = 0; b < axis; ++b) {
    Real factor[COMPONENTS], along[COMPONENTS];
    for (int l = 0; l < COMPONENTS; ++l) {
      factor[l] = a[l * channels + b];
      along[l] = v[l * channels + b];
    }
    Real *__restrict const row = d + b * channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      Real sum = first ? Real(0) : row[c];
      for (int l = 0; l < COMPONENTS; ++l) sum += along[l] * a[l * channels + c] + factor[l] * v[l * channels + c];
      row[c] = sum;
    }
  }
}

/// dA[lm, c] = sum_a dD[a, c] A[lm, a], and dA[lm, a] += sum_c dD[a, c] A[lm, c]
template <int COMPONENTS, typename Real>
HENRICI_INLINE void differentiate_one(std::int64_t channels, std::int64_t axis, const Real *__restrict a,
                                      const Real *__restrict gradient, Real *__restrict da)
{
  std::fill(da, da + COMPONENTS * channels, Real(0));
  for (std::int64_t b = 0; b < axis; ++b) {
    const Real *__restrict const row = gradient + b * channels;
    Real factor[COMPONENTS], sum[COMPONENTS] = {};
    for (int l = 0; l < COMPONENTS; ++l) factor[l] = a[l * channels + b];
    for (std::int64_t c = 0; c < channels; ++c)
      for (int l = 0; l < COMPONENTS; ++l) {
        sum[l] += row[c] * a[l * channels + c];
        da[l * channels + c] += row[c] * factor[l];
      }
    for (int l = 0; l < COMPONENTS; ++l) da[l * channels + b] += sum[l];
  }
}

template <typename Real>
HENRICI_INLINE void describe_all(const Invariants &of, std::int64_t atoms, const Real *a, Real *d, std::int64_t stride)
{
  for (std::int64_t i = 0; i < atoms; ++i, a += of.encoded(), d += stride) {
    describe_one<4>(of.channels, of.axis, a, d, true);
    if (of.components == 9) describe_one<5>(of.channels, of.axis, a + 4 * of.channels, d, false);
  }
}

template <typename Real>
HENRICI_INLINE void describe_all_along(const Invariants &of, std::int64_t atoms, const Real *a, const Real *v, Real *d,
                                       std::int64_t stride)
{
  for (std::int64_t i = 0; i < atoms; ++i, a += of.encoded(), v += of.encoded(), d += stride) {
    describe_one_along<4>(of.channels, of.axis, a, v, d, true);
    if (of.components == 9) describe_one_along<5>(of.channels, of.axis, a + 4 * of.channels, v + 4 * of.channels, d, false);
  }
}

template <typename Real>
HENRICI_INLINE void differentiate_all(const Invariants &of, std::int64_t atoms, const Real *a, const Real *gradient,
                                      std::int64_t stride, Real *da)
{
  for (std::int64_t i = 0; i < atoms; ++i, a += of.encoded(), da += of.encoded(), gradient += stride) {
    differentiate_one<4>(of.channels, of.axis, a, gradient, da);
    if (of.components == 9)
      differentiate_one<5>(of.channels, of.axis, a + 4 * of.channels, gradient, da + 4 * of.channels);
  }
}

}  // namespace

#define HENRICI_KERNELS(Real)                                                                                             \
  HENRICI_VERSIONS void describe(const Invariants &of, std::int64_t atoms, const Real *a, Real *d, std::int64_t stride)   \
  {                                                                                                                       \
    describe_all(of, atoms, a, d, stride);                                                                                \
  }                                                                                                                       \
  HENRICI_VERSIONS void describe_along(const Invariants &of, std::int64_t atoms, const Real *a, const Real *v, Real *d,   \
                                       std::int64_t stride)                                                               \
  {                                                                                                                       \
    describe_all_along(of, atoms, a, v, d, stride);                                                                       \
  }                                                                                                                       \
  HENRICI_VERSIONS void differentiate(const Invariants &of, std::int64_t atoms, const Real *a, const Real *gradient,      \
                                      std::int64_t stride, Real *da)                                                      \
  {                                                                                                                       \
    differentiate_all(of, atoms, a, gradient, stride, da);                                                                \
  }

HENRICI_KERNELS(float)
HENRICI_KERNELS(double)

}  // namespace henrici::kernels
