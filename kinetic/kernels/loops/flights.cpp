#include "flights.h"

#include "far.h"

namespace henrici::kinetic {
namespace {

/// y = what comes from near cells.
HENRICI_INLINE void near(const Mesh &mesh, const Dimmed &of, double parity, const double *x, double *y)
{
  const double *weights = of.tiles.data();
  const Tile *tile = mesh.tiles.data(), *const end = tile + mesh.tiles.size();
  for (std::int64_t to = 0; to < KINDS * mesh.blocks; ++to) {
    Group sum{};
    for (; tile != end && tile->to == to; ++tile, weights += GROUP * GROUP) {
      const double *const from = x + tile->from * GROUP, sign = tile->mirrored ? parity : 1;
      Group part{};
#pragma GCC unroll 8
      for (std::int64_t l = 0; l < GROUP; ++l) part += from[l] * Group::load(weights + l * GROUP);
      sum += sign * part;
    }
    Group::store(y + to * GROUP, sum);
  }
}

}  // namespace

void fly(const Mesh &mesh, const Dimmed &of, double parity, const double *x, double *y, double *work)
{
  near(mesh, of, parity, x, y);
  if (mesh.few()) return;
  if (mesh.sum.count == GROUP) far_away<1>(mesh, of, parity, x, y, work);
  else far_away<2>(mesh, of, parity, x, y, work);
  if (of.rest > 0) turns(mesh, of.rest, x, y);
}

std::int64_t room(const Mesh &mesh) { return (mesh.blocks + 2) * KINDS * (2 * GROUP + 4 * mesh.sum.count); }

}  // namespace henrici::kinetic
