#include "flights.h"

#include <algorithm>

#include "turns.h"

namespace henrici::kinetic {
namespace {

HENRICI_INLINE Lanes none() { return Lanes{}; }

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
  States rising, falling;  // [LANES] instead of [count]
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
  return {take(LANES), take(LANES), take(count), take(count), take(count), take(count)};
}

template <int VECTORS> HENRICI_INLINE void leave(const Mesh &mesh, const Dimmed &of, const double *x, const Far &far)
{
  constexpr std::int64_t COUNT = VECTORS * LANES;
  const double *const from_left = mesh.from_left.data(), *const from_right = mesh.from_right.data();
  const double *across = mesh.across.data(), *rise = of.rise.data(), *fall = of.fall.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b, across += COUNT)
    for (std::int64_t k = 0; k < KINDS; ++k, x += LANES, rise += LANES, fall += LANES) {
      double *const rising = far.rising.at(b, k), *const falling = far.falling.at(b, k);
      Simd::store(rising, Simd::load(x) * Simd::load(rise)), Simd::store(falling, Simd::load(x) * Simd::load(fall));
      Lanes right[VECTORS], left[VECTORS];
      for (int w = 0; w < VECTORS; ++w) right[w] = left[w] = none();
#pragma GCC unroll 8
      for (std::int64_t l = 0; l < LANES; ++l)
        for (int w = 0; w < VECTORS; ++w) {
          const std::int64_t row = (k * LANES + l) * COUNT + w * LANES;
          right[w] += rising[l] * Simd::load(from_left + row), left[w] += falling[l] * Simd::load(from_right + row);
        }
      for (int w = 0; w < VECTORS; ++w) {
        Simd::store(far.right.at(b, k) + w * LANES, right[w] * Simd::load(across + w * LANES));
        Simd::store(far.left.at(b, k) + w * LANES, left[w]);
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
      for (std::int64_t q = 0; q < n; q += LANES)
        Simd::store(next + q, (Simd::load(here + q) + Simd::load(next_to + q)) * Simd::load(by + q));
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

/// 2 / (pi d) from one kind of the block before to one of this one, or back. size: of the block before.
HENRICI_INLINE const double *beside(const std::vector<double> &all, std::int64_t size, std::int64_t kind, bool seam)
{
  const std::int64_t other = seam && size % 2 ? kind : 1 - kind;
  return all.data() + (size + kind - other - LEAST) / 2 * LANES * LANES;
}

/// y += what came.
template <int VECTORS> HENRICI_INLINE void arrive(const Mesh &mesh, const Dimmed &of, const Far &far, double *y)
{
  constexpr std::int64_t COUNT = VECTORS * LANES;
  const double *const to_right = mesh.to_right.data(), *const to_left = mesh.to_left.data();
  const double *across = mesh.across.data(), *rise = of.rise.data(), *fall = of.fall.data();
  const std::int64_t *const begin = mesh.begin.data(), last = mesh.blocks - 1;
  for (std::int64_t b = 0; b <= last; ++b, across += COUNT) {
    const std::int64_t before = b ? begin[b] - begin[b - 1] : begin[last + 1] - begin[last], size = begin[b + 1] - begin[b];
    for (std::int64_t k = 0; k < KINDS; ++k, y += LANES, rise += LANES, fall += LANES) {
      const double *const from_left = far.to_right.at(b, 1 - k), *const at_edge = far.to_left.at(b, 1 - k);
      const double *const rising = far.rising.at(b - 1, 1 - k), *const falling = far.falling.at(b + 1, 1 - k);
      const double *const near_left = beside(mesh.beside_right, before, k, b == 0);
      const double *const near_right = beside(mesh.beside_left, size, 1 - k, b == last);
      double from_right[COUNT];
      for (int w = 0; w < VECTORS; ++w)
        Simd::store(from_right + w * LANES, Simd::load(at_edge + w * LANES) * Simd::load(across + w * LANES));
      Lanes right = none(), left = none(), beside_right = none(), beside_left = none();
#pragma GCC unroll 16
      for (std::int64_t q = 0; q < COUNT; ++q) {
        right += from_left[q] * Simd::load(to_right + (k * COUNT + q) * LANES);
        left += from_right[q] * Simd::load(to_left + (k * COUNT + q) * LANES);
      }
#pragma GCC unroll 8
      for (std::int64_t l = 0; l < LANES; ++l) {
        beside_right += rising[l] * Simd::load(near_left + l * LANES);
        beside_left += falling[l] * Simd::load(near_right + l * LANES);
      }
      Simd::add(y, Simd::load(fall) * (right + beside_right) - Simd::load(rise) * (left + beside_left));
    }
  }
}

template <int VECTORS>
HENRICI_INLINE void far_away(const Mesh &mesh, const Dimmed &of, double parity, const double *x, double *y, double *work)
{
  const Far far = kinetic::far(mesh, work);
  leave<VECTORS>(mesh, of, x, far);
  close(mesh, far);
  go_on(mesh.blocks, VECTORS * LANES, of.across.data(), far);
  if (mesh.periodic || mesh.mirror[0] || mesh.mirror[1]) {
    come_in(mesh, parity, far);
    go_on(mesh.blocks, VECTORS * LANES, of.across.data(), far);
  }
  arrive<VECTORS>(mesh, of, far, y);
}

/// y = what comes from near cells.
HENRICI_INLINE void near(const Mesh &mesh, const Dimmed &of, double parity, const double *x, double *y)
{
  const double *weights = of.tiles.data();
  const Tile *tile = mesh.tiles.data(), *const end = tile + mesh.tiles.size();
  for (std::int64_t to = 0; to < KINDS * mesh.blocks; ++to) {
    Lanes sum = none();
    for (; tile != end && tile->to == to; ++tile, weights += LANES * LANES) {
      const double *const from = x + tile->from * LANES, sign = tile->mirrored ? parity : 1;
      Lanes part = none();
#pragma GCC unroll 8
      for (std::int64_t l = 0; l < LANES; ++l) part += from[l] * Simd::load(weights + l * LANES);
      sum += sign * part;
    }
    Simd::store(y + to * LANES, sum);
  }
}

/// y += what comes from beyond the first turn.
HENRICI_INLINE void turns(const Mesh &mesh, double rest, const double *x, double *y)
{
  static_assert(DEGREES == LANES);
  const std::int64_t tiles = KINDS * mesh.blocks;
  const double *const polynomials = mesh.polynomials.data(), *const turned = mesh.turned.data();
  Lanes sums[KINDS][2] = {};  // that do not wait for each other
  for (std::int64_t tile = 0; tile < tiles; tile += KINDS)
#pragma GCC unroll 8
    for (std::int64_t l = 0; l < LANES; ++l)
      for (std::int64_t k = 0; k < KINDS; ++k)
        sums[k][l % 2] += x[(tile + k) * LANES + l] * Simd::load(polynomials + ((tile + k) * LANES + l) * DEGREES);
  double known[KINDS][DEGREES], come[KINDS][DEGREES];
  for (std::int64_t k = 0; k < KINDS; ++k) Simd::store(known[k], sums[k][0] + sums[k][1]);
  const bool odd = mesh.n % 2;
  for (std::int64_t k = 0; k < KINDS; ++k) {
    Lanes sum = none();
    for (std::int64_t other = odd ? 0 : 1 - k; other < (odd ? KINDS : 2 - k); ++other) {
      const double *const c = coefficients(odd, k != other);
#pragma GCC unroll 8
      for (std::int64_t b = 0; b < DEGREES; ++b) sum += known[other][b] * Simd::load(c + b * DEGREES);
    }
    Simd::store(come[k], rest * sum);
  }
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    Lanes sum = none();
#pragma GCC unroll 8
    for (std::int64_t a = 0; a < DEGREES; ++a) sum += come[tile % KINDS][a] * Simd::load(turned + (tile * DEGREES + a) * LANES);
    Simd::add(y + tile * LANES, sum);
  }
}

/// `together` in so many vectors of cells, each in two sums that do not wait for each other.
template <int VECTORS>
HENRICI_INLINE void product(std::int64_t n, std::int64_t rows, const double *matrices, const double *weight, const double *over_weight,
                            const double *g, double *out)
{
  Lanes sum[2][VECTORS] = {};
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t k = 0; k < rows; ++k, matrices += VECTORS * LANES) {
      const double flying = weight[j] * g[k * n + j];
      for (int w = 0; w < VECTORS; ++w) sum[k & 1][w] += flying * Simd::load(matrices + w * LANES);
    }
  double all[VECTORS * LANES];
  for (int w = 0; w < VECTORS; ++w) Simd::store(all + w * LANES, sum[0][w] + sum[1][w]);
  for (std::int64_t i = 0; i < n; ++i) out[i] = over_weight[i] * all[i];
}

}  // namespace

