// A model file from the side of torch: the archive is checked, and its script compiled.
#pragma once

#include <torch/script.h>

#include <exception>
#include <string>
#include <vector>

#include "metadata.h"

namespace henrici {

struct TorchFile {
  Metadata metadata;
  torch::jit::Module script;  // ready to be evaluated: in eval mode, its weights not differentiated
  bool takes_parameters;      // forward() has the fifth argument
};

/// Takes the bytes of the file. Throws std::runtime_error (one line, made to follow the file's name) for what cannot be used.
TorchFile read_torch_file(std::vector<char> archive);

/// The one line of a torch error that says what happened.
std::string one_line(const std::exception &error);

}  // namespace henrici
