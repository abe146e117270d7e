#include "descriptor.h"

#include <algorithm>

#include "versions.h"

namespace henrici::kernels {
namespace {

/// One block of D, from COMPONENTS rows of A: so few that sums over them stay in registers. first: nothing is in D yet.
template <int COMPONENTS, typename Real>
HENRICI_INLINE void describe_block(const Invariants &of, const Real *__restrict a, Real *__restrict d, bool first)
{
  const std::int64_t channels = of.channels;
  for (std::int64_t b = 0; b < of.axis; ++b) {
    Real factor[COMPONENTS];
    for (int l = 0; l < COMPONENTS; ++l) factor[l] = a[l * channels + b];
    for (std::int64_t c = of.folded ? b : 0; c < channels; ++c) {
      Real sum = first ? Real(0) : *d;
      for (int l = 0; l < COMPONENTS; ++l) sum += factor[l] * a[l * channels + c];
      *d++ = sum;
    }
  }
}

/// d[a, c] = sum_lm v[lm, a] A[lm, c] + A[lm, a] v[lm, c]
template <int COMPONENTS, typename Real>
HENRICI_INLINE void describe_block_along(const Invariants &of, const Real *__restrict a, const Real *__restrict v,
                                         Real *__restrict d, bool first)
{
  const std::int64_t channels = of.channels;
  for (std::int64_t b = 0; b < of.axis; ++b) {
    Real factor[COMPONENTS], along[COMPONENTS];
    for (int l = 0; l < COMPONENTS; ++l) {
      factor[l] = a[l * channels + b];
      along[l] = v[l * channels + b];
    }
    for (std::int64_t c = of.folded ? b : 0; c < channels; ++c) {
      Real sum = first ? Real(0) : *d;
      for (int l = 0; l < COMPONENTS; ++l) sum += along[l] * a[l * channels + c] + factor[l] * v[l * channels + c];
      *d++ = sum;
    }
  }
}

/// dA[lm, c] = sum_a dD[a, c] A[lm, a], and dA[lm, a] += sum_c dD[a, c] A[lm, c]
template <int COMPONENTS, typename Real>
HENRICI_INLINE void differentiate_block(const Invariants &of, const Real *__restrict a, const Real *__restrict gradient,
                                        Real *__restrict da)
{
  const std::int64_t channels = of.channels;
  std::fill(da, da + COMPONENTS * channels, Real(0));
  for (std::int64_t b = 0; b < of.axis; ++b) {
    const std::int64_t start = of.folded ? b : 0;
    const Real *__restrict const row = gradient - start;
    Real factor[COMPONENTS], sum[COMPONENTS] = {};
    for (int l = 0; l < COMPONENTS; ++l) factor[l] = a[l * channels + b];
    for (std::int64_t c = start; c < channels; ++c)
      for (int l = 0; l < COMPONENTS; ++l) {
        sum[l] += row[c] * a[l * channels + c];
        da[l * channels + c] += row[c] * factor[l];
      }
    for (int l = 0; l < COMPONENTS; ++l) da[l * channels + b] += sum[l];
    gradient += channels - start;
  }
}

template <typename Real>
HENRICI_INLINE void describe_all(const Invariants &of, std::int64_t atoms, const Real *a, Real *d, std::int64_t stride)
{
  const std::int64_t channels = of.channels;
  for (std::int64_t i = 0; i < atoms; ++i, a += of.encoded(), d += stride) {
    if (of.by_degree) {
      std::copy_n(a, channels, d);
      describe_block<3>(of, a + channels, d + channels, true);
      if (of.components == 9) describe_block<5>(of, a + 4 * channels, d + channels + of.block(), true);
    } else {
      describe_block<4>(of, a, d, true);
      if (of.components == 9) describe_block<5>(of, a + 4 * channels, d, false);
    }
  }
}

template <typename Real>
HENRICI_INLINE void describe_all_along(const Invariants &of, std::int64_t atoms, const Real *a, const Real *v, Real *d,
                                       std::int64_t stride)
{
  const std::int64_t channels = of.channels;
  for (std::int64_t i = 0; i < atoms; ++i, a += of.encoded(), v += of.encoded(), d += stride) {
    if (of.by_degree) {
      std::copy_n(v, channels, d);
      describe_block_along<3>(of, a + channels, v + channels, d + channels, true);
      if (of.components == 9)
        describe_block_along<5>(of, a + 4 * channels, v + 4 * channels, d + channels + of.block(), true);
    } else {
      describe_block_along<4>(of, a, v, d, true);
      if (of.components == 9) describe_block_along<5>(of, a + 4 * channels, v + 4 * channels, d, false);
    }
  }
}

template <typename Real>
HENRICI_INLINE void differentiate_all(const Invariants &of, std::int64_t atoms, const Real *a, const Real *gradient,
                                      std::int64_t stride, Real *da)
{
  const std::int64_t channels = of.channels;
  for (std::int64_t i = 0; i < atoms; ++i, a += of.encoded(), da += of.encoded(), gradient += stride) {
    if (of.by_degree) {
      std::copy_n(gradient, channels, da);
      differentiate_block<3>(of, a + channels, gradient + channels, da + channels);
      if (of.components == 9) differentiate_block<5>(of, a + 4 * channels, gradient + channels + of.block(), da + 4 * channels);
    } else {
      differentiate_block<4>(of, a, gradient, da);
      if (of.components == 9) differentiate_block<5>(of, a + 4 * channels, gradient, da + 4 * channels);
    }
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
