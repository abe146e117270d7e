// What flies between blocks: kinetic/kernels/loops/flights.h.
#pragma once

#include <algorithm>

#include "flights.h"
#include "turns.h"

namespace henrici::kinetic {

/// Numbers of blocks [KINDS, count], one for each of the exponentials.
struct States {
  double *first;
  std::int64_t size;  // of one block

  HENRICI_INLINE double *at(std::int64_t block, std::int64_t kind = 0) const { return first + block * size + kind * (size / KINDS); }

  /// Those of one block from others, of whose kinds each may be the other one.
  HENRICI_INLINE void set(std::int64_t block, double factor, const double *from, bool swapped) const
  {
    for (std::int64_t k = 0; k < KINDS; ++k)
      for (std::int64_t q = 0; q < size / KINDS; ++q) at(block, k)[q] = factor * from[(swapped ? 1 - k : k) * (size / KINDS) + q];
  }
};

/// Of what other blocks bring: what leaves blocks to the right and to the left, at the edges where it does, in cells and in exponentials;
/// and what comes to blocks from there, at the edges where it does, but not from the next one. There is one more block before all of
/// them and one after.
struct Far {
  States rising, falling;  // [GROUP] instead of [count]
  States right, left, to_right, to_left;
};

HENRICI_INLINE Far far(const Mesh &mesh, double *work)
{
  const auto take = [&](std::int64_t count) HENRICI_LAMBDA {
    const std::int64_t size = KINDS * count;
    const States all{work + size, size};
    work += (mesh.blocks + 2) * size;
    return all;
  };
  const std::int64_t count = mesh.sum.count;
  return {take(GROUP), take(GROUP), take(count), take(count), take(count), take(count)};
}

template <int VECTORS> HENRICI_INLINE void leave(const Mesh &mesh, const Dimmed &of, const double *x, const Far &far)
{
  constexpr std::int64_t COUNT = VECTORS * GROUP;
  const double *const from_left = mesh.from_left.data(), *const from_right = mesh.from_right.data();
  const double *across = mesh.across.data(), *rise = of.rise.data(), *fall = of.fall.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b, across += COUNT)
    for (std::int64_t k = 0; k < KINDS; ++k, x += GROUP, rise += GROUP, fall += GROUP) {
      double *const rising = far.rising.at(b, k), *const falling = far.falling.at(b, k);
      Group::store(rising, Group::load(x) * Group::load(rise)), Group::store(falling, Group::load(x) * Group::load(fall));
      Group right[VECTORS], left[VECTORS];
      for (int w = 0; w < VECTORS; ++w) right[w] = left[w] = 0;
#pragma GCC unroll 8
      for (std::int64_t l = 0; l < GROUP; ++l)
        for (int w = 0; w < VECTORS; ++w) {
          const std::int64_t row = (k * GROUP + l) * COUNT + w * GROUP;
          right[w] += rising[l] * Group::load(from_left + row), left[w] += falling[l] * Group::load(from_right + row);
        }
      for (int w = 0; w < VECTORS; ++w) {
        Group::store(far.right.at(b, k) + w * GROUP, right[w] * Group::load(across + w * GROUP));
        Group::store(far.left.at(b, k) + w * GROUP, left[w]);
      }
    }
}

/// From block to block, n numbers of each; what comes into the first and into the last one is known.
HENRICI_INLINE void go_on(std::int64_t blocks, std::int64_t n, const double *across, const Far &far)
{
  const auto go = [&](const States &come, const States &own, std::int64_t b, std::int64_t on) HENRICI_LAMBDA {
    const double *const by = across + b * n;
    for (std::int64_t k = 0; k < KINDS; ++k) {
      const double *const here = come.at(b, k), *const next_to = own.at(b - on, k);
      double *const next = come.at(b + on, k);
      for (std::int64_t q = 0; q < n; q += GROUP)
        Group::store(next + q, (Group::load(here + q) + Group::load(next_to + q)) * Group::load(by + q));
    }
  };
  for (std::int64_t b = 0; b < blocks; ++b) go(far.to_right, far.right, b, 1), go(far.to_left, far.left, blocks - 1 - b, -1);
}

/// What comes into the first and the last block: nothing.
HENRICI_INLINE void close(const Mesh &mesh, const Far &far)
{
  const std::int64_t last = mesh.blocks - 1;
  std::fill_n(far.rising.at(-1), far.rising.size, 0.0), std::fill_n(far.falling.at(last + 1), far.falling.size, 0.0);
  std::fill_n(far.to_right.at(0), far.right.size, 0.0), std::fill_n(far.right.at(-1), far.right.size, 0.0);
  std::fill_n(far.to_left.at(last), far.right.size, 0.0), std::fill_n(far.left.at(last + 1), far.right.size, 0.0);
}

/// Or, where nothing came before: what left at the other end, or the mirror image.
HENRICI_INLINE void come_in(const Mesh &mesh, double parity, const Far &far)
{
  const std::int64_t last = mesh.blocks - 1;
  const double *const out_right = far.to_right.at(last + 1), *const out_left = far.to_left.at(-1);
  const bool odd = mesh.n % 2;
  if (mesh.periodic) {
    far.to_right.set(0, 1, out_right, odd), far.right.set(-1, 1, far.right.at(last), odd);
    far.to_left.set(last, 1, out_left, odd), far.left.set(last + 1, 1, far.left.at(0), odd);
    far.rising.set(-1, 1, far.rising.at(last), odd), far.falling.set(last + 1, 1, far.falling.at(0), odd);
  }
  if (mesh.mirror[0]) far.to_right.set(0, parity, out_left, true), far.right.set(-1, parity, far.left.at(0), true);
  if (mesh.mirror[1]) far.to_left.set(last, parity, out_right, true), far.left.set(last + 1, parity, far.right.at(last), true);
}

