// torch.classes.henrici_kinetic.MomentSystem: a batch of flows of one moment model, kinetic/moments/system.py.

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/custom_class.h>

#include <tuple>

#include "moment_flows.h"

namespace henrici::kinetic {
namespace {

using at::Tensor;
using Maybe = std::optional<Tensor>;

class MomentSystem final : public torch::CustomClassHolder, MomentFlows {
 public:
  using MomentFlows::MomentFlows;

  /// d_t m without collisions; what is lost; in how many cells b was beyond what was trained. m: [B, M + 1, nx]
  std::tuple<Tensor, std::int64_t, std::int64_t> transport(const Tensor &m, const Maybe &left, const Maybe &right,
                                                           const Maybe &left_flux, const Maybe &right_flux) const
  {
    TORCH_CHECK(whole(), "this closure has to be asked");
    const Tensor from = numbers(m, flows_ * size()), out = at::empty_like(from);
    const Ends ends = checked(left, right, left_flux, right_flux);
    std::atomic<std::int64_t> outside{0};
    const std::int64_t lost = lost_in([&](std::int64_t b) {
      return rate(b, from.const_data_ptr<double>() + b * size(), ends, out.mutable_data_ptr<double>() + b * size(), outside);
    });
    return {out, lost, outside.load()};
  }

  /// The same without the closure's part, and b, g, path, gas, scale and, where walls emit, g without the jumps there, each
  /// [B, ..., nx]; and what is lost.
  std::tuple<std::vector<Tensor>, std::int64_t> rates(const Tensor &m, const Maybe &left, const Maybe &right, const Maybe &left_flux,
                                                      const Maybe &right_flux) const
  {
    const Tensor from = numbers(m, flows_ * size());
    const Ends ends = checked(left, right, left_flux, right_flux);
    const std::int64_t count = order_ + 1;
    std::vector<std::int64_t> rows{count, count - 3, count, 1, 3, 1};
    if (walls_.emit) rows.push_back(count);
    std::vector<Tensor> out;
    for (const std::int64_t k : rows) out.push_back(at::empty({flows_, k, n_}, from.options()));
    const std::int64_t lost = lost_in([&](std::int64_t b) {
      const double *const here = from.const_data_ptr<double>() + b * size();
      const auto at = [&](int k) { return out[k].mutable_data_ptr<double>() + b * out[k].size(1) * n_; };
      if (walls_.emit) std::copy_n(without_jumps(b, here), size(), at(6));
      return known(flow_of(b, here, ends), {at(0), at(1), at(2), at(3), at(4), at(5)});
    });
    return {std::move(out), lost};
  }

  /// m after collisions for the time dt; what is lost; how many cells were drawn towards equilibrium.
  std::tuple<Tensor, std::int64_t, std::int64_t> relax(const Tensor &m, double dt) const
  {
    const Tensor from = numbers(m, flows_ * size()), to = at::empty_like(from);
    std::atomic<std::int64_t> drawn{0};
    const std::int64_t lost = lost_in([&](std::int64_t b) {
      return relaxed(b, from.const_data_ptr<double>() + b * size(), dt, to.mutable_data_ptr<double>() + b * size(), drawn);
    });
    return {to, lost, drawn.load()};
  }

  /// m after steps until `end`, or fewer (march.h), of those that `longest` allows, of flows whose walls nobody has to be asked about;
  /// the time that it is then; their lengths; and what `transport` and `relax` count in them.
  std::tuple<Tensor, double, std::vector<double>, std::int64_t, std::int64_t> march(const Tensor &m, double start, double end,
                                                                                    std::int64_t most, double of_speed,
                                                                                    double of_diffusivity) const
  {
    TORCH_CHECK(whole(), "this closure has to be asked");
    std::int64_t all_outside = 0, all_drawn = 0;
    const auto longest = [&](const double *y) {
      const Signal found = signals(y);
      return found.lost == Lost::nothing ? std::min(of_speed / found.speed, of_diffusivity / found.diffusion) : NAN;
    };
    const auto advance = [&](const double *y, double dt, double *out) {
      std::atomic<std::int64_t> outside{0}, drawn{0};
      const auto one = [&](std::int64_t b) {
        return step(
            size(), dt, y + b * size(), out + b * size(),
            [&](const double *from, double *to) { return rate(b, from, {}, to, outside) == Lost::nothing; },
            [&](const double *from, double t, double *to) { return relaxed(b, from, t, to, drawn) == Lost::nothing; });
      };
      if (!each_of(flows_, GRAIN / size() + 1, one)) return false;
      all_outside += outside, all_drawn += drawn;
      return true;
    };
    const Marched done = kinetic::march({start, end, most}, numbers(m, flows_ * size()), longest, advance);
    return {done.y, done.time, done.lengths, all_outside, all_drawn};
  }

  /// The fastest signal and the largest diffusivity; and what is lost.
  std::tuple<double, double, std::int64_t> signal(const Tensor &m) const
  {
    const Signal most = signals(numbers(m, flows_ * size()).const_data_ptr<double>());
    return {most.speed, most.diffusion, static_cast<std::int64_t>(most.lost)};
  }

 private:
  Ends checked(const Maybe &left, const Maybe &right, const Maybe &left_flux, const Maybe &right_flux) const
  {
    TORCH_CHECK(left.has_value() == right.has_value(), "expected ghosts at both ends or at none");
    const std::int64_t rows = flows_ * (order_ + 1);
    return {numbers(left, rows * 2 * GHOSTS), numbers(right, rows * 2 * GHOSTS), numbers(left_flux, rows), numbers(right_flux, rows)};
  }

  /// Calls work(b) -> Lost for each flow, and says what was lost in one of them.
  template <typename Work> std::int64_t lost_in(Work work) const
  {
    std::atomic<std::int64_t> lost{0};
    each_of(flows_, GRAIN / size() + 1, [&](std::int64_t b) {
      const Lost found = work(b);
      if (found != Lost::nothing) lost = static_cast<std::int64_t>(found);
      return found == Lost::nothing;
    });
    return lost;
  }
};

}  // namespace
}  // namespace henrici::kinetic

TORCH_LIBRARY_FRAGMENT(henrici_kinetic, m)
{
  using henrici::kinetic::MomentSystem;
  m.class_<MomentSystem>("MomentSystem")
      .def(torch::init<const at::Tensor &, const at::Tensor &, double, double, const std::string &, std::int64_t, const at::Tensor &,
                       std::vector<double>, const std::string &, const at::Tensor &, std::int64_t, std::vector<double>,
                       const at::Tensor &, std::vector<std::string>, const at::Tensor &, std::vector<double>>())
      .def("transport", &MomentSystem::transport)
      .def("rates", &MomentSystem::rates)
      .def("relax", &MomentSystem::relax)
      .def("march", &MomentSystem::march)
      .def("signal", &MomentSystem::signal);
}
