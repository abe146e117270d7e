#include "deep_pot_se.h"

#include <vector>

#include "harmonics.h"

namespace henrici::kernels {
namespace {

/// Of one centre: P with lm last, so that what a pair touches lies together. [T n, WIDTH]
template <typename Real, int L> class Window {
 public:
  explicit Window(std::int64_t functions) : functions_(functions), values_(functions * WIDTH<L>) {}

  HENRICI_INLINE Row<Real, L> *of(std::int64_t function)
  {
    return reinterpret_cast<Row<Real, L> *>(values_.data() + function * WIDTH<L>);
  }
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

/// work(lanes, first pair, how many) for all pairs of the centre of row k.
template <typename Real, bool DERIVATIVES, typename Work>
HENRICI_INLINE void over_pairs(const Basis &basis, const Pairs<Real> &pairs, std::int64_t k, Work work)
{
  Lanes<Real> lanes;
  const std::int64_t i = pairs.order[k], end = pairs.row[i + 1];
  for (std::int64_t first = pairs.row[i]; first < end; first += LANES) {
    const int count = static_cast<int>(std::min<std::int64_t>(LANES, end - first));
    evaluate<Real, DERIVATIVES>(basis, pairs, first, count, lanes);
    work(lanes, first, count);
  }
}

template <int L, typename Real>
HENRICI_INLINE void project_all(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, Real *p)
{
  const std::int64_t functions = species * basis.functions(), size = functions * basis.components();
  Window<Real, L> window(functions);
  Rows<Real, L> Y;
  for (std::int64_t k = 0; k < pairs.centers; ++k) {
    window.clear();
    over_pairs<Real, false>(basis, pairs, k, [&](const Lanes<Real> &lanes, std::int64_t, int count) HENRICI_LAMBDA {
      harmonics<L>(lanes, Y);
      for (int l = 0; l < count; ++l) {
        Row<Real, L> *const w = window.of(lanes.function[l]);
        const Row<Real, L> y = Y[l];
        for (int q = 0; q < 6; ++q) w[q] += lanes.u[q][l] * y;
      }
    });
    window.write(p + k * size);
  }
}

template <int L, typename Real>
HENRICI_INLINE void pull_back_all(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, const Real *gradient,
                                  Real *pair_gradient)
{
  const std::int64_t functions = species * basis.functions(), size = functions * basis.components();
  Window<Real, L> window(functions);
  Rows<Real, L> a, b;  // sum_k u'_k dE/dP_k, sum_k u_k dE/dP_k
  for (std::int64_t k = 0; k < pairs.centers; ++k) {
    window.read(gradient + k * size);
    over_pairs<Real, true>(basis, pairs, k, [&](const Lanes<Real> &lanes, std::int64_t first, int count) HENRICI_LAMBDA {
      for (int l = 0; l < count; ++l) {
        const Row<Real, L> *const w = window.of(lanes.function[l]);
        Row<Real, L> a_l = lanes.du[0][l] * w[0], b_l = lanes.u[0][l] * w[0];
        for (int q = 1; q < 6; ++q) {
          a_l += lanes.du[q][l] * w[q];
          b_l += lanes.u[q][l] * w[q];
        }
        a[l] = a_l;
        b[l] = b_l;
      }
      Real g[3][LANES];
      gradients<L>(lanes, a, b, g);
      for (int l = 0; l < count; ++l)
        for (int x = 0; x < 3; ++x) pair_gradient[3 * (first + l) + x] = g[x][l];
    });
  }
}

/// d(u_k Y_lm) . v = u'_k (rhat . v) Y_lm + u_k dY_lm/dr . v
template <int L, typename Real>
HENRICI_INLINE void push_forward_all(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, const Real *v, Real *dp)
{
  const std::int64_t functions = species * basis.functions(), size = functions * basis.components();
  Window<Real, L> window(functions);
  Rows<Real, L> radial, angular;
  for (std::int64_t k = 0; k < pairs.centers; ++k) {
    window.clear();
    over_pairs<Real, true>(basis, pairs, k, [&](const Lanes<Real> &lanes, std::int64_t first, int count) HENRICI_LAMBDA {
      Real v_lanes[3][LANES] = {};
      for (int l = 0; l < count; ++l)
        for (int x = 0; x < 3; ++x) v_lanes[x][l] = v[3 * (first + l) + x];
      slopes_along<L>(lanes, v_lanes, radial, angular);
      for (int l = 0; l < count; ++l) {
        Row<Real, L> *const w = window.of(lanes.function[l]);
        const Row<Real, L> of_radial = radial[l], of_angular = angular[l];
        for (int q = 0; q < 6; ++q) w[q] += lanes.du[q][l] * of_radial + lanes.u[q][l] * of_angular;
      }
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
