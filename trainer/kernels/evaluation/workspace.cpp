#include "workspace.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "operators.h"

namespace henrici {
namespace {

/// sum += scale * x
template <typename Real> void add(std::int64_t size, double scale, const Real *x, double *sum)
{
  for (std::int64_t k = 0; k < size; ++k) sum[k] += scale * static_cast<double>(x[k]);
}

}  // namespace

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
  of_projection_.clear();
  of_pairs_.clear();
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

at::Tensor Workspace::gradient(at::IntArrayRef shape, at::ScalarType dtype)
{
  const std::size_t next = of_projection_.size() + of_pairs_.size();
  kept_memory_.resize(std::max(kept_memory_.size(), next + 1));
  return kept_memory_[next].of(shape, dtype);
}

void Workspace::keep(std::size_t model, double scale, const kernels::Basis &basis, const at::Tensor &gradient)
{
  of_projection_.push_back({model, scale, &basis, gradient});
}

void Workspace::keep(std::size_t model, double scale, const at::Tensor &gradient)
{
  of_pairs_.push_back({model, scale, nullptr, gradient});
}

/// Where those end that can be pulled back with the one at `begin`.
std::vector<Workspace::Kept>::const_iterator Workspace::alike(std::vector<Kept>::const_iterator begin) const
{
  const auto left = std::min<std::ptrdiff_t>(of_projection_.end() - begin, kernels::TOGETHER);
  return std::find_if_not(begin, begin + left, [&](const Kept &other) {
    return *other.basis == *begin->basis && other.gradient.scalar_type() == begin->gradient.scalar_type();
  });
}

void Workspace::pull_back(std::int64_t first_center, std::int64_t count, const std::vector<double *> &pair_gradient)
{
  const std::int64_t begin = block_.row[first_center], size = 3 * (block_.row[first_center + count] - begin);
  for (double *const sum : pair_gradient) std::fill_n(sum, size, 0.0);
  for (const auto &[model, scale, basis, gradient] : of_pairs_)
    AT_DISPATCH_FLOATING_TYPES(gradient.scalar_type(), "henrici::pull_back", [&] {
      add(size, scale, gradient.data_ptr<scalar_t>() + 3 * begin, pair_gradient[model]);
    });
  for (auto some = of_projection_.cbegin(); some != of_projection_.cend(); some = alike(some))
    AT_DISPATCH_FLOATING_TYPES(some->gradient.scalar_type(), "henrici::pull_back", [&] {
      pull_back_alike<scalar_t>(some, alike(some), first_center, count, pair_gradient);
    });
}

template <typename Real>
void Workspace::pull_back_alike(std::vector<Kept>::const_iterator kept, std::vector<Kept>::const_iterator end,
                                std::int64_t first_center, std::int64_t count, const std::vector<double *> &pair_gradient)
{
  const std::int64_t begin = block_.row[first_center], size = 3 * (block_.row[first_center + count] - begin);
  const int together = static_cast<int>(end - kept);
  const at::Tensor memory = pulled_back_.of({1 + together, size}, c10::CppTypeToScalarType<Real>::value);
  Real *const r = memory.data_ptr<Real>();
  std::copy_n(block_.displacement + 3 * begin, size, r);
  std::vector<std::int64_t> row(count + 1), centers;
  for (std::int64_t i = 0; i <= count; ++i) row[i] = block_.row[first_center + i] - begin;
  std::array<const Real *, kernels::TOGETHER> from{};
  std::array<Real *, kernels::TOGETHER> to{};
  for (int m = 0; m < together; ++m) to[m] = r + (1 + m) * size;
  for (std::int64_t t = 0; t < species(); ++t) {
    // Within a species centres are in order: those that are asked for follow each other.
    const auto here = std::lower_bound(order.begin() + first[t], order.begin() + first[t + 1], first_center);
    const auto stop = std::lower_bound(here, order.begin() + first[t + 1], first_center + count);
    centers.assign(here, stop);
    for (auto &i : centers) i -= first_center;
    for (int m = 0; m < together; ++m)
      from[m] = kept[m].gradient.template data_ptr<Real>() + (here - order.begin()) * kept[m].gradient.stride(0);
    const kernels::Pairs<Real> pairs{stop - here, centers.data(), row.data(), block_.neighbor_species + begin, r};
    kernels::pull_back(*kept->basis, pairs, species(), together, from.data(), to.data());
  }
  for (int m = 0; m < together; ++m) add(size, kept[m].scale, to[m], pair_gradient[kept[m].model]);
}

}  // namespace henrici
