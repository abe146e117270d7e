#include "deep_pot_se.h"

#include <vector>

#include "harmonics.h"

namespace henrici::kernels {
namespace {

/// Of one centre: P with lm last, so that what a pair touches lies together. [T n, WIDTH]
template <typename Real, int L> class Window {
 public:
  explicit Window(std::int64_t functions) : functions_(functions), values_(functions * WIDTH<L>) {}

  HENRICI_INLINE Real *of(std::int64_t function) { return values_.data() + function * WIDTH<L>; }
  HENRICI_INLINE void clear() { std::fill(values_.begin(), values_.end(), Real(0)); }

  HENRICI_INLINE void read(const Real *p)
  {
    for (std::int64_t k = 0; k < functions_; ++k)
      for (int c = 0; c < (L + 1) * (L + 1); ++c) values_[k * WIDTH<L> + c] = p[c * functions_ + k];
  }

  HENRICI_INLINE void write(Real *p) const
  {
    for (int c = 0; c < (L + 1) * (L + 1); ++c)
      for (std::int64_t k = 0; k < functions_; ++k) p[c * functions_ + k] = values_[k * WIDTH<L> + c];
  }

 private:
  std::int64_t functions_;
  std::vector<Real> values_;
};

/// work(lanes, lane, pair) for all pairs of the centre of row k.
template <typename Real, bool DERIVATIVES, typename Work>
HENRICI_INLINE void over_pairs(const Basis &basis, const Pairs<Real> &pairs, std::int64_t k, Work work)
{
  Lanes<Real> lanes;
  const std::int64_t i = pairs.order[k], end = pairs.row[i + 1];
  for (std::int64_t first = pairs.row[i]; first < end; first += LANES) {
    const int count = static_cast<int>(std::min<std::int64_t>(LANES, end - first));
    evaluate<Real, DERIVATIVES>(basis, pairs, first, count, lanes);
    for (int l = 0; l < count; ++l) work(lanes, l, first + l);
  }
}

template <int L, typename Real>
HENRICI_INLINE void project_all(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, Real *p)
{
  constexpr int W = WIDTH<L>;
  const std::int64_t functions = species * basis.functions(), size = functions * basis.components();
  Window<Real, L> window(functions);
  for (std::int64_t k = 0; k < pairs.centers; ++k) {
    window.clear();
    over_pairs<Real, false>(basis, pairs, k, [&](const Lanes<Real> &lanes, int l, std::int64_t) HENRICI_LAMBDA {
      Real Y[W];
      harmonics<L>(lanes.x[l], lanes.y[l], lanes.z[l], Y);
      Real *const w = window.of(lanes.function[l]);
      Real term[6 * W];  // first in registers, then added: the compiler cannot know that w overlaps nothing
      for (int q = 0; q < 6; ++q)
        for (int c = 0; c < W; ++c) term[q * W + c] = lanes.u[q][l] * Y[c];
      for (int c = 0; c < 6 * W; ++c) w[c] += term[c];
    });
    window.write(p + k * size);
  }
}

template <int L, typename Real>
HENRICI_INLINE void pull_back_all(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, const Real *gradient,
                                  Real *pair_gradient)
{
  constexpr int W = WIDTH<L>;
  const std::int64_t functions = species * basis.functions(), size = functions * basis.components();
  Window<Real, L> window(functions);
  for (std::int64_t k = 0; k < pairs.centers; ++k) {
    window.read(gradient + k * size);
    over_pairs<Real, true>(basis, pairs, k, [&](const Lanes<Real> &lanes, int l, std::int64_t pair) HENRICI_LAMBDA {
      const Real *const w = window.of(lanes.function[l]);
      Real a[W] = {}, b[W] = {};  // sum_k u'_k dE/dP_k, sum_k u_k dE/dP_k
      for (int q = 0; q < 6; ++q)
        for (int c = 0; c < W; ++c) {
          a[c] += lanes.du[q][l] * w[q * W + c];
          b[c] += lanes.u[q][l] * w[q * W + c];
        }
      const Real x = lanes.x[l], y = lanes.y[l], z = lanes.z[l], inverse = lanes.inverse[l];
      Real Y[W], d[3], along = 0;
      harmonics<L>(x, y, z, Y);
      for (int c = 0; c < W; ++c) along += a[c] * Y[c];
      along -= slopes<L>(b, Y, x, y, z, d) * inverse;
      Real *const g = pair_gradient + 3 * pair;
      g[0] = x * along + d[0] * inverse;
      g[1] = y * along + d[1] * inverse;
      g[2] = z * along + d[2] * inverse;
    });
  }
}

/// d(u_k Y_lm) . v = u'_k (rhat . v) Y_lm + u_k (dY_lm . v - l Y_lm (rhat . v)) / r
template <int L, typename Real>
HENRICI_INLINE void push_forward_all(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, const Real *v, Real *dp)
{
  constexpr int W = WIDTH<L>;
  const std::int64_t functions = species * basis.functions(), size = functions * basis.components();
  Window<Real, L> window(functions);
  for (std::int64_t k = 0; k < pairs.centers; ++k) {
    window.clear();
    over_pairs<Real, true>(basis, pairs, k, [&](const Lanes<Real> &lanes, int l, std::int64_t pair) HENRICI_LAMBDA {
      const Real x = lanes.x[l], y = lanes.y[l], z = lanes.z[l];
      const Real *const v_ij = v + 3 * pair;
      const Real along = x * v_ij[0] + y * v_ij[1] + z * v_ij[2];
      Real Y[W], radial[W], angular[W];
      harmonics<L>(x, y, z, Y);
      along_polynomials<L>(v_ij, x, y, z, angular);
      for (int c = 0; c < W; ++c) {
        const int degree = c == 0 ? 0 : c < 4 ? 1 : 2;
        radial[c] = along * Y[c];
        angular[c] = (angular[c] - degree * radial[c]) * lanes.inverse[l];
      }
      Real *const w = window.of(lanes.function[l]);
      Real term[6 * W];
      for (int q = 0; q < 6; ++q)
        for (int c = 0; c < W; ++c) term[q * W + c] = lanes.du[q][l] * radial[c] + lanes.u[q][l] * angular[c];
      for (int c = 0; c < 6 * W; ++c) w[c] += term[c];
    });
    window.write(dp + k * size);
  }
}

}  // namespace

#define HENRICI_KERNELS(Real)                                                                                             \
  HENRICI_VERSIONS void project(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, Real *p)              \
  {                                                                                                                       \
    basis.l_max == 1 ? project_all<1>(basis, pairs, species, p) : project_all<2>(basis, pairs, species, p);               \
  }                                                                                                                       \
  HENRICI_VERSIONS void pull_back(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species,                     \
                                  const Real *gradient, Real *pair_gradient)                                              \
  {                                                                                                                       \
    basis.l_max == 1 ? pull_back_all<1>(basis, pairs, species, gradient, pair_gradient)                                   \
                     : pull_back_all<2>(basis, pairs, species, gradient, pair_gradient);                                  \
  }                                                                                                                       \
  HENRICI_VERSIONS void push_forward(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, const Real *v,   \
                                     Real *dp)                                                                            \
  {                                                                                                                       \
    basis.l_max == 1 ? push_forward_all<1>(basis, pairs, species, v, dp)                                                  \
                     : push_forward_all<2>(basis, pairs, species, v, dp);                                                 \
  }

HENRICI_KERNELS(float)
HENRICI_KERNELS(double)

}  // namespace henrici::kernels
