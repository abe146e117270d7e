#include "mesh.h"

#include <algorithm>
#include <cmath>

#include "turns.h"

namespace henrici::kinetic {
namespace {

/// Even numbers of cells, as many in each block as in others if there are more than a few.
std::vector<std::int64_t> edges(std::int64_t n, std::int64_t blocks)
{
  std::vector<std::int64_t> all;
  const std::int64_t pairs = (n + 1) / 2;
  for (std::int64_t b = 0; b < blocks; ++b) all.push_back(KINDS * (blocks <= FEW ? b * GROUP : pairs * b / blocks));
  all.push_back(n);
  return all;
}

bool is_mirrored(Copy copy) { return copy == Copy::mirrored_left || copy == Copy::mirrored_right; }

/// Whether a copy of the block `from` is the block `to`, or its mirror image beside it.
bool is_nearest(Copy copy, std::int64_t from, std::int64_t to, std::int64_t blocks)
{
  if (from != to) return false;
  return copy == Copy::own || (copy == Copy::mirrored_left && to == 0) || (copy == Copy::mirrored_right && to == blocks - 1);
}

std::vector<Tile> tiles(const Mesh &mesh)
{
  std::vector<Copy> copies{Copy::own};
  if (mesh.periodic) copies.insert(copies.end(), {Copy::turned_left, Copy::turned_right});
  if (mesh.mirror[0]) copies.push_back(Copy::mirrored_left);
  if (mesh.mirror[1]) copies.push_back(Copy::mirrored_right);
  std::vector<Tile> all;
  const auto add = [&](Copy copy, std::int64_t from, std::int64_t to) {
    const auto same = [&](const Tile &t) { return t.from == from && t.to == to && t.mirrored == is_mirrored(copy); };
    const auto known = std::find_if(all.begin(), all.end(), same);
    if (known != all.end()) known->copies.push_back(copy);
    else all.push_back({from, to, is_mirrored(copy), {copy}});
  };
  for (std::int64_t to = 0; to < KINDS * mesh.blocks; ++to)
    for (std::int64_t from = 0; from < KINDS * mesh.blocks; ++from)
      for (const Copy copy : copies) {
        const bool turned = copy == Copy::turned_left || copy == Copy::turned_right;
        const std::int64_t odd = (from + to + (is_mirrored(copy) ? 1 : turned ? mesh.n : 0)) % 2;  // cells that are 1, 3, .. away
        if (odd && (mesh.few() || is_nearest(copy, from / KINDS, to / KINDS, mesh.blocks))) add(copy, from, to);
      }
  return all;
}

}  // namespace

Mesh::Mesh(std::int64_t cells, End left, End right)
    : n(cells), blocks((cells + BLOCK_CELLS - 1) / BLOCK_CELLS), periodic(left == End::periodic),
      mirror{left == End::reflecting, right == End::reflecting}, begin(edges(n, blocks)), tiles(kinetic::tiles(*this)),
      sum(exponentials(2.0 * static_cast<double>(n)))
{
  if (few()) return;
  add_exponentials(), add_neighbours();
  if (periodic) along(*this, polynomials, turned);
}

void Mesh::add_exponentials()
{
  for (std::int64_t k = 0; k < KINDS; ++k)
    for (std::int64_t l = 0; l < GROUP; ++l)
      for (std::int64_t q = 0; q < sum.count; ++q) {
        const double way = sum.exponent[q] * static_cast<double>(2 * l + k + 0.5);
        from_left.push_back(std::exp(way)), from_right.push_back(std::exp(-way));
      }
  for (std::int64_t k = 0; k < KINDS; ++k)
    for (std::int64_t q = 0; q < sum.count; ++q)
      for (std::int64_t l = 0; l < GROUP; ++l) {
        const std::int64_t at = (k * GROUP + l) * sum.count + q;
        to_right.push_back(M_2_PI * sum.weight[q] * from_right[at]), to_left.push_back(M_2_PI * sum.weight[q] * from_left[at]);
      }
  for (std::int64_t b = 0; b < blocks; ++b)
    for (std::int64_t q = 0; q < sum.count; ++q)
      across.push_back(std::exp(-sum.exponent[q] * static_cast<double>(begin[b + 1] - begin[b])));
}

void Mesh::add_neighbours()
{
  for (std::int64_t away = LEAST; away < LEAST + 2 * BESIDE; away += 2)
    for (std::int64_t from = 0; from < GROUP; ++from)
      for (std::int64_t to = 0; to < GROUP; ++to) {
        const auto d = [&](std::int64_t lanes) { return static_cast<double>(away + 2 * lanes); };
        beside_right.push_back(M_2_PI / d(to - from)), beside_left.push_back(M_2_PI / d(from - to));
      }
}

}  // namespace henrici::kinetic
