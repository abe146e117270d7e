#include <cmath>

#include "flights.h"

namespace henrici::kinetic {
namespace {

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

HENRICI_VERSIONS void gaps(const Mesh &mesh, const Dimmed &of, double parity, const double *q, double *out, double *work)
{
  static_assert(RATES == 2);
  const std::int64_t n = mesh.n;
  double *const rights = work, *const lefts = work + RATES * n, *const gained = out;
  for (std::int64_t i = 0; i < RATES * n; ++i) gained[i] = of.gains[i] * q[i];
  const double *const cells = of.cells.data();
  double right[RATES] = {}, left[RATES] = {};
  for (std::int64_t i = 0, j = n - 1; i < n; ++i, --j)  // four sums that do not wait for each other
    for (std::int64_t r = 0; r < RATES; ++r) {
      rights[r * n + i] = right[r], lefts[r * n + j] = left[r];
      right[r] = cells[r * n + i] * right[r] + gained[r * n + i], left[r] = cells[r * n + j] * left[r] + gained[r * n + j];
    }
  for (std::int64_t r = 0; r < RATES; ++r) {
    const Inflow come = inflow(mesh, parity, of.whole[r], left[r], right[r]);
    for (std::int64_t i = r * n; i < (r + 1) * n; ++i)
      out[i] = of.halves[i] * q[i] - of.gains[i] * (rights[i] + lefts[i] + come.left * of.from_left[i] + come.right * of.from_right[i]);
  }
}

}  // namespace henrici::kinetic
