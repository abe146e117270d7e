// Explicit stages of ARS(2,2,2): kinetic/numerics/imex.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

/// out = y + gamma dt first
void first_stage(std::int64_t n, double gamma, double dt, const double *y, const double *first, double *out);

/// What becomes of y + gamma dt first, in `stage`, once collisions have made `middle` of it: the second stage.
void second_stage(std::int64_t n, double gamma, double dt, const double *y, const double *first, const double *middle,
                  const double *second, double *stage);

}  // namespace henrici::kinetic
