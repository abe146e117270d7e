#include <algorithm>
#include <cmath>

#include "flights.h"
#include "turns.h"

namespace henrici::kinetic {
namespace {

/// Where the cells of one kind of a block are, or their copy: places and tau, and 1 where there is a cell.
struct Places {
  double at[GROUP], tau[GROUP], is[GROUP];
};

HENRICI_INLINE Places places(const Mesh &mesh, std::int64_t tile, const double *tau, double whole, Copy copy)
{
  const auto n = static_cast<double>(mesh.n);
  const std::int64_t first = mesh.begin[tile / KINDS] + tile % KINDS, end = mesh.begin[tile / KINDS + 1];
  const double turns = copy == Copy::turned_left ? -1 : copy == Copy::turned_right ? 1 : copy == Copy::mirrored_right ? 2 : 0;
  const double sign = copy == Copy::mirrored_left || copy == Copy::mirrored_right ? -1 : 1;
  Places of;
  for (std::int64_t l = 0; l < GROUP; ++l) {
    const std::int64_t i = std::min(first + KINDS * l, end - 1);
    of.is[l] = first + KINDS * l < end ? 1 : 0;
    of.at[l] = turns * n + sign * (static_cast<double>(i) + 0.5), of.tau[l] = turns * whole + sign * tau[i];
  }
  return of;
}

/// tiles: [tiles, GROUP, GROUP]
void add_copies(const Mesh &mesh, const double *tau, double whole, double *tiles)
{
  for (const Tile &tile : mesh.tiles) {
    const Places to = places(mesh, tile.to, tau, whole, Copy::own);
    const Group at = Group::load(to.at), depth = Group::load(to.tau), is = Group::load(to.is);
    for (const Copy copy : tile.copies) {
      const Places from = places(mesh, tile.from, tau, whole, copy);
      for (std::int64_t l = 0; l < GROUP; ++l) {
        const Group both = is * from.is[l], away = both * (at - from.at[l]) + (1 - both);  // never 0
        Group::add(tiles + l * GROUP, M_2_PI * both / away * Group::exponential(-magnitude(depth - from.tau[l])));
      }
    }
    tiles += GROUP * GROUP;
  }
}

/// The rest of turns between few cells of a periodic mesh.
void add_turns(const Mesh &mesh, double factor, double *tiles)
{
  const auto n = static_cast<double>(mesh.n);
  const auto cell = [&](std::int64_t tile, std::int64_t lane) { return mesh.begin[tile / KINDS] + tile % KINDS + KINDS * lane; };
  for (const Tile &tile : mesh.tiles) {
    for (std::int64_t l = 0; l < GROUP; ++l)
      for (std::int64_t i = 0; i < GROUP; ++i) {
        const std::int64_t to = cell(tile.to, i), from = cell(tile.from, l);
        if (to < mesh.begin[tile.to / KINDS + 1] && from < mesh.begin[tile.from / KINDS + 1])
          tiles[l * GROUP + i] += factor / n * rest(static_cast<double>(to - from) / n, mesh.n % 2, (to - from) % 2);
      }
    tiles += GROUP * GROUP;
  }
}

/// Within blocks and across them.
void add_blocks(const Mesh &mesh, const double *free, const double *tau, Dimmed &of)
{
  const std::int64_t count = mesh.sum.count;
  of.rise.assign(mesh.slots(), 0), of.fall = of.rise;
  double left = 0;
  for (std::int64_t b = 0; b < mesh.blocks; ++b) {
    const std::int64_t first = mesh.begin[b], end = mesh.begin[b + 1];
    double right = left;
    for (std::int64_t i = first; i < end; ++i) right += free[i];
    for (std::int64_t i = first; i < end; ++i) {
      const std::int64_t slot = (KINDS * b + (i - first) % KINDS) * GROUP + (i - first) / KINDS;
      of.rise[slot] = std::exp(tau[i] - right), of.fall[slot] = std::exp(left - tau[i]);
    }
    const double whole = std::exp(left - right);
    for (std::int64_t q = 0; q < count; ++q) of.across.push_back(mesh.across[b * count + q] * whole);
    left = right;
  }
}

}  // namespace

Dimmed dimmed(const Mesh &mesh, const double *free)
{
  constexpr double NOTHING = 1e-17;  // beside 1
  std::vector<double> tau;           // in the middle of each cell
  double whole = 0;
  for (std::int64_t i = 0; i < mesh.n; ++i) tau.push_back(whole + 0.5 * free[i]), whole += free[i];
  Dimmed of;
  of.tiles.assign(mesh.tiles.size() * GROUP * GROUP, 0);
  add_copies(mesh, tau.data(), whole, of.tiles.data());
  of.rest = mesh.periodic && std::exp(-2 * whole) > NOTHING ? std::exp(-2 * whole) / static_cast<double>(mesh.n) : 0;
  if (!mesh.few()) add_blocks(mesh, free, tau.data(), of);
  else if (of.rest > 0) add_turns(mesh, std::exp(-2 * whole), of.tiles.data());
  return of;
}

}  // namespace henrici::kinetic
