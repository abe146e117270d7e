#include "symmetry_functions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace henrici::kernels {

AngularFunctions::AngularFunctions(const std::vector<Row> &rows, bool opposite) : opposite(opposite)
{
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  const auto key = [&](std::size_t m) { return std::make_tuple(rows[m].eta, -rows[m].lambda, rows[m].zeta); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  for (const std::size_t m : order) {
    const auto &row = rows[m];
    const int here = static_cast<int>(functions.size());
    if (widths.empty() || widths.back().eta != row.eta) widths.push_back({row.eta, here, here, here});
    const int h = row.lambda > 0 ? PLUS : MINUS;
    functions.push_back({static_cast<std::int64_t>(m), power(h, row.zeta - 1), row.lambda * row.zeta});
    ++widths.back().end;
    if (h == PLUS) ++widths.back().minus;
  }
}

/// The number of h^exponent: by squares where the exponent is a whole number, as it mostly is.
int AngularFunctions::power(int h, double exponent)
{
  constexpr double MOST = 1 << 20;
  if (exponent == 0) return 0;
  if (exponent != std::floor(exponent) || exponent > MOST) return product({h, 0, exponent});
  int result = 0, square = h;
  for (auto rest = static_cast<int>(exponent); rest; rest >>= 1) {
    if (rest & 1) result = result ? product({result, square, 0}) : square;
    if (rest > 1) square = product({square, square, 0});
  }
  return result;
}

int AngularFunctions::product(const Product &wanted)
{
  const auto same = [&](const Product &p) {
    return p.left == wanted.left && p.right == wanted.right && p.exponent == wanted.exponent;
  };
  const auto found = std::find_if(products.begin(), products.end(), same);
  const int number = GIVEN + static_cast<int>(found - products.begin());
  if (found == products.end()) products.push_back(wanted);
  return number;
}

}  // namespace henrici::kernels
