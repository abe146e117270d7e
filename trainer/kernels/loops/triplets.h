// A centre, one neighbour j of it, and several of its neighbours k at once: what angular symmetry functions depend on.
#pragma once

#include "neighborhood.h"
#include "symmetry_functions.h"

namespace henrici::kernels {

template <typename S, bool OPPOSITE> struct Triplets {
  using Real = typename S::Real;
  using V = typename S::Lanes;
  V x, y, z;                 // r_ik
  V dx, dy, dz;              // r_jk
  V across, cosine;          // 1 / (r_ij r_ik), cos theta
  V rho;                     // r_ij^2 + r_ik^2 [+ r_jk^2]
  V f_ij, f_ik, f_jk;        // f(r)
  V of_ij, of_ik, of_jk;     // f'(r) / r
  V per_ij, per_ik;          // 1 / r^2

  HENRICI_INLINE Triplets(const Neighborhood<S> &n, std::int64_t j, std::int64_t k)
      : x(S::load(&n.x[k])), y(S::load(&n.y[k])), z(S::load(&n.z[k]))
  {
    const V r = S::load(&n.r[k]), inverse = S::load(&n.inverse[k]);
    across = n.inverse[j] * inverse;
    cosine = (n.x[j] * x + n.y[j] * y + n.z[j] * z) * across;
    rho = n.r[j] * n.r[j] + r * r;
    f_ij = V{} + n.f[j], of_ij = V{} + n.slope[j], per_ij = V{} + n.inverse[j] * n.inverse[j];
    f_ik = S::load(&n.f[k]), of_ik = S::load(&n.slope[k]), per_ik = inverse * inverse;
    if constexpr (OPPOSITE) {
      dx = x - n.x[j], dy = y - n.y[j], dz = z - n.z[j];
      const V square = dx * dx + dy * dy + dz * dz + Neighborhood<S>::TINY;
      rho += square;
      cut<S>(S::root(square), n.r_c, f_jk, of_jk);
    } else {
      f_jk = V{} + 1;
      dx = dy = dz = of_jk = V{};
    }
  }

  /// All powers that the functions need. The h may not be less than 0, where rounding takes them.
  HENRICI_INLINE void powers(const AngularFunctions &functions, typename S::Stored *power) const
  {
    const V plus = Real(0.5) + Real(0.5) * cosine, minus = Real(0.5) - Real(0.5) * cosine;
    power[0] = V{} + 1;
    power[AngularFunctions::PLUS] = plus < 0 ? V{} : plus;
    power[AngularFunctions::MINUS] = minus < 0 ? V{} : minus;
    typename S::Stored *next = power + AngularFunctions::GIVEN;
    for (const auto &p : functions.products) {
      if (p.exponent == 0)
        *next++ = power[p.left].lanes() * power[p.right].lanes();
      else
        *next++ = S::raised(power[p.left].lanes(), p.exponent);
    }
  }
};

/// G2 of several neighbours at once, from k on, and their slopes g'(r) / r.
template <typename S> struct RadialTerms {
  using Real = typename S::Real;
  using V = typename S::Lanes;
  V r, inverse, f, of_f;

  HENRICI_INLINE RadialTerms(const Neighborhood<S> &n, std::int64_t k)
      : r(S::load(&n.r[k])), inverse(S::load(&n.inverse[k])), f(S::load(&n.f[k])), of_f(S::load(&n.slope[k]))
  {
  }
  HENRICI_INLINE V gauss(const SymmetryFunctions::Radial &g2) const
  {
    const V x = r - Real(g2.r_s);
    return S::exponential(-Real(g2.eta) * x * x);
  }
  HENRICI_INLINE V value(const SymmetryFunctions::Radial &g2) const { return gauss(g2) * f; }
  HENRICI_INLINE V slope(const SymmetryFunctions::Radial &g2) const
  {
    return gauss(g2) * (of_f - 2 * Real(g2.eta) * (r - Real(g2.r_s)) * f * inverse);
  }
};

}  // namespace henrici::kernels