HENRICI_VERSIONS void fly(const Mesh &mesh, const Dimmed &of, double parity, const double *x, double *y, double *work)
{
  near(mesh, of, parity, x, y);
  if (mesh.few()) return;
  if (mesh.sum.count == LANES) far_away<1>(mesh, of, parity, x, y, work);
  else far_away<2>(mesh, of, parity, x, y, work);
  if (of.rest > 0) turns(mesh, of.rest, x, y);
}

std::int64_t room(const Mesh &mesh) { return (mesh.blocks + 2) * KINDS * (2 * LANES + 4 * mesh.sum.count); }

HENRICI_VERSIONS void together(std::int64_t n, std::int64_t rows, const double *matrices, const double *weight, const double *over_weight,
                               const double *g, double *out)
{
  switch (whole(n) / LANES) {
    case 1: return product<1>(n, rows, matrices, weight, over_weight, g, out);
    case 2: return product<2>(n, rows, matrices, weight, over_weight, g, out);
    case 3: return product<3>(n, rows, matrices, weight, over_weight, g, out);
    default: return product<4>(n, rows, matrices, weight, over_weight, g, out);
  }
}

HENRICI_VERSIONS void weigh(std::int64_t n, std::int64_t last, const double *c, const double *weight, const double *g,
                            double *__restrict cells)
{
  for (std::int64_t i = 0; i < n; ++i) cells[i] = c[last] * g[last * n + i];
  for (std::int64_t k = last - 2; k >= 0; k -= 2)
    for (std::int64_t i = 0; i < n; ++i) cells[i] += c[k] * g[k * n + i];
  for (std::int64_t i = 0; i < n; ++i) cells[i] *= weight[i];
  std::fill(cells + n, cells + whole(n), 0.0);
}

