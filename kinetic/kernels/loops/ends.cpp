#include "ends.h"

#include <algorithm>
#include <stdexcept>

#include "weno.h"

namespace henrici::kinetic {
namespace {

/// A flow as if the end were on the left.
struct Seen {
  bool right;
  std::int64_t velocities, cells;
  const double *f;

  std::int64_t row(std::int64_t k) const { return right ? velocities - 1 - k : k; }
  double at(std::int64_t k, std::int64_t i) const { return f[row(k) * cells + (right ? cells - 1 - i : i)]; }
};

/// f at a diffuse wall: what arrives and, as much of it, what the wall emits. A straight line may end below 0, which no gas does.
void at_wall(const Seen &flow, const double *v, const double *emitted, double *out)
{
  double gone = 0, come = 0;
  for (std::int64_t k = 0; k < flow.velocities; ++k) {
    out[k] = v[k] < 0 ? std::max(0.0, 1.5 * flow.at(k, 0) - 0.5 * flow.at(k, 1)) : 0;
    gone -= v[k] * out[k];
    come += v[k] > 0 ? v[k] * emitted[k] : 0;
  }
  for (std::int64_t k = 0; k < flow.velocities; ++k)
    if (v[k] > 0) out[k] = gone / come * emitted[k];
}

}  // namespace

End end_of(const std::string &kind)
{
  if (kind == "periodic") return End::periodic;
  if (kind == "outflow") return End::outflow;
  if (kind == "reflecting") return End::reflecting;
  if (kind == "inflow") return End::inflow;
  if (kind == "diffuse") return End::diffuse;
  throw std::invalid_argument("no end is " + kind);
}

bool continued(const Edge &edge, bool right, std::int64_t velocities, std::int64_t cells, const double *v, const double *f,
               double *beyond, double *at_end)
{
  const Seen flow{right, velocities, cells, f};
  const bool diffuse = edge.kind == End::diffuse;
  if (diffuse) at_wall(flow, v, edge.incoming, at_end);
  for (std::int64_t k = 0; k < velocities; ++k)
    for (std::int64_t i = 0; i < GHOSTS; ++i) {
      const double found = edge.kind == End::outflow      ? flow.at(k, 0)
                           : edge.kind == End::reflecting ? flow.at(velocities - 1 - k, i)
                           : edge.kind == End::inflow     ? edge.incoming[k]
                                                             : 2 * at_end[k] - flow.at(k, i);
      beyond[flow.row(k) * GHOSTS + (right ? i : GHOSTS - 1 - i)] = found;
    }
  if (diffuse && right) std::reverse(at_end, at_end + velocities);
  return diffuse;
}

}  // namespace henrici::kinetic
