#include "turns.h"

#include <array>
#include <cmath>

namespace henrici::kinetic {
namespace {

using Square = std::array<double, DEGREES * DEGREES>;

/// T_0 .. of x
std::array<double, DEGREES> chebyshev(double x)
{
  std::array<double, DEGREES> t{1, x};
  for (std::int64_t k = 2; k < DEGREES; ++k) t[k] = 2 * x * t[k - 1] - t[k - 2];
  return t;
}

Square expand(bool odd_mesh, bool odd_distance)
{
  std::array<double, DEGREES> nodes;
  for (std::int64_t a = 0; a < DEGREES; ++a) nodes[a] = std::cos(M_PI * (static_cast<double>(a) + 0.5) / DEGREES);
  Square all{};
  for (const double x : nodes)
    for (const double other : nodes) {
      const double value = 4 * rest((x - other) / 2, odd_mesh, odd_distance) / (DEGREES * DEGREES);
      const auto of_x = chebyshev(x), of_other = chebyshev(other);
      for (std::int64_t k = 0; k < DEGREES; ++k)
        for (std::int64_t l = 0; l < DEGREES; ++l)
          all[l * DEGREES + k] += (k ? 1 : 0.5) * (l ? 1 : 0.5) * value * of_x[k] * of_other[l];
    }
  return all;
}

}  // namespace

double rest(double y, bool odd_mesh, bool odd_distance)
{
  if (y == 0) return 0;
  const double beside = M_2_PI * (1 / (y - 1) + 1 / (y + 1)), here = M_2_PI / y;
  if (!odd_mesh) return odd_distance ? 2 / std::tan(M_PI * y) - here - beside : 0;
  return odd_distance ? 1 / std::tan(M_PI_2 * y) - here : -std::tan(M_PI_2 * y) - beside;
}

void along(const Mesh &mesh, std::vector<double> &polynomials, std::vector<double> &turned)
{
  polynomials.assign(mesh.slots() * DEGREES, 0), turned = polynomials;
  for (std::int64_t b = 0; b < mesh.blocks; ++b)
    for (std::int64_t i = mesh.begin[b]; i < mesh.begin[b + 1]; ++i) {
      const std::int64_t p = i - mesh.begin[b], tile = KINDS * b + p % KINDS, l = p / KINDS;
      const auto t = chebyshev((2 * static_cast<double>(i) + 1) / static_cast<double>(mesh.n) - 1);
      for (std::int64_t k = 0; k < DEGREES; ++k)
        polynomials[(tile * GROUP + l) * DEGREES + k] = turned[(tile * DEGREES + k) * GROUP + l] = t[k];
    }
}

const double *coefficients(bool odd_mesh, bool odd_distance)
{
  static const Square all[] = {expand(false, false), expand(false, true), expand(true, false), expand(true, true)};
  return all[2 * odd_mesh + odd_distance].data();
}

}  // namespace henrici::kinetic
