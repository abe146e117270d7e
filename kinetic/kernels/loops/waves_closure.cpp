#include "closures.h"
#include "frame.h"

namespace henrici::kinetic {

HENRICI_VERSIONS std::int64_t evaluate(const Waves &of, const Seen &flow, double *h)
{
  const std::int64_t n = flow.cells;
  const Field once{const_cast<double *>(flow.once), n}, twice{const_cast<double *>(flow.twice), n};
  for (std::int64_t k = 0; k < of.answers; ++k) {
    const double *const row = of.coefficients + k * (of.once + of.twice);
    combine(row, of.once, once, n, h + k * n);
    add_combined(row + of.once, of.twice, twice, n, h + k * n);
  }
  return 0;
}

}  // namespace henrici::kinetic
