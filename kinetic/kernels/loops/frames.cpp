#include "frames.h"

#include <algorithm>
#include <array>

#include "frame.h"
#include "networks.h"

namespace henrici::kinetic {
namespace {

constexpr std::int64_t MOST_ORDER = 16;

/// k! and 1 / k!
struct Factorials {
  std::array<double, MOST_ORDER + 2> of{1}, over{1};

  Factorials()
  {
    for (std::size_t k = 1; k < of.size(); ++k) of[k] = double(k) * of[k - 1], over[k] = 1 / of[k];
  }
};

/// 0 beyond the n cells of a row, to the end of a vector.
HENRICI_INLINE void end_vector(std::int64_t n, double *row) { std::fill(row + n, row + whole(n), 0.0); }

HENRICI_INLINE void all_seen(const Closing &of, const Slopes &at, const Sight &out)
{
  static const Factorials factorial;
  const std::int64_t m = of.order, n = at.cells, others = (m - 1) / 2, alike = m / 2;
  by_vectors(n, [&](std::int64_t first, std::int64_t) HENRICI_LAMBDA {
    const auto load = [&](const double *row) HENRICI_LAMBDA { return Lanes::load(row + first); };
    const auto mean = [&](std::int64_t k) HENRICI_LAMBDA { return load(at.around + k * at.length) - load(at.excess + k * at.length); };
    const Lanes over_mass = 1 / mean(0), velocity = over_mass * mean(1), around = over_mass * mean(2) - STREAMS * velocity * velocity;
    const Lanes theta = load(at.gas + 2 * n), delta = load(at.gas + n) - velocity, more = theta - around;
    Lanes p[MOST_ORDER + 2], e[MOST_ORDER + 2];
    p[0] = 1, p[1] = delta;
#pragma GCC unroll 8
    for (std::int64_t k = 2; k <= m + 1; ++k) p[k] = 1.0 / double(k) * (delta * p[k - 1] + more * p[k - 2]);
    const Lanes root = Lanes::root(theta), root_around = Lanes::root(around), over_root = 1 / root_around, over_scale = 1 / load(at.scale);
    Lanes size = load(at.gas);
#pragma GCC unroll 8
    for (std::int64_t k = 0; k <= m; ++k) {
      e[k] = factorial.over[k] * size * load(at.g + k * n);
      size *= root;
    }
    Lanes flying[FLIGHTS] = {}, over = root_around, back = over_scale * over_root;
#pragma GCC unroll 8
    for (std::int64_t k = 2; k <= m; ++k) {
      Lanes seen{};
#pragma GCC unroll 8
      for (std::int64_t j = 0; j <= k; ++j) seen += p[j] * e[k - j];
      seen *= factorial.of[k] * over;
      over *= over_root, back *= root_around;
      const std::int64_t place = (k - 2) / 2;
      if ((m - k) % 2 == 0) flying[0] += of.c[place] * seen;
      else
        for (std::int64_t r = 0; r < RATES; ++r) flying[1 + r] += of.c[alike + r * others + place] * seen;
    }
    Lanes moved{};
#pragma GCC unroll 8
    for (std::int64_t j = 1; j <= m + 1; ++j) moved += p[j] * e[m + 1 - j];
    for (std::int64_t k = 0; k < FLIGHTS; ++k) Lanes::store(out.flying + k * at.length + first, flying[k]);
    Lanes::store(out.moved + first, factorial.of[m + 1] * over_scale * moved), Lanes::store(out.back + first, back);
  });
  for (std::int64_t k = 0; k < FLIGHTS; ++k) end_vector(n, out.flying + k * at.length);
}

}  // namespace

void gather(std::int64_t n, std::int64_t length, const double *gas, double *around)
{
  by_vectors(n, [&](std::int64_t first, std::int64_t) HENRICI_LAMBDA {
    const Lanes rho = Lanes::load(gas + first), u = Lanes::load(gas + n + first), theta = Lanes::load(gas + 2 * n + first);
    double *const to = around + first;
    Lanes::store(to, rho), Lanes::store(to + length, rho * u), Lanes::store(to + 2 * length, rho * (theta + STREAMS * u * u));
  });
  for (std::int64_t k = 0; k < 3; ++k) end_vector(n, around + k * length);
}

void see(const Closing &of, const Slopes &at, const Sight &out)
{
  with_order(of, [&](const Closing &known) HENRICI_LAMBDA { all_seen(known, at, out); });
}

void come_back(std::int64_t n, const double *found, const double *back, const double *moved, double *out)
{
  for (std::int64_t i = 0; i < n; ++i) out[i] = back[i] * found[i] - moved[i];
}

}  // namespace henrici::kinetic
