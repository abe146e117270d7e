// Closures of linear waves, and learned ones as their files have them: kinetic/closure/hermite/network.py and kinetic/closure/symmetric.py.
#pragma once

#include <cstdint>

namespace henrici::kinetic {

/// Two hidden layers, or none where the width is 0: weight and bias of each layer.
struct Network {
  std::int64_t inputs, width, outputs;
  const double *weight[3], *bias[3];
};

/// What closures see of one flow, in rows of `cells` numbers; n = M - 2.
struct Seen {
  std::int64_t cells;
  const double *b;      // [n]
  const double *g;      // [M + 1]
  const double *arrived;  // [n] K g_k; of Hermite moments [1] what closures begin with: surroundings.h
  const double *excess;   // [2, n] E g_k, of projections
  const double *path;   // [1]
};

/// h_3 .. h_M of a projection, linear in flights.
struct Waves {
  std::int64_t answers, arrived, excess;  // how many rows of each
  const double *coefficients;         // [answers, arrived + excess]
};

/// g_(M+1) of Hermite moments.
struct HermiteClosure {
  std::int64_t order;  // M
  double small;
  Network speeds;
  const double *linear;     // [F] of flights
  const double *first;      // [1]
  const double *gaps;       // [M]
  const double *factorial;  // [M + 1]
  const double *scale;      // [n]
  const double *limit;      // [n]
};

/// h_3 .. h_M of a projection.
struct SymmetricClosure {
  std::int64_t order, alike_count, unlike_count;
  const double *parity;  // [n]
  double small, tiny, most, change;
  Network network;
  const double *damping;    // [alike_count]
  const double *shifting;   // [2, unlike_count]
  const double *alike;      // [n^2, alike_count]
  const double *unlike;     // [n^2, unlike_count]
  const double *symmetric;  // [n^2, alike_count]
  const double *scale;      // [n]
  const double *limit;      // [n]
};

/// h: [1 or n] rows. Answers in how many cells b was beyond what was trained.
std::int64_t evaluate(const Waves &, const Seen &, double *h);
std::int64_t evaluate(const HermiteClosure &, const Seen &, double *h);
std::int64_t evaluate(const SymmetricClosure &, const Seen &, double *h);

}  // namespace henrici::kinetic
