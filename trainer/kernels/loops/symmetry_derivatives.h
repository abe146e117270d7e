// Derivatives of the sums: from dE/dG to the pairs, and from the pairs to dG.
#pragma once

#include "symmetry_sums.h"

namespace henrici::kernels {

template <typename S>
HENRICI_INLINE void Sums<S>::pull_radial(const Real *gradient)
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
template <typename S>
template <bool OPPOSITE>
HENRICI_INLINE void Sums<S>::pull_angular(std::size_t kind, const Real *gradient)
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

template <typename S>
HENRICI_INLINE void Sums<S>::give(Real *pair_gradient) const
{
  for (const auto &segment : around.segments)
    for (std::int64_t k = segment.begin; k < segment.end; ++k) {
      Real *const g = pair_gradient + 3 * around.pair[k];
      g[0] = along[k] * around.x[k] + x[k];
      g[1] = along[k] * around.y[k] + y[k];
      g[2] = along[k] * around.z[k] + z[k];
    }
}

template <typename S>
HENRICI_INLINE void Sums<S>::take(const Real *v)
{
  for (auto *array : {&vx, &vy, &vz, &vr}) array->assign(around.size + S::LANES, 0);
  for (const auto &segment : around.segments)
    for (std::int64_t k = segment.begin; k < segment.end; ++k) {
      const Real *const of_pair = v + 3 * around.pair[k];
      vx[k] = of_pair[0], vy[k] = of_pair[1], vz[k] = of_pair[2];
      vr[k] = vx[k] * around.x[k] + vy[k] * around.y[k] + vz[k] * around.z[k];
    }
}

template <typename S>
HENRICI_INLINE void Sums<S>::push_radial(Real *dg)
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

/// G_m = f E 2 h^zeta, dG_m = h^(zeta - 1) (2 h d(f E) + lambda zeta f E dcos): `total` and lambda zeta times `linear`.
template <typename S>
template <bool OPPOSITE>
HENRICI_INLINE void Sums<S>::push_angular(std::size_t kind, Real *dg)
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
          const V cross = around.x[j] * v_x + around.y[j] * v_y + around.z[j] * v_z +
                          t.x * vx[j] + t.y * vy[j] + t.z * vz[j];
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

}  // namespace henrici::kernels