HENRICI_VERSIONS void sort(const Mesh &mesh, const double *cells, double *slots)
{
  const std::int64_t *const begin = mesh.begin.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    double all[BLOCK_CELLS] = {};
    if (b + 1 < mesh.blocks) std::copy_n(cells + begin[b], BLOCK_CELLS, all);
    else std::copy(cells + begin[b], cells + mesh.n, all);
    for (std::int64_t k = 0; k < KINDS; ++k)
      for (std::int64_t l = 0; l < LANES; ++l) slots[b * BLOCK_CELLS + k * LANES + l] = all[KINDS * l + k];
  }
}

HENRICI_VERSIONS void unsort(const Mesh &mesh, const double *slots, double *cells)
{
  const std::int64_t *const begin = mesh.begin.data();
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    double all[BLOCK_CELLS], mixed[BLOCK_CELLS];
    std::copy_n(slots + b * BLOCK_CELLS, BLOCK_CELLS, all);
    for (std::int64_t l = 0; l < LANES; ++l)
      for (std::int64_t k = 0; k < KINDS; ++k) mixed[KINDS * l + k] = all[k * LANES + l];
    std::copy_n(mixed, BLOCK_CELLS, cells + begin[b]);
  }
}

HENRICI_VERSIONS void unweigh(std::int64_t n, std::int64_t count, const double *rows, const double *factor, double *__restrict out)
{
  const std::int64_t stride = whole(n);
  for (std::int64_t i = 0; i < n; ++i) out[i] = rows[i];
  for (std::int64_t r = 1; r < count; ++r)
    for (std::int64_t i = 0; i < n; ++i) out[i] += rows[r * stride + i];
  for (std::int64_t i = 0; i < n; ++i) out[i] *= factor[i];
}

}  // namespace henrici::kinetic
