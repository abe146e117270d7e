// The numbers of a model file, one after the other, and the closures that consist of them.
#pragma once

#include "closures.h"
#include "flights.h"
#include "tensors.h"

namespace henrici::kinetic {

/// Keeps what closures point to.
class Parameters {
 public:
  explicit Parameters(const at::Tensor &all) : all_(numbers(all, all.numel())) {}

  const double *take(std::int64_t count)
  {
    TORCH_CHECK(taken_ + count <= all_.numel(), "expected more parameters than ", all_.numel());
    const double *const from = all_.const_data_ptr<double>() + taken_;
    taken_ += count;
    return from;
  }

  Network network(std::int64_t inputs, std::int64_t width, std::int64_t outputs)
  {
    Network found{inputs, width, outputs, {}, {}};
    const std::int64_t sizes[] = {inputs, width, width, outputs};
    for (int k = 0; k < 3; ++k) {
      found.weight[k] = take(sizes[k + 1] * sizes[k]);
      found.bias[k] = take(sizes[k + 1]);
    }
    return found;
  }

  void end() const { TORCH_CHECK(taken_ == all_.numel(), "expected ", taken_, " parameters, got ", all_.numel()); }

 private:
  at::Tensor all_;
  std::int64_t taken_ = 0;
};

/// How many numbers of kinetic.networks.reflected do not change in a reflection.
inline std::int64_t features(std::int64_t order)
{
  TORCH_CHECK(order >= 3 && order <= 16, "expected an order from 3 to 16");
  const std::int64_t odd = (order - 1) / 2, even = (order - 2) / 2;
  return even + odd * odd + 1;
}

/// constants: small, tiny, most.
inline HermiteClosure hermite_closure(Parameters all, std::int64_t order, std::int64_t width, at::ArrayRef<double> constants)
{
  const std::int64_t seen = features(order), n = order - 2, alike = (order + 1) / 2, anti = order / 2;
  TORCH_CHECK(constants.size() == 3, "expected three constants");
  HermiteClosure of{};
  of.order = order, of.small = constants[0], of.tiny = constants[1], of.most = constants[2];
  of.speeds = all.network(seen, width, alike + (order - 1) / 2 * anti);
  of.carried = all.network(seen + 1, width, RATES * n);
  of.linear = all.take(RATES * n), of.first = all.take(1), of.gaps = all.take(order), of.factorial = all.take(order + 1);
  of.shift = all.take(order * (alike + anti)), of.coefficients = all.take((order + 1) * (order + 2));
  of.scale = all.take(n), of.limit = all.take(n);
  all.end();
  return of;
}

/// constants: small, tiny, most, change.
inline GeneralisedClosure generalised_closure(Parameters all, std::int64_t order, std::int64_t width, at::ArrayRef<double> constants)
{
  const std::int64_t seen = features(order), n = order - 2, unlike = n / 2 * ((n + 1) / 2), alike = n * (n + 1) / 2 - unlike;
  TORCH_CHECK(constants.size() == 4, "expected four constants");
  GeneralisedClosure of{};
  of.order = order, of.alike_count = alike, of.unlike_count = unlike;
  of.small = constants[0], of.tiny = constants[1], of.most = constants[2], of.change = constants[3];
  of.network = all.network(seen + 1, width, RATES * (alike + unlike) + unlike + (n + 1) / 2 * alike);
  of.damping = all.take(RATES * alike), of.shifting = all.take(RATES * unlike);
  of.alike = all.take(n * n * alike), of.unlike = all.take(n * n * unlike), of.symmetric = all.take(n * n * alike);
  of.scale = all.take(n), of.limit = all.take(n);
  all.end();
  return of;
}

}  // namespace henrici::kinetic
