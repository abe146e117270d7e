#include "behler_parrinello.h"

#include "symmetry_derivatives.h"

namespace henrici::kernels {
namespace {

template <int BYTES, typename Real>
HENRICI_INLINE void project_all(const SymmetryFunctions &functions, const Pairs<Real> &pairs, std::int64_t species, Real *g)
{
  const std::int64_t size = functions.size(species);
  Sums<Simd<Real, BYTES>> sums(functions, species);
  std::fill(g, g + pairs.centers * size, Real(0));
  for (std::int64_t i = 0; i < pairs.centers; ++i, g += size) {
    sums.around.gather(pairs, i);
    sums.project_radial(g);
    for (std::size_t kind = 0; kind < functions.angular.size(); ++kind)
      functions.angular[kind].opposite ? sums.template project_angular<true>(kind, g)
                                       : sums.template project_angular<false>(kind, g);
  }
}

template <int BYTES, typename Real>
HENRICI_INLINE void pull_back_all(const SymmetryFunctions &functions, const Pairs<Real> &pairs, std::int64_t species,
                                  const Real *gradient, Real *pair_gradient)
{
  const std::int64_t size = functions.size(species);
  Sums<Simd<Real, BYTES>> sums(functions, species);
  for (std::int64_t i = 0; i < pairs.centers; ++i, gradient += size) {
    const std::int64_t *const row = pairs.row + pairs.order[i];
    std::fill(pair_gradient + 3 * row[0], pair_gradient + 3 * row[1], Real(0));
    sums.around.gather(pairs, i);
    sums.pull_radial(gradient);
    for (std::size_t kind = 0; kind < functions.angular.size(); ++kind)
      functions.angular[kind].opposite ? sums.template pull_angular<true>(kind, gradient)
                                       : sums.template pull_angular<false>(kind, gradient);
    sums.give(pair_gradient);
  }
}

template <int BYTES, typename Real>
HENRICI_INLINE void push_forward_all(const SymmetryFunctions &functions, const Pairs<Real> &pairs, std::int64_t species,
                                     const Real *v, Real *dg)
{
  const std::int64_t size = functions.size(species);
  Sums<Simd<Real, BYTES>> sums(functions, species);
  std::fill(dg, dg + pairs.centers * size, Real(0));
  for (std::int64_t i = 0; i < pairs.centers; ++i, dg += size) {
    sums.around.gather(pairs, i);
    sums.take(v);
    sums.push_radial(dg);
    for (std::size_t kind = 0; kind < functions.angular.size(); ++kind)
      functions.angular[kind].opposite ? sums.template push_angular<true>(kind, dg)
                                       : sums.template push_angular<false>(kind, dg);
  }
}

}  // namespace

// Vectors as wide as the registers of a kind of processor, and a version for each: wider ones would be taken apart badly.
#define HENRICI_VERSION(TARGET, BYTES, Real)                                                                              \
  TARGET void project(const SymmetryFunctions &f, const Pairs<Real> &pairs, std::int64_t species, Real *g)                \
  {                                                                                                                       \
    project_all<BYTES>(f, pairs, species, g);                                                                             \
  }                                                                                                                       \
  TARGET void pull_back(const SymmetryFunctions &f, const Pairs<Real> &pairs, std::int64_t species, const Real *gradient, \
                        Real *pair_gradient)                                                                              \
  {                                                                                                                       \
    pull_back_all<BYTES>(f, pairs, species, gradient, pair_gradient);                                                     \
  }                                                                                                                       \
  TARGET void push_forward(const SymmetryFunctions &f, const Pairs<Real> &pairs, std::int64_t species, const Real *v,     \
                           Real *dg)                                                                                      \
  {                                                                                                                       \
    push_forward_all<BYTES>(f, pairs, species, v, dg);                                                                    \
  }

namespace versions {
HENRICI_EACH(HENRICI_VERSION)
}  // namespace versions

// To the outside, one function for all processors.
#define HENRICI_KERNELS(Real)                                                                                             \
  void project(const SymmetryFunctions &f, const Pairs<Real> &pairs, std::int64_t species, Real *g)                       \
  {                                                                                                                       \
    versions::project(f, pairs, species, g);                                                                              \
  }                                                                                                                       \
  void pull_back(const SymmetryFunctions &f, const Pairs<Real> &pairs, std::int64_t species, const Real *gradient,        \
                 Real *pair_gradient)                                                                                     \
  {                                                                                                                       \
    versions::pull_back(f, pairs, species, gradient, pair_gradient);                                                      \
  }                                                                                                                       \
  void push_forward(const SymmetryFunctions &f, const Pairs<Real> &pairs, std::int64_t species, const Real *v, Real *dg)  \
  {                                                                                                                       \
    versions::push_forward(f, pairs, species, v, dg);                                                                     \
  }

HENRICI_KERNELS(float)
HENRICI_KERNELS(double)

}  // namespace henrici::kernels
