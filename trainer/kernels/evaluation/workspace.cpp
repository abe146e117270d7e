#include "workspace.h"

#include <numeric>

#include "operators.h"

namespace henrici {

at::Tensor Buffer::of(at::IntArrayRef shape, at::ScalarType dtype)
{
  const std::int64_t size = c10::multiply_integers(shape);
  if (!memory_.defined() || memory_.scalar_type() != dtype || memory_.numel() < size)
    memory_ = at::empty({size + size / 8 + 1}, dtype);  // an eighth more than asked, so that it soon stops growing
  return memory_.narrow(0, 0, size).view(shape);
}

void Workspace::begin(const Block &block, std::int64_t species)
{
  block_ = block;
  displacement_ = projection_ = at::Tensor();
  first.assign(species + 1, 0);
  for (std::int64_t i = 0; i < block.centers; ++i) ++first[block.species[i] + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::int64_t> next(first.begin(), first.end() - 1);
  order.resize(block.centers);
  for (std::int64_t i = 0; i < block.centers; ++i) order[next[block.species[i]]++] = i;
}

const at::Tensor &Workspace::displacement(at::ScalarType dtype)
{
  if (!displacement_.defined() || displacement_.scalar_type() != dtype) {
    displacement_ = displacement_memory_.of({pairs(), 3}, dtype);
    AT_DISPATCH_FLOATING_TYPES(dtype, "henrici::displacement", [&] {
      std::copy_n(block_.displacement, 3 * pairs(), displacement_.data_ptr<scalar_t>());
    });
  }
  return displacement_;
}

const at::Tensor &Workspace::projection(const kernels::Basis &basis, at::ScalarType dtype)
{
  if (!projection_.defined() || projection_.scalar_type() != dtype || !(basis_ == basis)) {
    const at::Tensor r = displacement(dtype);
    projection_ = projection_memory_.of({block_.centers, basis.components(), species() * basis.functions()}, dtype);
    basis_ = basis;
    AT_DISPATCH_FLOATING_TYPES(dtype, "henrici::projection", [&] {
      kernels::project(basis, pairs_of(*this, r.data_ptr<scalar_t>()), species(), projection_.data_ptr<scalar_t>());
    });
  }
  return projection_;
}

}  // namespace henrici
