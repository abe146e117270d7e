#include "activation.h"

#include <algorithm>

#include "lanes.h"

namespace henrici::kernels {
namespace {

/// tanh z = (1 - e) / (1 + e) for z >= 0, e = exp(-2 z); tanh' = 1 - tanh^2
template <typename S> HENRICI_INLINE void tanh_of(const typename S::Lanes &z, typename S::Lanes &f, typename S::Lanes &slope)
{
  const auto e = S::exponential(z < 0 ? 2 * z : -2 * z);
  const auto t = (1 - e) / (1 + e);
  f = z < 0 ? -t : t;
  slope = 1 - t * t;
}

/// silu = z s, silu' = s (1 + z (1 - s)), where s = 1 / (1 + exp(-z)) for z >= 0, and exp(z) times that of -z below
template <typename S> HENRICI_INLINE void silu_of(const typename S::Lanes &z, typename S::Lanes &f, typename S::Lanes &slope)
{
  const auto e = S::exponential(z < 0 ? z : -z);
  const auto s = (z < 0 ? e : typename S::Lanes{} + 1) / (1 + e);
  f = z * s;
  slope = s * (1 + z * (1 - s));
}

template <typename S, Activation OF>
HENRICI_INLINE void all_of(double gain, std::int64_t count, typename S::Real *z, typename S::Real *f)
{
  using Real = typename S::Real;
  const Real scale = static_cast<Real>(gain);
  const auto some = [&](Real *at, Real *to) HENRICI_LAMBDA {
    typename S::Lanes value, slope;
    if constexpr (OF == Activation::tanh)
      tanh_of<S>(S::load(at), value, slope);
    else
      silu_of<S>(S::load(at), value, slope);
    S::store(to, scale * value);
    S::store(at, scale * slope);
  };
  const std::int64_t whole = count - count % S::LANES, rest = count - whole;
  for (std::int64_t k = 0; k < whole; k += S::LANES) some(z + k, f + k);
  if (rest == 0) return;
  Real last[S::LANES] = {}, value[S::LANES];
  std::copy_n(z + whole, rest, last);
  some(last, value);
  std::copy_n(last, rest, z + whole);
  std::copy_n(value, rest, f + whole);
}

}  // namespace

// Vectors as wide as the registers of a kind of processor.
#define HENRICI_VERSION(TARGET, BYTES, Real)                                                                              \
  TARGET void activate(Activation of, double gain, std::int64_t count, Real *z, Real *f)                                  \
  {                                                                                                                       \
    of == Activation::tanh ? all_of<Simd<Real, BYTES>, Activation::tanh>(gain, count, z, f)                               \
                           : all_of<Simd<Real, BYTES>, Activation::silu>(gain, count, z, f);                              \
  }

namespace versions {
HENRICI_EACH(HENRICI_VERSION)
}  // namespace versions

// To the outside, one function for all processors.
void activate(Activation of, double gain, std::int64_t count, float *z, float *f) { versions::activate(of, gain, count, z, f); }
void activate(Activation of, double gain, std::int64_t count, double *z, double *f) { versions::activate(of, gain, count, z, f); }

}  // namespace henrici::kernels
