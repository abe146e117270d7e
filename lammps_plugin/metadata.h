// henrici.json, the metadata inside a model file.
#pragma once

#include <string>
#include <vector>

namespace henrici {

/// The entries that an engine needs.
struct Metadata {
  std::vector<std::string> species;  // forward()'s species are indices into this
  double cutoff;                     // angstrom
  int reach;                         // cutoffs between an atom and the farthest one that its energy depends on
  std::string dtype;                 // float32 or float64: what the model computes in; it takes and gives float64
  std::vector<std::string> parameters;  // names of what forward() takes besides, a number for each centre
};

/// Throws std::runtime_error (one line) for what this version does not understand.
Metadata read_metadata(const std::string &json);

}  // namespace henrici
