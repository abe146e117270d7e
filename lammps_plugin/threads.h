// What one thread works on and adds up in a step of pair_style henrici.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "../trainer/kernels/block.h"

namespace henrici {

/// Some centres and their pairs within the cutoff, in the model's units, and what the models answer. Kept for the whole run;
/// longer than E where it says so, since it never shrinks.
struct Neighborhood {
  std::vector<std::int64_t> row, species;        // [centers + 1], [centers]
  std::vector<std::int64_t> neighbor_species;    // [>= E]
  std::vector<int> neighbor;                     // [>= E] LAMMPS's index
  std::vector<double> displacement;              // [>= 3 E] angstrom
  std::vector<double> energy;                    // [centers] eV

  Block block() const
  {
    return {static_cast<std::int64_t>(species.size()), row.data(), species.data(), neighbor_species.data(), displacement.data()};
  }

  void reserve(std::int64_t pairs)
  {
    if (static_cast<std::int64_t>(neighbor.size()) > pairs) return;
    pairs += pairs / 10 + 1;  // one tenth more than asked, so that it soon stops growing
    neighbor.resize(pairs);
    neighbor_species.resize(pairs);
    displacement.resize(3 * pairs);
  }
};

/// A sum over atoms that several threads add to: the first one where the sum belongs, the others in memory of their own, since
/// their pairs share atoms.
class SharedSum {
 public:
  /// Of this thread; size 0: nothing is added.
  void begin(int thread, double *sum, std::size_t size)
  {
    if (thread == 0) {
      at_ = sum;
      return;
    }
    own_.assign(size, 0.0);
    at_ = own_.data();
  }

  double *get() const { return at_; }
  double bytes() const { return static_cast<double>(own_.capacity() * sizeof(double)); }

  /// sum += this thread's
  void add_to(double *sum) const
  {
    for (std::size_t k = 0; k < own_.size(); ++k) sum[k] += own_[k];
  }

 private:
  std::vector<double> own_;
  double *at_ = nullptr;
};

struct Thread {
  Neighborhood near;
  SharedSum forces, virials, centroid_virials;          // [nlocal + nghost, 3 or 6 or 9] in the script's units
  SharedSum model_forces;                               // [nlocal + nghost, M, 3] eV/angstrom
  double energy = 0.0;                                  // in the script's units
  std::array<double, 6> virial{};
};

}  // namespace henrici
