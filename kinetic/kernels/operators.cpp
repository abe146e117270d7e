// torch.ops.henrici_kinetic: the loops on tensors, on all threads that torch has. All tensors are float64.

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/library.h>

#include <atomic>
#include <optional>
#include <tuple>
#include <vector>

#include "lanes.h"
#include "moments.h"
#include "transport.h"
#include "weno.h"

namespace {

using at::Tensor;
using Maybe = std::optional<Tensor>;
namespace loops = henrici::kinetic;

constexpr std::int64_t GRAIN = 1 << 14;  // values that are worth a thread

/// A tensor as the loops read it.
Tensor numbers(const Tensor &t, std::int64_t count)
{
  TORCH_CHECK(t.scalar_type() == at::kDouble && t.numel() == count, "expected ", count, " numbers in float64, got ", t.numel(),
              " of ", t.scalar_type());
  return t.contiguous();
}

Maybe numbers(const Maybe &t, std::int64_t count) { return t ? Maybe(numbers(*t, count)) : t; }

const double *at_row(const Maybe &t, std::int64_t offset) { return t ? t->const_data_ptr<double>() + offset : nullptr; }

/// -v d_x f. rate: [nv] -v / dx; f: [..., nv, nx]; left, right: [..., nv, 3]; left_face, right_face: [..., nv, 1].
Tensor transport(const Tensor &rate, const Tensor &f, const Maybe &left, const Maybe &right, const Maybe &left_face,
                 const Maybe &right_face)
{
  TORCH_CHECK(f.dim() >= 2 && f.size(-1) >= loops::GHOSTS && left.has_value() == right.has_value(), "expected [..., nv, nx]");
  const std::int64_t n = f.size(-1), rows = f.numel() / n;
  const Tensor v = numbers(rate, f.size(-2)), in = numbers(f, rows * n), out = at::empty_like(in);
  const Maybe l = numbers(left, rows * loops::GHOSTS), r = numbers(right, rows * loops::GHOSTS);
  const Maybe l_face = numbers(left_face, rows), r_face = numbers(right_face, rows);
  const loops::Rows all{n, v.numel(), v.const_data_ptr<double>(), in.const_data_ptr<double>(), at_row(l, 0), at_row(r, 0),
                        at_row(l_face, 0), at_row(r_face, 0)};
  auto *const to = out.mutable_data_ptr<double>();
  at::parallel_for(0, rows, GRAIN / n + 1, [&](std::int64_t begin, std::int64_t end) {
    const henrici::kernels::FlushToZero flush;
    std::vector<double> work(2 * loops::padded(n));
    loops::transport(all, begin, end, work.data(), to);
  });
  return out;
}

/// Calls work(flow) -> Lost for each of a batch on all threads, and says what was lost in one of them.
template <typename Work> std::int64_t over_flows(std::int64_t flows, std::int64_t size, Work work)
{
  std::atomic<std::int64_t> lost{0};
  at::parallel_for(0, flows, GRAIN / size + 1, [&](std::int64_t begin, std::int64_t end) {
    const henrici::kernels::FlushToZero flush;
    for (std::int64_t b = begin; b < end; ++b)
      if (const loops::Lost found = work(b); found != loops::Lost::nothing) lost = static_cast<std::int64_t>(found);
  });
  return lost;
}

/// A batch of flows. m: [B, M + 1, nx]; eps: [B, nx + 6]; left, right: [B, M + 1, 6]; left_flux, right_flux: [B, M + 1, 1].
class Batch {
 public:
  Batch(const Tensor &m, const Tensor &eps, double dx, double fastest, const Maybe &left, const Maybe &right,
        const Maybe &left_flux, const Maybe &right_flux)
      : count_(m.size(0)), moments_(m.size(1)), n_(m.size(2)), dx_(dx), fastest_(fastest), m_(numbers(m, count_ * moments_ * n_)),
        eps_(numbers(eps, count_ * (n_ + 2 * loops::GHOSTS))), left_(numbers(left, rows() * 2 * loops::GHOSTS)),
        right_(numbers(right, rows() * 2 * loops::GHOSTS)), left_flux_(numbers(left_flux, rows())),
        right_flux_(numbers(right_flux, rows()))
  {
    TORCH_CHECK(m.dim() == 3 && moments_ >= 3 && n_ >= 2 * loops::GHOSTS && left.has_value() == right.has_value(),
                "expected moments [B, M + 1, nx]");
  }

  /// d_t m without the closure's part; with `closing` also b, g, path and scale, each [B, ..., nx].
  template <typename Variables> std::tuple<std::vector<Tensor>, std::int64_t> rates(const Variables &of, bool closing) const
  {
    TORCH_CHECK(of.order + 1 == moments_, "expected ", of.order + 1, " moments, got ", moments_);
    std::vector<Tensor> out{at::empty({count_, moments_, n_}, m_.options())};
    if (closing)
      for (const std::int64_t k : {moments_ - 3, moments_, std::int64_t(1), std::int64_t(1)})
        out.push_back(at::empty({count_, k, n_}, m_.options()));
    const auto of_flow = [&](std::size_t which, std::int64_t b) -> double * {
      return which < out.size() ? out[which].mutable_data_ptr<double>() + b * out[which].size(1) * n_ : nullptr;
    };
    const std::int64_t lost = over_flows(count_, moments_ * n_, [&](std::int64_t b) {
      thread_local std::vector<double> work;
      work.resize(std::max<std::size_t>(work.size(), loops::room(of.order, n_)));
      const std::int64_t row = b * moments_, beyond = row * 2 * loops::GHOSTS;
      const loops::Flow flow{n_, dx_, fastest_, m_.const_data_ptr<double>() + row * n_, at_row(left_, beyond),
                             at_row(right_, beyond), at_row(left_flux_, row), at_row(right_flux_, row),
                             eps_.const_data_ptr<double>() + b * (n_ + 2 * loops::GHOSTS)};
      return loops::rates(of, flow, work.data(), {of_flow(0, b), of_flow(1, b), of_flow(2, b), of_flow(3, b), of_flow(4, b)});
    });
    return {std::move(out), lost};
  }

