#include "excess.h"

#include <algorithm>
#include <cmath>

#include "vectors.h"

namespace henrici::kinetic {
namespace {

/// Numbers moved by so many, to the right or to the left; 0 comes in.
template <bool RIGHT, int BY> HENRICI_INLINE Group moved(const Group &v)
{
  using Order [[gnu::vector_size(sizeof(Register::Lanes))]] = std::int64_t;
  const auto part = [&](std::int64_t k) HENRICI_LAMBDA { return k >= 0 && k < GROUP / LANES ? v.part[k] : Register::Lanes{}; };
  return Group::each([&](std::int64_t k) HENRICI_LAMBDA {
    const std::int64_t first = GROUP + k * LANES + (RIGHT ? -BY : BY);  // of what is moved, after a group of zeros
    const std::int64_t one = first / LANES - GROUP / LANES;
    Order from;
    for (std::int64_t l = 0; l < LANES; ++l) from[l] = first % LANES + l;
    return __builtin_shuffle(part(one), part(one + 1), from);
  });
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
    const std::int64_t vector = RIGHT ? step : vectors - 1 - step, i = vector * GROUP;
    Group sum = Group::load(gains + i) * Group::load(q + i);
    sum += Group::load(one + i) * moved<RIGHT, 1>(sum);
    sum += Group::load(two + i) * moved<RIGHT, 2>(sum);
    sum += Group::load(four + i) * moved<RIGHT, 4>(sum);
    Group::store(r + i, moved<RIGHT, 1>(sum));
    come[vector] = on;
    on = across[vector] * on + sum[RIGHT ? GROUP - 1 : 0];
  }
  return on;
}

/// What comes into the tube at its left and right end, where `right` and `left` leave it if nothing does: what left at the other end, or
/// the mirror image, and all images of images.
struct Inflow {
  double left, right;
};

HENRICI_INLINE Inflow inflow(const Sweep &of, double parity, double left, double right)
{
  if (of.turns) return {of.again * right, of.again * left};
  if (of.mirror[0] && of.mirror[1])
    return {of.again * (parity * left + of.passes * right), of.again * (parity * right + of.passes * left)};
  return {of.mirror[0] ? parity * left : 0, of.mirror[1] ? parity * right : 0};
}

}  // namespace

Sweep sweep(std::int64_t n, End left, End right, const double *free)
{
  std::vector<double> all(whole(n), 0);
  std::copy_n(free, n, all.begin());
  const auto through = [&](std::int64_t first, std::int64_t end) {
    double tau = 0;
    for (std::int64_t i = std::max<std::int64_t>(first, 0); i < std::min<std::int64_t>(end, all.size()); ++i) tau += all[i];
    return tau;
  };
  const auto passes = [&](std::int64_t first, std::int64_t end) { return std::exp(-through(first, end)); };
  Sweep of;
  for (std::int64_t i = 0; i < whole(n) + GROUP; ++i)
    of.one.push_back(passes(i, i + 1)), of.two.push_back(passes(i - 1, i + 1)), of.four.push_back(passes(i - 3, i + 1));
  for (std::int64_t first = 0; first < n; first += GROUP) {
    for (std::int64_t i = first; i < first + GROUP; ++i)
      of.before.push_back(passes(first, i)), of.after.push_back(passes(i + 1, first + GROUP));
    of.across.push_back(passes(first, first + GROUP));
  }
  const auto last = static_cast<std::int64_t>(of.across.size()) - 1;
  of.from_left.assign(last + 1, 1), of.from_right = of.from_left;
  for (std::int64_t v = 1; v <= last; ++v) {
    of.from_left[v] = of.from_left[v - 1] * of.across[v - 1];
    of.from_right[last - v] = of.from_right[last - v + 1] * of.across[last - v + 1];
  }
  for (const double tau : all) {
    of.halves.push_back(std::exp(-0.5 * tau));
    of.gains.push_back(std::sqrt(-0.5 * std::expm1(-tau) * of.halves.back()));
  }
  of.turns = left == End::periodic, of.mirror[0] = left == End::reflecting, of.mirror[1] = right == End::reflecting;
  of.passes = passes(0, n), of.again = -1 / std::expm1(-(of.turns ? 1 : 2) * through(0, n));
  return of;
}

void exceed(const Sweep &of, double parity, const double *q, double *out, double *work)
{
  static_assert(GROUP == 8);
  const std::int64_t vectors = of.across.size(), n = vectors * GROUP;
  double *const right = work, *const left = right + n, *const from_left = left + n, *const from_right = from_left + vectors;
  const double *const gains = of.gains.data(), *const halves = of.halves.data();
  const double *const before = of.before.data(), *const after = of.after.data();
  const double at_right = swept<true>(of, vectors, gains, q, right, from_left);
  const double at_left = swept<false>(of, vectors, gains, q, left, from_right);
  const Inflow come = inflow(of, parity, at_left, at_right);
  for (std::int64_t v = 0, i = 0; v < vectors; ++v, i += GROUP) {
    const double ahead = from_left[v] + come.left * of.from_left[v], back = from_right[v] + come.right * of.from_right[v];
    const Group around = Group::load(right + i) + Group::load(left + i) + ahead * Group::load(before + i) + back * Group::load(after + i);
    Group::store(out + i, Group::load(halves + i) * Group::load(q + i) - Group::load(gains + i) * around);
  }
}

}  // namespace henrici::kinetic
