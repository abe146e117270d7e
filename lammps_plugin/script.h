// What the TorchScript inside a model file may do.
#pragma once

#include <string>

namespace henrici {

/// The first thing in a script that is not arithmetic: an operator of torch that reaches outside the process, or one that
/// another library registered. Empty if there is none. trainer/archive.py reads scripts by the same rule.
std::string forbidden_in_script(const std::string &script);

}  // namespace henrici
