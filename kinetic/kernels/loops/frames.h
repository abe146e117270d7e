// Slopes of Hermite's moments as the gas around sees them: kinetic/moments/frames.py and flights.py.
#pragma once

#include <cstdint>

#include "flights.h"

namespace henrici::kinetic {

/// gamma_(M+1) as a sum of flights.
struct Closing {
  std::int64_t order;  // M
  const double *c;     // of K gamma_k where M - k is even, then of E gamma_k where it is odd, k = 2 .. M
};

constexpr std::int64_t FLIGHTS = 1 + RATES;  // that there are of sums of gamma_k

/// A gas and its slopes at n cells. around: density, momentum and energy, and excess: E of them [3, length]; gas: [3, n] rho, u, theta;
/// g: [M + 1, n]; scale: [n] rho theta^((M+1)/2).
struct Slopes {
  std::int64_t cells, length;
  const double *around, *excess, *gas, *g, *scale;
};

/// What flies [FLIGHTS, length], 0 beyond n to the end of a vector; g_(M+1) where gamma_(M+1) is 0, times -1; and what brings flights to
/// g_(M+1).
struct Sight {
  double *flying, *moved, *back;
};

constexpr double STREAMS = 1.0 / 3;  // of their energy counts for the gas around

/// around = rho, rho u, rho (theta + STREAMS u^2): [3, length], 0 beyond n to the end of a vector.
void gather(std::int64_t n, std::int64_t length, const double *gas, double *around);

void see(const Closing &, const Slopes &, const Sight &);

/// out = back found - moved: [n]
void come_back(std::int64_t n, const double *found, const double *back, const double *moved, double *out);

}  // namespace henrici::kinetic
