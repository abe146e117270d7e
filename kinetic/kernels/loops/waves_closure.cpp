#include "closures.h"
#include "frame.h"

namespace henrici::kinetic {

std::int64_t evaluate(const Waves &of, const Seen &flow, double *h)
{
  const std::int64_t n = flow.cells;
  const Field arrived{const_cast<double *>(flow.arrived), n}, excess{const_cast<double *>(flow.excess), n};
  for (std::int64_t k = 0; k < of.answers; ++k) {
    const double *const row = of.coefficients + k * (of.arrived + of.excess);
    combine(row, of.arrived, arrived, n, h + k * n);
    add_combined(row + of.arrived, of.excess, excess, n, h + k * n);
  }
  return 0;
}

}  // namespace henrici::kinetic
