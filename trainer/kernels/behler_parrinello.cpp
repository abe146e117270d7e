#include "behler_parrinello.h"

#include "triplets.h"

namespace henrici::kernels {
namespace {

/// What a thread works with, one centre after the other: memory grows with the neighbours of one.
template <typename S> struct Workspace {
  using Real = typename S::Real;
  using V = typename S::Lanes;
  using Angular = AngularFunctions;
  using Segment = typename Neighborhood<S>::Segment;

  const SymmetryFunctions &functions;
  const std::int64_t species;
  Neighborhood<S> around;
  std::vector<typename S::Stored> power, total, linear;  // total: of each function; linear: see push_angular
  std::vector<Real> weight, slope;                 // of each function
  std::vector<Real> along, x, y, z;                // of each neighbour: g = along r + (x, y, z)
  std::vector<Real> vx, vy, vz, vr;                // of each neighbour: v, v . r
  FlushToZero flush;

  Workspace(const SymmetryFunctions &functions, std::int64_t species)
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

  HENRICI_INLINE void project_radial(Real *g)
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

  template <bool OPPOSITE> HENRICI_INLINE void project_angular(std::size_t kind, Real *g)
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

  HENRICI_INLINE void pull_radial(const Real *gradient)
  {
    for (auto *array : {&along, &x, &y, &z}) array->assign(around.size + S::LANES, 0);
    for (const auto &segment : around.segments)
      for (std::int64_t k = segment.begin; k < segment.end; k += S::LANES) {
        const RadialTerms<S> terms(around, k);
        V own{};
        for (std::size_t m = 0; m < functions.radial.size(); ++m)
          own += gradient[column(segment.species) + m] * terms.slope(functions.radial[m]);
        S::store(&along[k], own);
      }
  }

  /// With w = dE/dG, E_a = exp(-eta_a rho) of a width and f = f(r_ij) f(r_ik) f(r_jk), the sum over a triplet's functions
  ///     sum_m w_m G_m = f sum_a E_a S_a,  S_a = sum_m 2 w_m h^zeta_m,  dS_a/dcos = sum_m w_m lambda_m zeta_m h^(zeta_m - 1)
  template <bool OPPOSITE> HENRICI_INLINE void pull_angular(std::size_t kind, const Real *gradient)
  {
    const Angular &angular = functions.angular[kind];
    for (const auto &of_j : around.segments)
      for (const auto *of_k = &of_j; of_k != around.end(); ++of_k) {
        const Real *const block = gradient + column(kind, of_j.species, of_k->species);
        for (std::int64_t m = 0; m < angular.count(); ++m) {
          weight[m] = 2 * block[angular.functions[m].column];
          slope[m] = block[angular.functions[m].column] * Real(angular.functions[m].slope);
        }
        for (std::int64_t j = of_j.begin; j < of_j.end; ++j) {
          V along_j{}, x_j{}, y_j{}, z_j{};
          for (std::int64_t k = first(of_j, *of_k, j); k < of_k->end; k += S::LANES) {
            const Triplets<S, OPPOSITE> t(around, j, k);
            t.powers(angular, power.data());
            V value{}, of_rho{}, of_cosine{};  // but for the f
            for (const auto &width : angular.widths) {
              V plus{}, minus{}, turn{};
              for (int m = width.begin; m < width.minus; ++m) {
                const V q = power[angular.functions[m].power].lanes();
                plus += weight[m] * q, turn += slope[m] * q;
              }
              for (int m = width.minus; m < width.end; ++m) {
                const V q = power[angular.functions[m].power].lanes();
                minus += weight[m] * q, turn += slope[m] * q;
              }
              const Real eta = width.eta;
              const V gauss = S::exponential(-eta * t.rho);
              const V term = gauss * (plus * power[Angular::PLUS].lanes() + minus * power[Angular::MINUS].lanes());
              value += term, of_rho -= eta * term, of_cosine += gauss * turn;
            }
            // derivatives with respect to r_ij, r_ik and r_jk, over r; then those of the cosine
            const V f = t.f_ij * t.f_ik * t.f_jk, stretch = 2 * f * of_rho, bend = f * of_cosine;
            const V of_jk = OPPOSITE ? t.f_ij * t.f_ik * t.of_jk * value + stretch : V{};
            const V of_ij = t.of_ij * t.f_ik * t.f_jk * value + stretch - bend * t.cosine * t.per_ij + of_jk;
            const V of_ik = t.f_ij * t.of_ik * t.f_jk * value + stretch - bend * t.cosine * t.per_ik + of_jk;
            const V cross = bend * t.across - of_jk;
            along_j += of_ij, x_j += cross * t.x, y_j += cross * t.y, z_j += cross * t.z;
            S::add(&along[k], of_ik);
            S::add(&x[k], cross * around.x[j]);
            S::add(&y[k], cross * around.y[j]);
            S::add(&z[k], cross * around.z[j]);
          }
          along[j] += S::sum(along_j), x[j] += S::sum(x_j), y[j] += S::sum(y_j), z[j] += S::sum(z_j);
        }
      }
  }

  HENRICI_INLINE void give(Real *pair_gradient) const
  {
    for (const auto &segment : around.segments)
      for (std::int64_t k = segment.begin; k < segment.end; ++k) {
        Real *const g = pair_gradient + 3 * around.pair[k];
        g[0] = along[k] * around.x[k] + x[k];
        g[1] = along[k] * around.y[k] + y[k];
        g[2] = along[k] * around.z[k] + z[k];
      }
  }

  HENRICI_INLINE void take(const Real *v)
  {
    for (auto *array : {&vx, &vy, &vz, &vr}) array->assign(around.size + S::LANES, 0);
    for (const auto &segment : around.segments)
      for (std::int64_t k = segment.begin; k < segment.end; ++k) {
        const Real *const of_pair = v + 3 * around.pair[k];
        vx[k] = of_pair[0], vy[k] = of_pair[1], vz[k] = of_pair[2];
        vr[k] = vx[k] * around.x[k] + vy[k] * around.y[k] + vz[k] * around.z[k];
      }
  }

  HENRICI_INLINE void push_radial(Real *dg)
  {
    const std::size_t count = functions.radial.size();
    for (const auto &segment : around.segments) {
      std::fill_n(total.begin(), count, V{});
      for (std::int64_t k = segment.begin; k < segment.end; k += S::LANES) {
        const RadialTerms<S> terms(around, k);
        const V moved = S::load(&vr[k]);
        for (std::size_t m = 0; m < count; ++m) total[m] += moved * terms.slope(functions.radial[m]);
      }
      for (std::size_t m = 0; m < count; ++m) dg[column(segment.species) + m] = S::sum(total[m].lanes());
    }
  }

  /// G_m = f E 2 h^zeta, dG_m = h^(zeta - 1) (2 h d(f E) + lambda zeta f E dcos): the two sums over triplets are `total`,
  /// `linear` without the lambda zeta.
  template <bool OPPOSITE> HENRICI_INLINE void push_angular(std::size_t kind, Real *dg)
  {
    const Angular &angular = functions.angular[kind];
    for (const auto &of_j : around.segments)
      for (const auto *of_k = &of_j; of_k != around.end(); ++of_k) {
        for (auto *array : {&total, &linear}) std::fill_n(array->begin(), angular.count(), V{});
        for (std::int64_t j = of_j.begin; j < of_j.end; ++j)
          for (std::int64_t k = first(of_j, *of_k, j); k < of_k->end; k += S::LANES) {
            const Triplets<S, OPPOSITE> t(around, j, k);
            t.powers(angular, power.data());
            const V v_x = S::load(&vx[k]), v_y = S::load(&vy[k]), v_z = S::load(&vz[k]), of_ik = S::load(&vr[k]);  // r dr
            const Real of_ij = vr[j];
            const V of_jk = OPPOSITE ? t.dx * (v_x - vx[j]) + t.dy * (v_y - vy[j]) + t.dz * (v_z - vz[j]) : V{};
            const V cross = around.x[j] * v_x + around.y[j] * v_y + around.z[j] * v_z + t.x * vx[j] + t.y * vy[j] + t.z * vz[j];
            const V turned = cross * t.across - t.cosine * (of_ij * t.per_ij + of_ik * t.per_ik);
            const V f = t.f_ij * t.f_ik * t.f_jk, stretched = 2 * f * (of_ij + of_ik + of_jk);
            const V faded = t.of_ij * t.f_ik * t.f_jk * of_ij + t.f_ij * t.of_ik * t.f_jk * of_ik +
                            t.f_ij * t.f_ik * t.of_jk * of_jk;
            for (const auto &width : angular.widths) {
              const Real eta = width.eta;
              const V gauss = S::exponential(-eta * t.rho), moved = 2 * gauss * (faded - eta * stretched);
              const V plus = moved * power[Angular::PLUS].lanes(), minus = moved * power[Angular::MINUS].lanes();
              const V turn = gauss * f * turned;
              for (int m = width.begin; m < width.minus; ++m) {
                const V q = power[angular.functions[m].power].lanes();
                total[m] += plus * q, linear[m] += turn * q;
              }
              for (int m = width.minus; m < width.end; ++m) {
                const V q = power[angular.functions[m].power].lanes();
                total[m] += minus * q, linear[m] += turn * q;
              }
            }
          }
        Real *const block = dg + column(kind, of_j.species, of_k->species);
        for (std::int64_t m = 0; m < angular.count(); ++m) {
          const auto &function = angular.functions[m];
          block[function.column] = S::sum(total[m].lanes()) + Real(function.slope) * S::sum(linear[m].lanes());
        }
      }
  }
};

template <int BYTES, typename Real>
HENRICI_INLINE void project_all(const SymmetryFunctions &functions, const Pairs<Real> &pairs, std::int64_t species, Real *g)
{
  const std::int64_t size = functions.size(species);
  Workspace<Simd<Real, BYTES>> work(functions, species);
  std::fill(g, g + pairs.centers * size, Real(0));
  for (std::int64_t i = 0; i < pairs.centers; ++i, g += size) {
    work.around.gather(pairs, i);
    work.project_radial(g);
    for (std::size_t kind = 0; kind < functions.angular.size(); ++kind)
      functions.angular[kind].opposite ? work.template project_angular<true>(kind, g)
                                       : work.template project_angular<false>(kind, g);
  }
}

template <int BYTES, typename Real>
HENRICI_INLINE void pull_back_all(const SymmetryFunctions &functions, const Pairs<Real> &pairs, std::int64_t species,
                                  const Real *gradient, Real *pair_gradient)
{
  const std::int64_t size = functions.size(species);
  Workspace<Simd<Real, BYTES>> work(functions, species);
  for (std::int64_t i = 0; i < pairs.centers; ++i, gradient += size) {
    const std::int64_t *const row = pairs.row + pairs.order[i];
    std::fill(pair_gradient + 3 * row[0], pair_gradient + 3 * row[1], Real(0));
    work.around.gather(pairs, i);
    work.pull_radial(gradient);
    for (std::size_t kind = 0; kind < functions.angular.size(); ++kind)
      functions.angular[kind].opposite ? work.template pull_angular<true>(kind, gradient)
                                       : work.template pull_angular<false>(kind, gradient);
    work.give(pair_gradient);
  }
}

template <int BYTES, typename Real>
HENRICI_INLINE void push_forward_all(const SymmetryFunctions &functions, const Pairs<Real> &pairs, std::int64_t species,
                                     const Real *v, Real *dg)
{
  const std::int64_t size = functions.size(species);
  Workspace<Simd<Real, BYTES>> work(functions, species);
  std::fill(dg, dg + pairs.centers * size, Real(0));
  for (std::int64_t i = 0; i < pairs.centers; ++i, dg += size) {
    work.around.gather(pairs, i);
    work.take(v);
    work.push_radial(dg);
    for (std::size_t kind = 0; kind < functions.angular.size(); ++kind)
      functions.angular[kind].opposite ? work.template push_angular<true>(kind, dg)
                                       : work.template push_angular<false>(kind, dg);
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
#ifdef HENRICI_TARGET
HENRICI_VERSION(HENRICI_TARGET("arch=x86-64-v4"), 64, float)
HENRICI_VERSION(HENRICI_TARGET("arch=x86-64-v3"), 32, float)
HENRICI_VERSION(HENRICI_TARGET("default"), 16, float)
HENRICI_VERSION(HENRICI_TARGET("arch=x86-64-v4"), 64, double)
HENRICI_VERSION(HENRICI_TARGET("arch=x86-64-v3"), 32, double)
HENRICI_VERSION(HENRICI_TARGET("default"), 16, double)
#else
HENRICI_VERSION(, 16, float)
HENRICI_VERSION(, 16, double)
#endif
}  // namespace versions

void project(const SymmetryFunctions &functions, const Pairs<float> &pairs, std::int64_t species, float *g)
{
  versions::project(functions, pairs, species, g);
}
void pull_back(const SymmetryFunctions &functions, const Pairs<float> &pairs, std::int64_t species, const float *gradient,
               float *pair_gradient)
{
  versions::pull_back(functions, pairs, species, gradient, pair_gradient);
}
void push_forward(const SymmetryFunctions &functions, const Pairs<float> &pairs, std::int64_t species, const float *v,
                  float *dg)
{
  versions::push_forward(functions, pairs, species, v, dg);
}

void project(const SymmetryFunctions &functions, const Pairs<double> &pairs, std::int64_t species, double *g)
{
  versions::project(functions, pairs, species, g);
}
void pull_back(const SymmetryFunctions &functions, const Pairs<double> &pairs, std::int64_t species, const double *gradient,
               double *pair_gradient)
{
  versions::pull_back(functions, pairs, species, gradient, pair_gradient);
}
void push_forward(const SymmetryFunctions &functions, const Pairs<double> &pairs, std::int64_t species, const double *v,
                  double *dg)
{
  versions::push_forward(functions, pairs, species, v, dg);
}

}  // namespace henrici::kernels
