// The cells of a tube in blocks, those of each kind, even and odd, together: 8 of them are a vector.
#pragma once

#include <cstdint>
#include <vector>

#include "ends.h"
#include "exponentials.h"
#include "vectors.h"

namespace henrici::kinetic {

constexpr std::int64_t KINDS = 2;                    // of cells: even and odd
constexpr std::int64_t BLOCK_CELLS = KINDS * GROUP;  // at most
constexpr std::int64_t FEW = 8;                      // blocks, between which there are matrices; of more, each has 14 to 16 cells
constexpr std::int64_t LEAST = 13, BESIDE = 3;       // from the first cell of a kind of a block to that of the next: 13, 15 or 17
constexpr std::int64_t DEGREES = GROUP;              // of polynomials of the rest

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

  std::int64_t slots() const { return KINDS * GROUP * blocks; }  // cells, and what is left of blocks
  bool few() const { return blocks <= FEW; }

  std::int64_t n, blocks;
  bool periodic, mirror[2];
  std::vector<std::int64_t> begin;  // [blocks + 1] even numbers of cells, but the last
  std::vector<Tile> tiles;          // in the order in which they are needed

  // Where there are more than a few blocks; s: exponents.
  Exponentials sum;
  std::vector<double> from_left, from_right;      // [KINDS, GROUP, count] exp(+-s (p + 1/2)) of the cells p of a block
  std::vector<double> to_right, to_left;          // [KINDS, count, GROUP] and times the weight, for what goes to the right, to the left
  std::vector<double> across;                     // [blocks, count] exp(-s size)
  std::vector<double> beside_right, beside_left;  // [BESIDE, GROUP, GROUP] 2 / (pi d) to the next block on the right, on the left
  std::vector<double> polynomials, turned;        // [slots / GROUP, GROUP, DEGREES] of a periodic mesh, and [.., DEGREES, GROUP]

 private:
  void add_exponentials();
  void add_neighbours();
};

}  // namespace henrici::kinetic
