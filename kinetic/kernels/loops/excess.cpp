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

/// r_i of all cells, as if each vector stood alone, in as many steps as its length has doublings; what comes to each vector from those
/// before it; and what leaves the last one.
template <bool RIGHT>
HENRICI_INLINE double swept(const Sweep &of, std::int64_t vectors, const double *gains, const double *q, double *r, double *come)
{
  const double *const one = of.one.data(), *const two = of.two.data() + (RIGHT ? 0 : 1), *const four = of.four.data() + (RIGHT ? 0 : 3);
  const double *const across = of.across.data();
  double on = 0;
  for (std::int64_t step = 0; step < vectors; ++step) {
    const std::int64_t vector = RIGHT ? step : vectors - 1 - step, i = vector * LANES;
    Lanes sum = Simd::load(gains + i) * Simd::load(q + i);
    sum += Simd::load(one + i) * moved<RIGHT, 1>(sum);
    sum += Simd::load(two + i) * moved<RIGHT, 2>(sum);
    sum += Simd::load(four + i) * moved<RIGHT, 4>(sum);
    Simd::store(r + i, moved<RIGHT, 1>(sum));
    come[vector] = on;
    on = across[vector] * on + sum[RIGHT ? LANES - 1 : 0];
  }
  return on;
}

/// What comes into the tube at its left and right end, where `right` and `left` leave it if nothing does: what left at the other end, or
/// the mirror image, and all images of images. passes: exp(-tau) of the tube; again: the sum of it over all turns.
struct Inflow {
  double left, right;
};

HENRICI_INLINE Inflow inflow(const Mesh &mesh, double parity, double passes, double again, double left, double right)
{
  if (mesh.periodic) return {again * right, again * left};
  if (mesh.mirror[0] && mesh.mirror[1]) return {again * (parity * left + passes * right), again * (parity * right + passes * left)};
  return {mesh.mirror[0] ? parity * left : 0, mesh.mirror[1] ? parity * right : 0};
}

}  // namespace

HENRICI_VERSIONS void exceed(const Mesh &mesh, const Dimmed &of, double parity, const double *q, double *out, double *work)
{
  static_assert(LANES == 8);
  const std::int64_t n = whole(mesh.n), vectors = n / LANES;
  double *const right = work, *const left = right + n, *const from_left = left + n, *const from_right = from_left + vectors;
  for (std::int64_t r = 0; r < RATES; ++r, q += n, out += n) {
    const Sweep &sweep = of.sweep[r];
    const double *const gains = of.gains.data() + r * n, *const halves = of.halves.data() + r * n;
    const double at_right = swept<true>(sweep, vectors, gains, q, right, from_left);
    const double at_left = swept<false>(sweep, vectors, gains, q, left, from_right);
    const Inflow come = inflow(mesh, parity, of.passes[r], of.again[r], at_left, at_right);
    for (std::int64_t v = 0, i = 0; v < vectors; ++v, i += LANES) {
      const double before = from_left[v] + come.left * sweep.from_left[v], after = from_right[v] + come.right * sweep.from_right[v];
      const Lanes around = Simd::load(right + i) + Simd::load(left + i) + before * Simd::load(sweep.before.data() + i) +
                           after * Simd::load(sweep.after.data() + i);
      Simd::store(out + i, Simd::load(halves + i) * Simd::load(q + i) - Simd::load(gains + i) * around);
    }
  }
}

}  // namespace henrici::kinetic
