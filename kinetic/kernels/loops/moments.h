// Moment systems (kinetic/moments/): all that a step needs of one flow, but for what closures learned.
#pragma once

#include <cstdint>

#include "ends.h"

namespace henrici::kinetic {

constexpr std::int64_t MOST = 25;  // moments

/// What is lost where a density or a temperature is not positive, or moments are not finite.
enum class Lost : std::int64_t { nothing = 0, density = 1, temperature = 2, moments = 3 };

/// Hermite's moments m_0 .. m_M: kinetic/moments/hermite.py and classical.py.
struct Hermite {
  static constexpr double dimension = 1;
  static constexpr bool chained = true;  // whether the flux of each moment but the last is the next moment
  std::int64_t order;         // M
  const double *polynomials;  // [M + 1, M + 1] He_k = sum_j polynomials[k, j] xi^j
  const double *power;        // [M + 1] xi^(M+1) = He_(M+1) + sum_k power[k] He_k
  bool regularised;           // whether the last equation has a slope that the closure says
  double conduction;          // a_(M+1) = -conduction eps d_x theta / sqrt(theta)
  const double *forms[2];     // [M - 2, degrees, degrees] of kinetic/moments/realizability.py
  std::int64_t degrees[2];
  double most[MOST];          // [M - 2] the largest norm of what one a_k adds
  double least;               // what their eigenvalues may be, < 0
};

/// Moments by projection, in D velocity dimensions: kinetic/moments/projection.py. Collisions are d_t b = -nu / eps R b, with R =
/// V^T diag(rates) V and nu = stress rho^density theta^temperature.
struct Projection {
  static constexpr bool chained = false;
  std::int64_t order;    // M
  const double *couple;  // [M + 1, M + 1] X
  const double *of_b;    // [4, M - 2, M + 1] rows 3 .. M of A, B, 1 - X A, (X - X B) / 2
  const double *rates;   // [M - 2]
  const double *modes;   // [M - 2, M - 2] V
  const double *back;    // [M - 2, M - 2] V^T
  double dimension, stress, density, temperature;
};

/// One flow of n cells.
struct Flow {
  std::int64_t cells;
  double dx, fastest;
  const double *m;                       // [M + 1, n]
  End left_end, right_end;
  const double *parity;                  // [M + 1] of moments in a reflection
  const double *left, *right;            // [M + 1, 6] cells beyond walls that molecules come from; nullptr: the gas goes on as it is
  const double *left_flux, *right_flux;  // [M + 1] through walls, where it is known, or nullptr
  const double *eps;                     // [n + 6]
};

/// What is known of the flow at its cells, and asked for by closures.
struct Rates {
  double *rate;   // [M + 1, n] d_t m_k without collisions and without the closure's part; this and others: nullptr where nobody asks
  double *b;      // [M - 2, n] a_3 .. a_M
  double *g;      // [M + 1, n] g_0 .. g_M
  double *path;   // [n] eps sqrt(theta) / nu
  double *gas;    // [3, n] rho, u, theta
  double *scale;  // [n] what the closure's part is multiplied by
};

/// How many numbers `rates` works on.
std::int64_t room(std::int64_t order, std::int64_t cells);

Lost rates(const Hermite &, const Flow &, double *work, const Rates &);
Lost rates(const Projection &, const Flow &, double *work, const Rates &);

/// In how many cells the moments were drawn towards equilibrium.
struct Relaxed {
  Lost lost;
  std::int64_t drawn;
};

/// Collisions for the time dt, implicit: moments from 3 on move towards those of a Maxwellian, which are 0 in a projection; and
/// further where no gas has them. m, z: [M + 1, n], eps: [n].
Relaxed relax(const Hermite &, std::int64_t n, const double *m, const double *eps, double dt, double *z);
Relaxed relax(const Projection &, std::int64_t n, const double *m, const double *eps, double dt, double *z);

/// The largest |u| + fastest sqrt(theta), and the largest eps theta.
struct Signal {
  double speed, diffusion;
  Lost lost;
};
Signal signal(double dimension, std::int64_t n, double fastest, const double *m, const double *eps);

}  // namespace henrici::kinetic
