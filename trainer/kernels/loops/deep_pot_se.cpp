#include "deep_pot_se.h"

#include <type_traits>
#include <vector>

#include "harmonics.h"

namespace henrici::kernels {
namespace {

/// Of one centre: P, of some models, with lm last, so that what a pair touches lies together. [T n, MODELS, WIDTH]
template <typename Real, int L, int MODELS = 1> class Window {
 public:
  explicit Window(std::int64_t functions) : functions_(functions), values_(functions * ROW) {}

  HENRICI_INLINE Row<Real, L, MODELS> *of(std::int64_t function)
  {
    return reinterpret_cast<Row<Real, L, MODELS> *>(values_.data() + function * ROW);
  }
  HENRICI_INLINE void clear() { std::fill(values_.begin(), values_.end(), Real(0)); }

  /// p: [lm, T n]
  HENRICI_INLINE void read(int model, const Real *p)
  {
    transpose<false>(p, functions_, values_.data() + model * WIDTH<L>, ROW);
  }
  HENRICI_INLINE void write(Real *p) const { transpose<true>(values_.data(), ROW, p, functions_); }

 private:
  static constexpr int ROW = MODELS * WIDTH<L>, COMPONENTS = (L + 1) * (L + 1);

  /// Between [lm, T n] and [T n, lm], back or forth, four by four; rows lie so many numbers apart.
  template <bool BACK> HENRICI_INLINE void transpose(const Real *from, std::int64_t row, Real *to, std::int64_t column) const
  {
    constexpr int QUADS = COMPONENTS / 4 * 4;
    const std::int64_t whole = functions_ / 4 * 4;
    for (int c = 0; c < QUADS; c += 4)
      for (std::int64_t k = 0; k < whole; k += 4)
        BACK ? quad(from + k * row + c, row, to + c * column + k, column)
             : quad(from + c * row + k, row, to + k * column + c, column);
    for (int c = 0; c < COMPONENTS; ++c)
      for (std::int64_t k = c < QUADS ? whole : 0; k < functions_; ++k)
        BACK ? to[c * column + k] = from[k * row + c] : to[k * column + c] = from[c * row + k];
  }

  /// 4 x 4 of them
  static HENRICI_INLINE void quad(const Real *from, std::int64_t row, Real *to, std::int64_t column)
  {
    using Four = Row<Real, 1>;
    using Which [[gnu::vector_size(sizeof(Four))]] = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
    constexpr Which low{0, 4, 1, 5}, high{2, 6, 3, 7}, first{0, 1, 4, 5}, last{2, 3, 6, 7};
    const auto in = [&](int i) HENRICI_LAMBDA { return reinterpret_cast<const Four *>(from + i * row); };
    const auto out = [&](int i) HENRICI_LAMBDA { return reinterpret_cast<Four *>(to + i * column); };
    const Four a = __builtin_shuffle(*in(0), *in(1), low), b = __builtin_shuffle(*in(0), *in(1), high);
    const Four c = __builtin_shuffle(*in(2), *in(3), low), d = __builtin_shuffle(*in(2), *in(3), high);
    *out(0) = __builtin_shuffle(a, c, first);
    *out(1) = __builtin_shuffle(a, c, last);
    *out(2) = __builtin_shuffle(b, d, first);
    *out(3) = __builtin_shuffle(b, d, last);
  }

  std::int64_t functions_;
  std::vector<Real> values_;
};

/// What is needed soon starts on its way into the cache.
template <typename Real> HENRICI_INLINE void fetch(const Real *from, std::int64_t size)
{
  constexpr std::int64_t LINE = 64 / sizeof(Real);
  for (std::int64_t k = 0; k < size; k += LINE) __builtin_prefetch(from + k);
}

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

/// models: at most MODELS, for which memory and vectors are laid out
template <int L, int MODELS, typename Real>
HENRICI_INLINE void pull_back_all(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, int models,
                                  const Real *const *gradient, Real *const *pair_gradient)
{
  const std::int64_t functions = species * basis.functions(), size = functions * basis.components();
  Window<Real, L, MODELS> window(functions);
  Rows<Real, L, MODELS> a, b;  // sum_k u'_k dE/dP_k, sum_k u_k dE/dP_k
  for (std::int64_t k = 0; k < pairs.centers; ++k) {
    for (int m = 0; m < models; ++m) {
      window.read(m, gradient[m] + k * size);
      if (k + 1 < pairs.centers) fetch(gradient[m] + (k + 1) * size, size);
    }
    over_pairs<Real, true>(basis, pairs, k, [&](const Lanes<Real> &lanes, std::int64_t first, int count) HENRICI_LAMBDA {
      for (int l = 0; l < count; ++l) {
        const Row<Real, L, MODELS> *const w = window.of(lanes.function[l]);
        Row<Real, L, MODELS> a_l = lanes.du[0][l] * w[0], b_l = lanes.u[0][l] * w[0];
        for (int q = 1; q < 6; ++q) {
          a_l += lanes.du[q][l] * w[q];
          b_l += lanes.u[q][l] * w[q];
        }
        a[l] = a_l;
        b[l] = b_l;
      }
      for (int m = 0; m < models; ++m) {
        Real g[3][LANES];
        gradients<L>(lanes, a, b, m, g);
        for (int l = 0; l < count; ++l)
          for (int x = 0; x < 3; ++x) pair_gradient[m][3 * (first + l) + x] = g[x][l];
      }
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
  HENRICI_VERSIONS void pull_back(const Basis &basis, const Pairs<Real> &pairs, std::int64_t species, int models,         \
                                  const Real *const *gradient, Real *const *pair_gradient)                                \
  {                                                                                                                       \
    if (models == 1)                                                                                                      \
      basis.l_max == 1 ? pull_back_all<1, 1>(basis, pairs, species, models, gradient, pair_gradient)                      \
                       : pull_back_all<2, 1>(basis, pairs, species, models, gradient, pair_gradient);                     \
    else                                                                                                                  \
      basis.l_max == 1 ? pull_back_all<1, TOGETHER>(basis, pairs, species, models, gradient, pair_gradient)               \
                       : pull_back_all<2, TOGETHER>(basis, pairs, species, models, gradient, pair_gradient);              \
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
