// torch.ops.henrici_kinetic.march_bgk: steps of the BGK model, kinetic/boltzmann/bgk.py.

#include <torch/library.h>

#include "bgk.h"
#include "ends.h"
#include "march.h"
#include "transport.h"
#include "weno.h"

namespace henrici::kinetic {
namespace {

using at::Tensor;

/// One flow on a grid of velocities.
struct Grid {
  std::int64_t velocities, cells;
  const double *v, *rate;  // [velocities] v, dv apart, and -v / dx
  double dv;
  Edge left, right;

  bool transport(const double *f, double *out) const
  {
    Rows rows{cells, velocities, rate, f, nullptr, nullptr, nullptr, nullptr};
    thread_local std::vector<double> ends;
    if (left.kind != End::periodic) {
      double *const before = sized(ends, 2 * velocities * (GHOSTS + 1)), *const after = before + velocities * GHOSTS;
      double *const first = after + velocities * GHOSTS, *const last = first + velocities;
      rows.left_face = continued(left, false, velocities, cells, v, f, before, first) ? first : nullptr;
      rows.right_face = continued(right, true, velocities, cells, v, f, after, last) ? last : nullptr;
      rows.left = before, rows.right = after;
    }
    return in_parts(velocities, GRAIN / cells + 1, [&](std::int64_t begin, std::int64_t end) {
      thread_local std::vector<double> kept;
      kinetic::transport(rows, begin, end, sized(kept, 2 * padded(cells)), out);
      return true;
    });
  }

  bool relax(const double *f, const double *eps, double dt, double *out) const
  {
    thread_local std::vector<double> weights;
    double *const weight = sized(weights, cells);
    for (std::int64_t i = 0; i < cells; ++i) weight[i] = dt / (eps[i] + dt);
    const Gas gas{velocities, cells, v, dv, f, weight};
    return each_of((cells + TOGETHER - 1) / TOGETHER, GRAIN / (velocities * TOGETHER) + 1, [&](std::int64_t k) {
      thread_local std::vector<double> kept;
      return collide(gas, k * TOGETHER, sized(kept, collision_work(velocities)), out);
    });
  }
};

/// f after steps of a length of at most `longest` until `end`, or fewer (march.h); the time that it is then; their lengths. rate:
/// [nv] -v / dx; f: [B, nv, nx]; eps: [B, nx]; left, right: kinds of the ends; comes_left, comes_right: [nv] ends.h.
std::tuple<Tensor, double, std::vector<double>> marched(const Tensor &v, double dv, const Tensor &rate, const std::string &left,
                                                        const Tensor &comes_left, const std::string &right,
                                                        const Tensor &comes_right, const Tensor &f, const Tensor &eps, double start,
                                                        double end, std::int64_t most, double longest)
{
  TORCH_CHECK(f.dim() == 3 && f.size(2) >= GHOSTS, "expected [B, nv, nx]");
  const std::int64_t flows = f.size(0), count = f.size(1), n = f.size(2), size = count * n;
  const Tensor at = numbers(v, count), speed = numbers(rate, count), times = numbers(eps, flows * n);
  const Tensor before = numbers(comes_left, count), after = numbers(comes_right, count);
  const Grid grid{count, n, at.const_data_ptr<double>(), speed.const_data_ptr<double>(), dv,
                  {end_of(left), before.const_data_ptr<double>()}, {end_of(right), after.const_data_ptr<double>()}};
  const auto advance = [&](const double *y, double dt, double *out) {
    const auto one = [&](std::int64_t b) {
      const double *const here = times.const_data_ptr<double>() + b * n;
      return step(
          size, dt, y + b * size, out + b * size, [&](const double *q, double *to) { return grid.transport(q, to); },
          [&](const double *q, double t, double *to) { return grid.relax(q, here, t, to); });
    };
    const bool few = flows < at::get_num_threads();  // they are worked on one by one, each by all threads
    return each_of(flows, few ? flows : GRAIN / size + 1, one);
  };
  const Marched done = march({start, end, most}, numbers(f, flows * size), [&](const double *) { return longest; }, advance);
  return {done.y, done.time, done.lengths};
}

}  // namespace
}  // namespace henrici::kinetic

TORCH_LIBRARY_FRAGMENT(henrici_kinetic, m)
{
  m.def(
      "march_bgk(Tensor v, float dv, Tensor rate, str left, Tensor comes_left, str right, Tensor comes_right, Tensor f, Tensor eps, "
      "float start, float end, int most, float longest) -> (Tensor, float, float[])");
}

TORCH_LIBRARY_IMPL(henrici_kinetic, CPU, m) { m.impl("march_bgk", &henrici::kinetic::marched); }
