// Explicit stages of a step in time: kinetic/numerics/imex.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

/// A stage before and after collisions.
struct Stage {
  double *before, *after;
};

/// out = y + half rate: the second stage and, from it, the third
void explicit_stage(std::int64_t n, double half, const double *y, const double *rate, double *out);

/// y and a third of what transport did to it in the first three stages. third: before collisions.
void fourth_stage(std::int64_t n, double half, const double *y, const Stage &second, const double *third, const double *rate,
                  double *out);

/// The fourth, with what transport does in it and with what collisions did in all of them.
void last_stage(std::int64_t n, double half, const Stage &second, const Stage &third, const Stage &fourth, const double *rate,
                double *out);

}  // namespace henrici::kinetic