 private:
  std::int64_t rows() const { return count_ * moments_; }

  std::int64_t count_, moments_, n_;
  double dx_, fastest_;
  Tensor m_, eps_;
  Maybe left_, right_, left_flux_, right_flux_;
};

#define FLOWS                                                                                                              \
  const Tensor &m, const Tensor &eps, double dx, double fastest, const Maybe &left, const Maybe &right, const Maybe &left_flux, \
      const Maybe &right_flux

std::tuple<std::vector<Tensor>, std::int64_t> hermite_rates(FLOWS, const Tensor &polynomials, const Tensor &power,
                                                            bool regularised, double conduction, bool closing)
{
  const std::int64_t count = power.numel();
  const Tensor he = numbers(polynomials, count * count), xi = numbers(power, count);
  const loops::Hermite of{count - 1, he.const_data_ptr<double>(), xi.const_data_ptr<double>(), regularised, conduction};
  return Batch(m, eps, dx, fastest, left, right, left_flux, right_flux).rates(of, closing && regularised);
}

std::tuple<std::vector<Tensor>, std::int64_t> learned_rates(FLOWS, const Tensor &couple, const Tensor &of_b)
{
  const std::int64_t count = couple.size(0);
  TORCH_CHECK(count >= 4, "expected four moments or more");
  const Tensor x = numbers(couple, count * count), rest = numbers(of_b, 4 * (count - 3) * count);
  const loops::Learned of{count - 1, x.const_data_ptr<double>(), rest.const_data_ptr<double>()};
  return Batch(m, eps, dx, fastest, left, right, left_flux, right_flux).rates(of, true);
}

/// m after collisions for the time dt. m: [B, M + 1, nx], eps: [B, nx]
std::tuple<Tensor, std::int64_t> relax(const Tensor &m, const Tensor &eps, double dt, bool hermite)
{
  TORCH_CHECK(m.dim() == 3 && m.size(1) >= 3, "expected moments [B, M + 1, nx]");
  const std::int64_t count = m.size(0), n = m.size(2), size = m.size(1) * n;
  const Tensor from = numbers(m, count * size), mean = numbers(eps, count * n), to = at::empty_like(from);
  const std::int64_t lost = over_flows(count, size, [&](std::int64_t b) {
    return loops::relax(hermite, m.size(1) - 1, n, from.const_data_ptr<double>() + b * size, mean.const_data_ptr<double>() + b * n,
                        dt, to.mutable_data_ptr<double>() + b * size);
  });
  return {to, lost};
}

/// The fastest signal and the largest eps theta of all flows.
std::tuple<double, double, std::int64_t> signal(const Tensor &m, const Tensor &eps, double fastest)
{
  TORCH_CHECK(m.dim() == 3 && m.size(1) >= 3, "expected moments [B, M + 1, nx]");
  const std::int64_t count = m.size(0), n = m.size(2), size = m.size(1) * n;
  const Tensor from = numbers(m, count * size), mean = numbers(eps, count * n);
  loops::Signal most{0, 0, loops::Lost::nothing};
  for (std::int64_t b = 0; b < count; ++b) {
    const auto found = loops::signal(n, fastest, from.const_data_ptr<double>() + b * size, mean.const_data_ptr<double>() + b * n);
    if (found.lost != loops::Lost::nothing) most.lost = found.lost;
    most.speed = std::max(most.speed, found.speed);
    most.diffusion = std::max(most.diffusion, found.diffusion);
  }
  return {most.speed, most.diffusion, static_cast<std::int64_t>(most.lost)};
}

}  // namespace

#define FLOWS_SCHEMA                                                                                        \
  "Tensor m, Tensor eps, float dx, float fastest, Tensor? left, Tensor? right, Tensor? left_flux, Tensor? " \
  "right_flux, "

TORCH_LIBRARY(henrici_kinetic, m)
{
  m.def("transport(Tensor rate, Tensor f, Tensor? left, Tensor? right, Tensor? left_face, Tensor? right_face) -> Tensor");
  m.def("hermite_rates(" FLOWS_SCHEMA
        "Tensor polynomials, Tensor power, bool regularised, float conduction, bool closing) -> (Tensor[], int)");
  m.def("learned_rates(" FLOWS_SCHEMA "Tensor couple, Tensor of_b) -> (Tensor[], int)");
  m.def("relax(Tensor m, Tensor eps, float dt, bool hermite) -> (Tensor, int)");
  m.def("signal(Tensor m, Tensor eps, float fastest) -> (float, float, int)");
}

TORCH_LIBRARY_IMPL(henrici_kinetic, CPU, m)
{
  m.impl("transport", &transport);
  m.impl("hermite_rates", &hermite_rates);
  m.impl("learned_rates", &learned_rates);
  m.impl("relax", &relax);
  m.impl("signal", &signal);
}
