#include "transport.h"

#include "weno.h"

namespace henrici::kinetic {
namespace {

/// Three numbers, of a row's end.
HENRICI_INLINE void ghosts(const double *from, double *to)
{
  for (std::int64_t i = 0; i < GHOSTS; ++i) to[i] = from[i];
}

/// So that the row is there when its turn comes: between two rows there is more arithmetic than memory asks for.
HENRICI_INLINE void fetch(const double *from, double *to, std::int64_t n)
{
  constexpr std::int64_t LINE = 8;
  for (std::int64_t i = 0; i < n; i += LINE) {
    __builtin_prefetch(from + i, 0);
    __builtin_prefetch(to + i, 1);
  }
}

}  // namespace

void transport(const Rows &rows, std::int64_t begin, std::int64_t end, double *work, double *out)
{
  const std::int64_t n = rows.cells;
  double *const q = work, *const at_faces = q + padded(n);
  for (std::int64_t k = begin; k < end; ++k) {
    const double *const f = rows.f + k * n;
    double *const to = out + k * n;
    if (k + 1 < end) fetch(f + n, to + n, n);
    const double rate = rows.rate[k % rows.velocities];
    ghosts(rows.left ? rows.left + k * GHOSTS : f + n - GHOSTS, q);
    for (std::int64_t i = 0; i < n; ++i) q[i + GHOSTS] = f[i];
    ghosts(rows.right ? rows.right + k * GHOSTS : f, q + GHOSTS + n);
    faces(q, rate > 0, n, at_faces);
    if (rows.left_face) at_faces[0] = rows.left_face[k];
    if (rows.right_face) at_faces[n] = rows.right_face[k];
    for (std::int64_t i = 0; i < n; ++i) to[i] = rate * (at_faces[i + 1] - at_faces[i]);
  }
}

}  // namespace henrici::kinetic
