// What kernels and engines hand to each other: some atoms and their neighbours. No torch here, and no LAMMPS.
#pragma once

#include <cstdint>

namespace henrici {

/// Centres of energies and all pairs that they have. Species are numbered by the engine (use_species() of a potential).
struct Block {
  std::int64_t centers;
  const std::int64_t *row;               // [centers + 1] from 0: the pairs of each centre
  const std::int64_t *species;           // [centers]
  const std::int64_t *neighbor_species;  // [E]
  const double *displacement;            // [E, 3] angstrom, r_neighbor - r_center
};

/// Centres in equal parts, for threads that all have as many of them.
struct Blocks {
  std::int64_t count, size;  // the last one may be smaller

  Blocks(std::int64_t centers, std::int64_t most, std::int64_t threads)
  {
    const auto parts = [](std::int64_t n, std::int64_t of) { return (n + of - 1) / of; };
    const std::int64_t rounds = parts(parts(centers, most), threads);
    size = rounds > 0 ? parts(centers, rounds * threads) : 1;
    count = parts(centers, size);
  }
};

}  // namespace henrici
