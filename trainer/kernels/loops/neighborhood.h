// The neighbours of one centre within the cutoff, sorted by species and laid out for vectors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "deep_pot_se.h"  // Pairs
#include "lanes.h"

namespace henrici::kernels {

/// f(r) = 1 - x^3 (6 x^2 - 15 x + 10), x = r / r_c, and f'(r) / r; 0 beyond r_c. The switch of trainer/potentials/radial.py.
template <typename S>
HENRICI_INLINE void cut(const typename S::Lanes &r, typename S::Real r_c, typename S::Lanes &f, typename S::Lanes &slope)
{
  using V = typename S::Lanes;
  const V x = r > r_c ? V{} + 1 : r * (1 / r_c), rest = 1 - x;  // a NaN stays one
  f = 1 - x * x * x * (x * (6 * x - 15) + 10);
  slope = x * rest * rest * (-30 / (r_c * r_c));
}

template <typename S> struct Neighborhood {
  using Real = typename S::Real;
  using V = typename S::Lanes;
  struct Segment {
    std::int64_t species, begin, end;  // of the arrays
  };
  std::vector<Segment> segments;   // one for each species that is there
  std::vector<std::int64_t> pair;  // which it is, or -1: every segment is followed by LANES places far away
  std::vector<Real> x, y, z;       // angstrom
  std::vector<Real> r, inverse;    // and 1 / r
  std::vector<Real> f, slope;      // f(r), f'(r) / r
  std::int64_t size;
  const Real r_c;
  static constexpr Real TINY = 1e-12;  // angstrom^2 under the root: atoms on top of each other stay finite

  Neighborhood(Real r_c, std::int64_t species) : r_c(r_c), count(species) {}

  const Segment *end() const { return segments.data() + segments.size(); }

  /// Those of centre order[i].
  HENRICI_INLINE void gather(const Pairs<Real> &pairs, std::int64_t i)
  {
    near.clear();
    std::fill(count.begin(), count.end(), 0);
    for (std::int64_t p = pairs.row[pairs.order[i]]; p < pairs.row[pairs.order[i] + 1]; ++p) {
      const Real *const d = pairs.displacement + 3 * p;
      if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] >= r_c * r_c) continue;  // a NaN is near
      near.push_back(p);
      ++count[pairs.species[p]];
    }
    segments.clear();
    size = 0;
    for (std::size_t t = 0; t < count.size(); ++t) {
      const std::int64_t begin = size, here = count[t];
      if (here == 0) continue;
      segments.push_back({static_cast<std::int64_t>(t), begin, begin + here});
      size += here + S::LANES;
      count[t] = begin;  // from now on, where the next one goes
    }
    for (auto *array : {&x, &y, &z, &r, &inverse, &f, &slope}) array->resize(size + S::LANES);
    std::fill(x.begin(), x.end(), 10 * r_c);
    std::fill(y.begin(), y.end(), Real(0));
    std::fill(z.begin(), z.end(), Real(0));
    pair.assign(size, -1);
    for (const std::int64_t p : near) {
      const std::int64_t k = count[pairs.species[p]]++;
      const Real *const d = pairs.displacement + 3 * p;
      x[k] = d[0], y[k] = d[1], z[k] = d[2], pair[k] = p;
    }
    for (std::int64_t k = 0; k < size; k += S::LANES) {
      const V a = S::load(&x[k]), b = S::load(&y[k]), c = S::load(&z[k]);
      const V distance = S::root(a * a + b * b + c * c + TINY);
      V of_f, of_slope;
      cut<S>(distance, r_c, of_f, of_slope);
      S::store(&r[k], distance);
      S::store(&inverse[k], 1 / distance);
      S::store(&f[k], of_f);
      S::store(&slope[k], of_slope);
    }
  }

 private:
  std::vector<std::int64_t> near, count;  // count: of each species, or where its next one goes
};

}  // namespace henrici::kernels
