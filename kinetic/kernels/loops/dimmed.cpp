#include <algorithm>
#include <cmath>

#include "flights.h"
#include "turns.h"

namespace henrici::kinetic {
namespace {

/// Where the cells of one kind of a block are, or their copy: places and tau, and 1 where there is a cell.
struct Places {
  double at[LANES], tau[LANES], is[LANES];
};

HENRICI_INLINE Places places(const Mesh &mesh, std::int64_t tile, const double *tau, double whole, Copy copy)
{
  const auto n = static_cast<double>(mesh.n);
  const std::int64_t first = mesh.begin[tile / KINDS] + tile % KINDS, end = mesh.begin[tile / KINDS + 1];
  const double turns = copy == Copy::turned_left ? -1 : copy == Copy::turned_right ? 1 : copy == Copy::mirrored_right ? 2 : 0;
  const double sign = copy == Copy::mirrored_left || copy == Copy::mirrored_right ? -1 : 1;
  Places of;
  for (std::int64_t l = 0; l < LANES; ++l) {
    const std::int64_t i = std::min(first + KINDS * l, end - 1);
    of.is[l] = first + KINDS * l < end ? 1 : 0;
    of.at[l] = turns * n + sign * (static_cast<double>(i) + 0.5), of.tau[l] = turns * whole + sign * tau[i];
  }
  return of;
}

/// tiles: [tiles, RATES, LANES, LANES], of one of the RATES.
HENRICI_VERSIONS void add_copies(const Mesh &mesh, const double *tau, double whole, double *tiles)
{
  for (const Tile &tile : mesh.tiles) {
    const Places to = places(mesh, tile.to, tau, whole, Copy::own);
    const Lanes at = Simd::load(to.at), depth = Simd::load(to.tau), is = Simd::load(to.is);
    for (const Copy copy : tile.copies) {
      const Places from = places(mesh, tile.from, tau, whole, copy);
      for (std::int64_t l = 0; l < LANES; ++l) {
        const Lanes both = is * from.is[l], away = both * (at - from.at[l]) + (1 - both);  // never 0
        Simd::add(tiles + l * LANES, M_2_PI * both / away * Simd::exponential(-magnitude(depth - from.tau[l])));
      }
    }
    tiles += RATES * LANES * LANES;
  }
}

/// The rest of turns between few cells of a periodic mesh.
void add_turns(const Mesh &mesh, double factor, double *tiles)
{
  const auto n = static_cast<double>(mesh.n);
  const auto cell = [&](std::int64_t tile, std::int64_t lane) { return mesh.begin[tile / KINDS] + tile % KINDS + KINDS * lane; };
  for (const Tile &tile : mesh.tiles) {
    for (std::int64_t l = 0; l < LANES; ++l)
      for (std::int64_t i = 0; i < LANES; ++i) {
        const std::int64_t to = cell(tile.to, i), from = cell(tile.from, l);
        if (to < mesh.begin[tile.to / KINDS + 1] && from < mesh.begin[tile.from / KINDS + 1])
          tiles[l * LANES + i] += factor / n * rest(static_cast<double>(to - from) / n, mesh.n % 2, (to - from) % 2);
      }
    tiles += RATES * LANES * LANES;
  }
}

/// Within blocks and across them, of one of the RATES.
void add_blocks(const Mesh &mesh, std::int64_t rate, const double *free, const double *tau, Dimmed &of)
{
  const std::int64_t count = mesh.sum.count;
  double left = 0;
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    const std::int64_t first = mesh.begin[b], end = mesh.begin[b + 1];
    double right = left;
    for (std::int64_t i = first; i < end; ++i) right += free[i];
    for (std::int64_t i = first; i < end; ++i) {
      const std::int64_t tile = KINDS * b + (i - first) % KINDS, slot = (tile * RATES + rate) * LANES + (i - first) / KINDS;
      of.rise[slot] = std::exp(tau[i] - right), of.fall[slot] = std::exp(left - tau[i]);
    }
    const double whole = std::exp(left - right);
    for (std::int64_t q = 0; q < count; ++q) of.across[(b * RATES + rate) * count + q] = mesh.across[b * count + q] * whole;
    left = right;
  }
}

/// free: [whole(n)] 0 beyond n.
Sweep sweep(const std::vector<double> &free)
{
  const auto n = static_cast<std::int64_t>(free.size());
  const auto through = [&](std::int64_t first, std::int64_t end) {
    double tau = 0;
    for (std::int64_t i = std::max<std::int64_t>(first, 0); i < std::min(end, n); ++i) tau += free[i];
    return std::exp(-tau);
  };
  Sweep of;
  for (std::int64_t i = 0; i < n + LANES; ++i)
    of.one.push_back(through(i, i + 1)), of.two.push_back(through(i - 1, i + 1)), of.four.push_back(through(i - 3, i + 1));
  for (std::int64_t first = 0; first < n; first += LANES) {
    for (std::int64_t i = first; i < first + LANES; ++i)
      of.before.push_back(through(first, i)), of.after.push_back(through(i + 1, first + LANES));
    of.across.push_back(through(first, first + LANES));
  }
  of.from_left.assign(n / LANES, 1), of.from_right = of.from_left;
  for (std::int64_t v = 1; v < n / LANES; ++v) {
    const std::int64_t back = n / LANES - 1 - v;
    of.from_left[v] = of.from_left[v - 1] * of.across[v - 1], of.from_right[back] = of.from_right[back + 1] * of.across[back + 1];
  }
  return of;
}

/// What E needs, of one of the RATES.
void add_excess(const Mesh &mesh, std::int64_t rate, const double *free, Dimmed &of)
{
  std::vector<double> all(whole(mesh.n), 0);
  std::copy_n(free, mesh.n, all.begin());
  of.sweep[rate] = sweep(all);
  for (const double tau : all) {
    of.halves.push_back(std::exp(-0.5 * tau));
    of.gains.push_back(std::sqrt(-0.5 * std::expm1(-tau) * of.halves.back()));
  }
}

}  // namespace

Dimmed dimmed(const Mesh &mesh, const double *free)
{
  constexpr double NOTHING = 1e-17;  // beside 1
  Dimmed of;
  of.tiles.assign(mesh.tiles.size() * RATES * LANES * LANES, 0);
  if (!mesh.few()) {
    of.rise.assign(RATES * mesh.slots(), 0), of.fall = of.rise;
    of.across.assign(mesh.blocks * RATES * mesh.sum.count, 0);
  }
  for (std::int64_t r = 0; r < RATES; ++r, free += mesh.n) {
    std::vector<double> tau;  // in the middle of each cell
    double whole = 0;
    for (std::int64_t i = 0; i < mesh.n; ++i) tau.push_back(whole + 0.5 * free[i]), whole += free[i];
    double *const tiles = of.tiles.data() + r * LANES * LANES;
    add_copies(mesh, tau.data(), whole, tiles);
    add_excess(mesh, r, free, of);
    of.passes[r] = std::exp(-whole), of.again[r] = -1 / std::expm1(-(mesh.periodic ? 1 : 2) * whole);
    of.rest[r] = mesh.periodic && std::exp(-2 * whole) > NOTHING ? std::exp(-2 * whole) / static_cast<double>(mesh.n) : 0;
    if (!mesh.few()) add_blocks(mesh, r, free, tau.data(), of);
    else if (of.rest[r] > 0) add_turns(mesh, std::exp(-2 * whole), tiles);
  }
  return of;
}

}  // namespace henrici::kinetic
