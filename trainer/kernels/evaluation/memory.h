// Whether the tensors of a model lie within the memory that their file gave them.
#pragma once

#include <torch/script.h>

namespace henrici {

/// torch takes a tensor's size, strides and storage from the file without comparing them: a damaged or hostile one would be
/// read beyond its end when it is used. Throws c10::Error (one line) for such a tensor. All on the CPU, as they were loaded.
void check_memory(const torch::jit::Module &script);

}  // namespace henrici
