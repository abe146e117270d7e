#include <cmath>

#include "flights.h"

namespace henrici::kinetic {
namespace {

using Order [[gnu::vector_size(sizeof(Lanes))]] = std::int64_t;

/// Lanes moved by so many, to the right or to the left; 0 comes in.
template <bool RIGHT, int BY> HENRICI_INLINE Lanes moved(const Lanes &v)
{
  Order from;
  for (std::int64_t l = 0; l < LANES; ++l) {
    const std::int64_t k = RIGHT ? l - BY : l + BY;
    from[l] = k >= 0 && k < LANES ? k : LANES;  // the first lane of zeros
  }
  return __builtin_shuffle(v, Lanes{}, from);
}

/// r_i of all cells; what r is beyond the last one. Of each vector by itself first, in as many steps as its length has doublings.
template <bool RIGHT> HENRICI_INLINE double swept(const Sweep &of, std::int64_t vectors, const double *gains, const double *q, double *r)
{
  const double *const one = of.ahead[0].data(), *const two = of.ahead[1].data(), *const four = of.ahead[2].data();
  const double *const before = of.ahead[3].data(), *const across = of.across.data();
  double come = 0;
  for (std::int64_t step = 0; step < vectors; ++step) {
    const std::int64_t vector = RIGHT ? step : vectors - 1 - step, i = vector * LANES;
    Lanes sum = Simd::load(gains + i) * Simd::load(q + i);
    sum += Simd::load(one + i) * moved<RIGHT, 1>(sum);
    sum += Simd::load(two + i) * moved<RIGHT, 2>(sum);
    sum += Simd::load(four + i) * moved<RIGHT, 4>(sum);
    Simd::store(r + i, moved<RIGHT, 1>(sum) + come * Simd::load(before + i));
    come = across[vector] * come + sum[RIGHT ? LANES - 1 : 0];
  }
  return come;
}

/// What comes into the tube at its left and right end, where `right` and `left` leave it if nothing does: what left at the other end, or
/// the mirror image, and all images of images. tau: of the tube.
struct Inflow {
  double left, right;
};

Inflow inflow(const Mesh &mesh, double parity, double tau, double left, double right)
{
  const double passes = std::exp(-tau), absorbed = -std::expm1(-(mesh.periodic ? 1 : 2) * tau);
  if (mesh.periodic) return {right / absorbed, left / absorbed};
  if (mesh.mirror[0] && mesh.mirror[1])
    return {(parity * left + passes * right) / absorbed, (parity * right + passes * left) / absorbed};
  return {mesh.mirror[0] ? parity * left : 0, mesh.mirror[1] ? parity * right : 0};
}

}  // namespace

HENRICI_VERSIONS void exceed(const Mesh &mesh, const Dimmed &of, double parity, const double *q, double *out, double *work)
{
  static_assert(LANES == 8);
  const std::int64_t n = whole(mesh.n);
  double *const rights = work, *const lefts = work + n;
  for (std::int64_t r = 0; r < RATES; ++r, q += n, out += n) {
    const double *const gains = of.gains.data() + r * n, *const halves = of.halves.data() + r * n;
    const double right = swept<true>(of.to_right[r], n / LANES, gains, q, rights);
    const double left = swept<false>(of.to_left[r], n / LANES, gains, q, lefts);
    const Inflow come = inflow(mesh, parity, of.whole[r], left, right);
    const double *const from_left = of.to_right[r].from_end.data(), *const from_right = of.to_left[r].from_end.data();
    for (std::int64_t i = 0; i < n; ++i)
      out[i] = halves[i] * q[i] - gains[i] * (rights[i] + lefts[i] + come.left * from_left[i] + come.right * from_right[i]);
  }
}

}  // namespace henrici::kinetic
