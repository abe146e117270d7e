// Slopes as molecules bring them: kinetic/moments/flights.py. The product K x of one row of n cells takes a time that is proportional to n.
//
// Cells are taken in blocks, those of each kind, even and odd, together: 8 of them are a vector. What comes from the same block is a
// product with matrices, of 8 x 8 cells; of what comes from the next ones all but 1 / distance is as far as the edge between them, and
// then from there on. What comes from further away is a sum of exponentials of the distance, too, each of which is known at the next
// block's edge from what it is at this one's.
#pragma once

#include <cstdint>
#include <vector>

#include "ends.h"
#include "exponentials.h"
#include "vectors.h"

namespace henrici::kinetic {

constexpr std::int64_t RATES = 2;                  // of flights
constexpr std::int64_t KINDS = 2;                  // of cells: even and odd
constexpr std::int64_t BLOCK_CELLS = KINDS * LANES;  // at most
constexpr std::int64_t FEW = 8;                   // blocks, of which all are near to each other
constexpr std::int64_t DEGREES = LANES;            // of polynomials of the rest
constexpr std::int64_t LEAST = 11, BESIDE = 4;     // cells between the first ones of a kind of neighbours: 11, 13, 15 or 17

/// Where the cells of a tube are once more: to the left and to the right of it, turned or mirrored.
enum class Copy { own, turned_left, turned_right, mirrored_left, mirrored_right };

/// What cells of one kind of a block are to those of one of another.
struct Tile {
  std::int64_t from, to;  // kinds of blocks, KINDS for each block
  bool mirrored;          // whether by reflecting walls
  std::vector<Copy> copies;
};

/// What all flows between the same ends, of n cells each, have in common.
struct Mesh {
  Mesh(std::int64_t cells, End left, End right);

  std::int64_t slots() const { return KINDS * LANES * blocks; }  // cells, and what is left of blocks
  bool few() const { return blocks <= FEW; }

  std::int64_t n, blocks;
  bool periodic, mirror[2];
  std::vector<std::int64_t> begin;  // [blocks + 1] even numbers of cells, but the last
  std::vector<Tile> tiles;          // in the order in which they are needed
  Exponentials sum;
  std::vector<double> from_left, from_right;  // [KINDS, LANES, count] exp(+-s (p + 1/2)) of the cells p of a block
  std::vector<double> to_right, to_left;      // [KINDS, count, LANES] and times the weight, for what goes to the right, to the left
  std::vector<double> across;                 // [blocks, count] exp(-s size)
  std::vector<double> beside_right, beside_left;  // [BESIDE, LANES, LANES] 2 / (pi d) from the next block
  std::vector<double> polynomials, turned;    // [slots / LANES, LANES, DEGREES] of a periodic mesh, and [.., DEGREES, LANES]
};

/// How one flow dims what flies in it.
struct Dimmed {
  std::vector<double> tiles;       // [tiles, LANES, LANES]
  std::vector<double> rise, fall;  // [slots] exp(-tau) from a cell to its block's right edge, and from its left edge
  std::vector<double> across;      // [blocks, count] times exp(-tau) of the block
  double rest;                     // of turns beyond the first
};

/// free: [n] alpha tau across each cell.
Dimmed dimmed(const Mesh &, const double *free);

/// y = K x for x of this parity in a reflection. x, y: [slots]; work: `room` numbers.
void fly(const Mesh &, const Dimmed &, double parity, const double *x, double *y, double *work);
std::int64_t room(const Mesh &);

/// out = over_weight sum_k (weight g_k) m_k: [n] of g [rows, n] and matrices [n, rows, whole(n)], n <= MOST_TOGETHER.
constexpr std::int64_t MOST_TOGETHER = 4 * LANES;
void together(std::int64_t n, std::int64_t rows, const double *matrices, const double *weight, const double *over_weight, const double *g,
              double *out);

/// cells = weight sum_k c_k g_k, k = last, last - 2, .. c: [last + 1], g: [last + 1, n], cells: [whole(n)], 0 beyond n
void weigh(std::int64_t n, std::int64_t last, const double *c, const double *weight, const double *g, double *cells);

/// Cells where they are in blocks; and back, to cells and as many numbers more as a block has.
void sort(const Mesh &, const double *cells, double *slots);
void unsort(const Mesh &, const double *slots, double *cells);

/// out = factor sum of rows: [n] of [count, whole(n)]
void unweigh(std::int64_t n, std::int64_t count, const double *rows, const double *factor, double *out);

}  // namespace henrici::kinetic
