// Steps in time of a batch of flows, as long as stability allows: kinetic/numerics/imex.py.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>
#include <vector>

#include "stages.h"
#include "tensors.h"
#include "vectors.h"

namespace henrici::kinetic {

/// From the time `start` to `end`, in at most so many steps.
struct Way {
  double start, end;
  std::int64_t most;
};

/// How far it went: not to the end where that takes more steps, where no step is known, or where one loses the gas.
struct Marched {
  at::Tensor y;
  double time;
  std::vector<double> lengths;  // of the steps
};

/// One step of `n` numbers. transport(y, rate) and relax(y, dt, z) answer false for a lost gas.
template <typename Transport, typename Relax>
bool step(std::int64_t n, double dt, const double *y, double *out, Transport transport, Relax relax)
{
  thread_local std::vector<double> kept;
  double *const rate = sized(kept, 8 * n), *const last = rate + n, half = 0.5 * dt;
  const auto stage = [&](std::int64_t k) { return Stage{rate + 2 * k * n, rate + (2 * k + 1) * n}; };
  const Stage second = stage(1), third = stage(2), fourth = stage(3);
  const auto go_on = [&](const Stage &s) { return relax(s.before, half, s.after) && transport(s.after, rate); };
  if (!transport(y, rate)) return false;
  explicit_stage(n, half, y, rate, second.before);
  if (!go_on(second)) return false;
  explicit_stage(n, half, second.after, rate, third.before);
  if (!go_on(third)) return false;
  fourth_stage(n, half, y, second, third.before, rate, fourth.before);
  if (!go_on(fourth)) return false;
  last_stage(n, half, second, third, fourth, rate, last);
  return relax(last, dt / 3, out);
}

/// longest(y): the longest stable step; advance(y, dt, out): one of them of all flows, false for a lost gas.
template <typename Longest, typename Advance>
Marched march(const Way &way, const at::Tensor &y, Longest longest, Advance advance)
{
  Marched done{y.clone(), way.start, {}};
  at::Tensor next = at::empty_like(y);
  while (done.time < way.end && static_cast<std::int64_t>(done.lengths.size()) < way.most) {
    const double most = longest(done.y.const_data_ptr<double>()), left = way.end - done.time;
    if (!std::isfinite(most)) break;
    const double dt = left <= most ? left : std::min(most, 0.5 * left);  // no tiny last step
    if (!advance(done.y.const_data_ptr<double>(), dt, next.mutable_data_ptr<double>())) break;
    std::swap(done.y, next);
    done.time = dt == left ? way.end : done.time + dt;
    done.lengths.push_back(dt);
  }
  return done;
}

/// Calls work(begin, end) -> bool for parts of `count`, of `grain` or more each, on all threads; in one of several threads, for all
/// at once. Whether all of them said yes.
template <typename Work> bool in_parts(std::int64_t count, std::int64_t grain, Work work)
{
  std::atomic<bool> all{true};
  at::parallel_for(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    const kernels::FlushToZero flush;
    if (!work(begin, end)) all = false;
  });
  return all;
}

/// Calls work(k) -> bool for all of `count`, and says whether all of them said yes.
template <typename Work> bool each_of(std::int64_t count, std::int64_t grain, Work work)
{
  return in_parts(count, grain, [&](std::int64_t begin, std::int64_t end) {
    bool all = true;
    for (std::int64_t k = begin; k < end; ++k) all = work(k) && all;
    return all;
  });
}

}  // namespace henrici::kinetic
