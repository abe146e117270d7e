#include "stages.h"

#include "versions.h"

namespace henrici::kinetic {

HENRICI_VERSIONS void first_stage(std::int64_t n, double gamma, double dt, const double *y, const double *first,
                                  double *__restrict out)
{
  for (std::int64_t i = 0; i < n; ++i) out[i] = y[i] + gamma * dt * first[i];
}

HENRICI_VERSIONS void second_stage(std::int64_t n, double gamma, double dt, const double *y, const double *first,
                                   const double *middle, const double *second, double *__restrict stage)
{
  const double delta = 1 - 1 / (2 * gamma), of_first = delta * dt, of_second = (1 - delta) * dt, collided = (1 - gamma) / gamma;
  for (std::int64_t i = 0; i < n; ++i)
    stage[i] = y[i] + of_first * first[i] + of_second * second[i] + collided * (middle[i] - stage[i]);
}

}  // namespace henrici::kinetic
