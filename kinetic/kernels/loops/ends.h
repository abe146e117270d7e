// Ends of a tube, and distributions beyond them: kinetic/boltzmann/walls.py.
#pragma once

#include <cstdint>
#include <string>

namespace henrici::kinetic {

/// What is beyond an end: the other end, the last cell on and on, the mirror image, what flows in, or a wall that is diffuse.
enum class End { periodic, outflow, reflecting, inflow, diffuse };

/// As kinetic/flow.py names it. Throws std::invalid_argument for other names.
End end_of(const std::string &kind);

/// One end. incoming: [velocities] what comes in, or what a diffuse wall emits at unit density; of the right end mirrored.
struct Edge {
  End kind;
  const double *incoming;
};

/// Three cells beyond the end [velocities, 3], and what is known at it [velocities], or not: of diffuse walls. f: [velocities, cells]
bool continued(const Edge &, bool right, std::int64_t velocities, std::int64_t cells, const double *v, const double *f, double *beyond,
               double *at_end);

}  // namespace henrici::kinetic
