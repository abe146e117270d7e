// Sums of symmetry functions over the neighbours of one centre, and their derivatives (symmetry_derivatives.h).
#pragma once

#include <algorithm>
#include <vector>

#include "triplets.h"

namespace henrici::kernels {

/// What a thread works with, one centre after the other: memory grows with the neighbours of one.
template <typename S> struct Sums {
  using Real = typename S::Real;
  using V = typename S::Lanes;
  using Angular = AngularFunctions;
  using Segment = typename Neighborhood<S>::Segment;

  const SymmetryFunctions &functions;
  const std::int64_t species;
  Neighborhood<S> around;
  std::vector<typename S::Stored> power, total, linear;  // of Triplets; of each function, and see push_angular()
  std::vector<Real> weight, slope;                       // of each function: see pull_angular()
  std::vector<Real> along, x, y, z;                      // of each neighbour: g = along r + (x, y, z)
  std::vector<Real> vx, vy, vz, vr;                      // of each neighbour: v, v . r
  FlushToZero flush;

  Sums(const SymmetryFunctions &functions, std::int64_t species)
      : functions(functions), species(species), around(functions.r_c, species)
  {
    std::size_t most = functions.radial.size(), powers = 0;
    for (const auto &angular : functions.angular) {
      most = std::max(most, angular.functions.size());
      powers = std::max(powers, Angular::GIVEN + angular.products.size());
    }
    power.resize(powers);
    for (auto *array : {&total, &linear}) array->resize(most);
    for (auto *array : {&weight, &slope}) array->resize(most);
  }

  // Where the functions of a species, and of kind `kind` of a pair of species t <= u, start among the features.
  std::int64_t column(std::int64_t t) const { return t * static_cast<std::int64_t>(functions.radial.size()); }
  std::int64_t column(std::size_t kind, std::int64_t t, std::int64_t u) const
  {
    std::int64_t start = column(species);
    for (std::size_t k = 0; k < kind; ++k) start += species * (species + 1) / 2 * functions.angular[k].count();
    return start + (t * species - t * (t - 1) / 2 + u - t) * functions.angular[kind].count();
  }

  /// Where the k of neighbour j begin: each pair counts once.
  static std::int64_t first(const Segment &of_j, const Segment &of_k, std::int64_t j)
  {
    return of_j.species == of_k.species ? j + 1 : of_k.begin;
  }

  // Of the centre whose neighbours were gathered. g, gradient, dg: [D], of this centre; the others: of all pairs.

  HENRICI_INLINE void project_radial(Real *g);
  template <bool OPPOSITE> HENRICI_INLINE void project_angular(std::size_t kind, Real *g);

  /// Starts dE/dr of each neighbour, to which pull_angular() adds and which give() hands out.
  HENRICI_INLINE void pull_radial(const Real *gradient);
  template <bool OPPOSITE> HENRICI_INLINE void pull_angular(std::size_t kind, const Real *gradient);
  HENRICI_INLINE void give(Real *pair_gradient) const;

  /// take() comes before the other two.
  HENRICI_INLINE void take(const Real *v);
  HENRICI_INLINE void push_radial(Real *dg);
  template <bool OPPOSITE> HENRICI_INLINE void push_angular(std::size_t kind, Real *dg);
};

template <typename S>
HENRICI_INLINE void Sums<S>::project_radial(Real *g)
{
  const std::size_t count = functions.radial.size();
  for (const auto &segment : around.segments) {
    std::fill_n(total.begin(), count, V{});
    for (std::int64_t k = segment.begin; k < segment.end; k += S::LANES) {
      const RadialTerms<S> terms(around, k);
      for (std::size_t m = 0; m < count; ++m) total[m] += terms.value(functions.radial[m]);
    }
    for (std::size_t m = 0; m < count; ++m) g[column(segment.species) + m] = S::sum(total[m].lanes());
  }
}

template <typename S>
template <bool OPPOSITE>
HENRICI_INLINE void Sums<S>::project_angular(std::size_t kind, Real *g)
{
  const Angular &angular = functions.angular[kind];
  for (const auto &of_j : around.segments)
    for (const auto *of_k = &of_j; of_k != around.end(); ++of_k) {
      std::fill_n(total.begin(), angular.count(), V{});
      for (std::int64_t j = of_j.begin; j < of_j.end; ++j)
        for (std::int64_t k = first(of_j, *of_k, j); k < of_k->end; k += S::LANES) {
          const Triplets<S, OPPOSITE> t(around, j, k);
          t.powers(angular, power.data());
          const V twice = 2 * t.f_ij * t.f_ik * t.f_jk;
          for (const auto &width : angular.widths) {
            const V gauss = twice * S::exponential(-Real(width.eta) * t.rho);
            const V plus = gauss * power[Angular::PLUS].lanes(), minus = gauss * power[Angular::MINUS].lanes();
            for (int m = width.begin; m < width.minus; ++m) total[m] += plus * power[angular.functions[m].power].lanes();
            for (int m = width.minus; m < width.end; ++m) total[m] += minus * power[angular.functions[m].power].lanes();
          }
        }
      Real *const block = g + column(kind, of_j.species, of_k->species);
      for (std::int64_t m = 0; m < angular.count(); ++m) block[angular.functions[m].column] = S::sum(total[m].lanes());
    }
}

}  // namespace henrici::kernels
