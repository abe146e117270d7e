#include "stages.h"

#include "versions.h"

namespace henrici::kinetic {

void explicit_stage(std::int64_t n, double half, const double *y, const double *rate, double *__restrict out)
{
  for (std::int64_t i = 0; i < n; ++i) out[i] = y[i] + half * rate[i];
}

void fourth_stage(std::int64_t n, double half, const double *y, const Stage &second, const double *third,
                  const double *rate, double *__restrict out)
{
  const double *const before = second.before, *const after = second.after;
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = y[i] + (1.0 / 3) * (before[i] - y[i] + third[i] - after[i] + half * rate[i]);
}

void last_stage(std::int64_t n, double half, const Stage &second, const Stage &third, const Stage &fourth,
                const double *rate, double *__restrict out)
{
  const double *const y2 = second.after, *const before_y2 = second.before, *const y3 = third.after;
  const double *const before_y3 = third.before, *const y4 = fourth.after, *const before_y4 = fourth.before;
  for (std::int64_t i = 0; i < n; ++i) {
    const double collided = 2 * (y2[i] - before_y2[i]) - (y3[i] - before_y3[i]) + (y4[i] - before_y4[i]);
    out[i] = before_y4[i] + half * rate[i] + (2.0 / 3) * collided;
  }
}

}  // namespace henrici::kinetic
