#include "memory.h"

#include <malloc.h>

namespace henrici {
namespace {

/// The last byte that the tensor reaches, or a number that no memory has.
__int128 extent(const at::Tensor &tensor)
{
  __int128 last = tensor.storage_offset();
  for (std::int64_t d = 0; d < tensor.dim(); ++d) {
    if (tensor.size(d) == 0) return 0;
    if (tensor.size(d) < 0 || tensor.stride(d) < 0) return INT64_MAX;
    last += static_cast<__int128>(tensor.size(d) - 1) * tensor.stride(d);
  }
  return (last + 1) * static_cast<__int128>(tensor.itemsize());
}

void check(const at::Tensor &tensor)
{
  if (!tensor.defined()) return;
  TORCH_CHECK(tensor.layout() == at::kStrided && tensor.device().is_cpu() && !tensor.is_quantized(),
              "a tensor that is not a plain array of numbers");
  const auto &storage = tensor.storage();
  // What was allocated, which is what the file's member held; what the tensor claims was read elsewhere in the file.
  const std::size_t held = storage.data() ? malloc_usable_size(storage.mutable_data()) : 0;
  TORCH_CHECK(tensor.storage_offset() >= 0 && extent(tensor) <= static_cast<__int128>(held) &&
                  extent(tensor) <= static_cast<__int128>(storage.nbytes()),
              "a tensor that is larger than its data");
}

void check_constants(const torch::jit::Block *block)
{
  for (const auto *node : block->nodes()) {
    if (node->kind() == c10::prim::Constant) {
      const auto value = torch::jit::toIValue(node->output());
      if (value && value->isTensor()) check(value->toTensor());
    }
    for (const auto *inner : node->blocks()) check_constants(inner);
  }
}

}  // namespace

void check_memory(const torch::jit::Module &script)
{
  c10::IValue(script._ivalue()).visit([](const c10::IValue &value) {
    if (value.isTensor()) check(value.toTensor());
    return false;  // go on
  });
  for (auto *function : script._ivalue()->compilation_unit()->get_functions())
    check_constants(torch::jit::toGraphFunction(*function).graph()->block());
}

}  // namespace henrici
