// Slopes as molecules bring them: K of kinetic/moments/flights.py, in a time that is proportional to the number of cells.
//
// What comes from the same block is a product with matrices, of 8 x 8 cells; of what comes from the next ones all but 1 / distance is as
// far as the edge between them, and then from there on. What comes from further away is a sum of exponentials of the distance, too, each
// of which is known at the next block's edge from what it is at this one's.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh.h"

namespace henrici::kinetic {

constexpr std::int64_t RATES = 2;  // of E; the first one is that of K, too

/// How one flow dims what flies in it.
struct Dimmed {
  std::vector<double> tiles;       // [tiles, GROUP, GROUP]
  std::vector<double> rise, fall;  // [slots] exp(-tau) from a cell to its block's right edge, and from its left edge
  std::vector<double> across;      // [blocks, count] times exp(-tau) of the block
  double rest;                     // of turns beyond the first
};

/// free: [n] alpha tau across each cell.
Dimmed dimmed(const Mesh &, const double *free);

/// y = K x for x of this parity in a reflection. x, y: [slots]; work: `room` numbers.
void fly(const Mesh &, const Dimmed &, double parity, const double *x, double *y, double *work);
std::int64_t room(const Mesh &);

}  // namespace henrici::kinetic
