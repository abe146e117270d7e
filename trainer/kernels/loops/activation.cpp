#include "activation.h"

#include <algorithm>
#include <array>

#include "lanes.h"

namespace henrici::kernels {
namespace {

/// f, f' and f'' of some numbers.
template <typename S> struct Derivatives {
  typename S::Lanes of_order[3];
};

/// tanh z = (1 - e) / (1 + e) for z >= 0, e = exp(-2 z); tanh' = 1 - tanh^2, tanh'' = -2 tanh tanh'
template <typename S> HENRICI_INLINE Derivatives<S> tanh_of(const typename S::Lanes &z)
{
  const auto e = S::exponential(z < 0 ? 2 * z : -2 * z);
  const auto t = (1 - e) / (1 + e);
  const auto f = z < 0 ? -t : t, slope = 1 - t * t;
  return {{f, slope, -2 * f * slope}};
}

/// silu = z s, silu' = s (1 + z (1 - s)), silu'' = s (1 - s) (2 + z (1 - 2 s)), where s = 1 / (1 + exp(-z)) for z >= 0,
/// and exp(z) times that of -z below
template <typename S> HENRICI_INLINE Derivatives<S> silu_of(const typename S::Lanes &z)
{
  const auto e = S::exponential(z < 0 ? z : -z);
  const auto s = (z < 0 ? e : typename S::Lanes{} + 1) / (1 + e);
  return {{z * s, s * (1 + z * (1 - s)), s * (1 - s) * (2 + z * (1 - 2 * s))}};
}

/// to: places of gain f, gain f', ...; one of them may be z.
template <typename S, Activation OF, std::size_t ORDERS>
HENRICI_INLINE void all_of(double gain, std::int64_t count, const typename S::Real *z,
                           const std::array<typename S::Real *, ORDERS> &to)
{
  using Real = typename S::Real;
  const Real scale = static_cast<Real>(gain);
  const auto some = [&](const Real *at, const std::array<Real *, ORDERS> &place, std::int64_t k) HENRICI_LAMBDA {
    const Derivatives<S> f = OF == Activation::tanh ? tanh_of<S>(S::load(at)) : silu_of<S>(S::load(at));
    for (std::size_t d = 0; d < ORDERS; ++d) S::store(place[d] + k, scale * f.of_order[d]);
  };
  const std::int64_t whole = count - count % S::LANES, rest = count - whole;
  for (std::int64_t k = 0; k < whole; k += S::LANES) some(z + k, to, k);
  if (rest == 0) return;
  Real last[S::LANES] = {}, value[ORDERS][S::LANES];
  std::array<Real *, ORDERS> place;
  for (std::size_t d = 0; d < ORDERS; ++d) place[d] = value[d];
  std::copy_n(z + whole, rest, last);
  some(last, place, 0);
  for (std::size_t d = 0; d < ORDERS; ++d) std::copy_n(value[d], rest, to[d] + whole);
}

template <typename S, std::size_t ORDERS>
HENRICI_INLINE void all(Activation of, double gain, std::int64_t count, const typename S::Real *z,
                        const std::array<typename S::Real *, ORDERS> &to)
{
  of == Activation::tanh ? all_of<S, Activation::tanh>(gain, count, z, to) : all_of<S, Activation::silu>(gain, count, z, to);
}

}  // namespace

// Vectors as wide as the registers of a kind of processor.
#define HENRICI_VERSION(TARGET, BYTES, Real)                                                                              \
  TARGET void activate(Activation of, double gain, std::int64_t count, Real *z, Real *f)                                  \
  {                                                                                                                       \
    all<Simd<Real, BYTES>, 2>(of, gain, count, z, {f, z});                                                                \
  }                                                                                                                       \
  TARGET void activate(Activation of, double gain, std::int64_t count, Real *z, Real *f, Real *curvature)                 \
  {                                                                                                                       \
    all<Simd<Real, BYTES>, 3>(of, gain, count, z, {f, z, curvature});                                                     \
  }

namespace versions {
HENRICI_EACH(HENRICI_VERSION)
}  // namespace versions

// To the outside, one function for all processors.
#define HENRICI_KERNELS(Real)                                                                                             \
  void activate(Activation of, double gain, std::int64_t count, Real *z, Real *f)                                         \
  {                                                                                                                       \
    versions::activate(of, gain, count, z, f);                                                                            \
  }                                                                                                                       \
  void activate(Activation of, double gain, std::int64_t count, Real *z, Real *f, Real *curvature)                        \
  {                                                                                                                       \
    versions::activate(of, gain, count, z, f, curvature);                                                                 \
  }

HENRICI_KERNELS(float)
HENRICI_KERNELS(double)

}  // namespace henrici::kernels