/// 2 / (pi d) between a kind of a block and one of the block before, of that size.
HENRICI_INLINE const double *beside(const std::vector<double> &all, std::int64_t size, std::int64_t kind)
{
  const std::int64_t other = size % 2 ? kind : 1 - kind;  // odd: the seam of an odd mesh
  return all.data() + (size + kind - other - LEAST) / 2 * GROUP * GROUP;
}

/// y += what came.
template <int VECTORS> HENRICI_INLINE void arrive(const Mesh &mesh, const Dimmed &of, const Far &far, double *y)
{
  constexpr std::int64_t COUNT = VECTORS * GROUP;
  const double *const to_right = mesh.to_right.data(), *const to_left = mesh.to_left.data();
  const double *across = mesh.across.data(), *rise = of.rise.data(), *fall = of.fall.data();
  const std::int64_t *const begin = mesh.begin.data(), last = mesh.blocks - 1;
  for (std::int64_t b = 0; b <= last; ++b, across += COUNT) {
    const std::int64_t before = b ? begin[b] - begin[b - 1] : begin[last + 1] - begin[last], size = begin[b + 1] - begin[b];
    for (std::int64_t k = 0; k < KINDS; ++k, y += GROUP, rise += GROUP, fall += GROUP) {
      const double *const from_left = far.to_right.at(b, 1 - k), *const at_edge = far.to_left.at(b, 1 - k);
      const double *const rising = far.rising.at(b - 1, 1 - k), *const falling = far.falling.at(b + 1, 1 - k);
      const double *const near_left = beside(mesh.beside_right, before, k);
      const double *const near_right = beside(mesh.beside_left, size, 1 - k);
      double from_right[COUNT];
      for (int w = 0; w < VECTORS; ++w)
        Group::store(from_right + w * GROUP, Group::load(at_edge + w * GROUP) * Group::load(across + w * GROUP));
      Group right{}, left{}, beside_right{}, beside_left{};
#pragma GCC unroll 16
      for (std::int64_t q = 0; q < COUNT; ++q) {
        right += from_left[q] * Group::load(to_right + (k * COUNT + q) * GROUP);
        left += from_right[q] * Group::load(to_left + (k * COUNT + q) * GROUP);
      }
#pragma GCC unroll 8
      for (std::int64_t l = 0; l < GROUP; ++l) {
        beside_right += rising[l] * Group::load(near_left + l * GROUP);
        beside_left += falling[l] * Group::load(near_right + l * GROUP);
      }
      Group::add(y, Group::load(fall) * (right + beside_right) - Group::load(rise) * (left + beside_left));
    }
  }
}

template <int VECTORS>
HENRICI_INLINE void far_away(const Mesh &mesh, const Dimmed &of, double parity, const double *x, double *y, double *work)
{
  const Far far = kinetic::far(mesh, work);
  leave<VECTORS>(mesh, of, x, far);
  close(mesh, far);
  go_on(mesh.blocks, VECTORS * GROUP, of.across.data(), far);
  if (mesh.periodic || mesh.mirror[0] || mesh.mirror[1]) {
    come_in(mesh, parity, far);
    go_on(mesh.blocks, VECTORS * GROUP, of.across.data(), far);
  }
  arrive<VECTORS>(mesh, of, far, y);
}

/// y += what comes from beyond the first turn.
HENRICI_INLINE void turns(const Mesh &mesh, double rest, const double *x, double *y)
{
  static_assert(DEGREES == GROUP);
  const std::int64_t tiles = KINDS * mesh.blocks;
  const double *const polynomials = mesh.polynomials.data(), *const turned = mesh.turned.data();
  Group sums[KINDS][2] = {};  // that do not wait for each other
  for (std::int64_t tile = 0; tile < tiles; tile += KINDS)
#pragma GCC unroll 8
    for (std::int64_t l = 0; l < GROUP; ++l)
      for (std::int64_t k = 0; k < KINDS; ++k)
        sums[k][l % 2] += x[(tile + k) * GROUP + l] * Group::load(polynomials + ((tile + k) * GROUP + l) * DEGREES);
  double known[KINDS][DEGREES], come[KINDS][DEGREES];
  for (std::int64_t k = 0; k < KINDS; ++k) Group::store(known[k], sums[k][0] + sums[k][1]);
  const bool odd = mesh.n % 2;
  for (std::int64_t k = 0; k < KINDS; ++k) {
    Group sum{};
    for (std::int64_t other = odd ? 0 : 1 - k; other < (odd ? KINDS : 2 - k); ++other) {
      const double *const c = coefficients(odd, k != other);
#pragma GCC unroll 8
      for (std::int64_t b = 0; b < DEGREES; ++b) sum += known[other][b] * Group::load(c + b * DEGREES);
    }
    Group::store(come[k], rest * sum);
  }
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    Group sum{};
#pragma GCC unroll 8
    for (std::int64_t a = 0; a < DEGREES; ++a) sum += come[tile % KINDS][a] * Group::load(turned + (tile * DEGREES + a) * GROUP);
    Group::add(y + tile * GROUP, sum);
  }
}

}  // namespace henrici::kinetic
