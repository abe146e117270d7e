#include "parallel.h"

#include <exception>
#include <vector>

// Threads of LAMMPS's OpenMP, not of torch's, which brings a runtime of its own: for a while after their work, threads of either
// wait for more without giving up their cores, and would keep those of the other from them. (Water on two cores: two threads were
// 1.75 times as fast as one instead of 1.86, and slower than one with `package omp 2`.)
// Where LAMMPS has no OpenMP, there is one thread, and nothing by these names:
asm(".weak GOMP_parallel, omp_get_num_threads, omp_get_thread_num");

namespace henrici {

void parallel(std::int64_t blocks, int threads, const std::function<void(std::int64_t block, int thread)> &work)
{
  std::vector<std::exception_ptr> troubles(threads);
  const auto some = [&](int thread) {
    try {
      for (auto block = blocks * thread / threads; block < blocks * (thread + 1) / threads; ++block) work(block, thread);
    } catch (...) {  // must not leave the parallel region
      troubles[thread] = std::current_exception();
    }
  };
  if (threads == 1) {
    some(0);
  } else {
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int thread = 0; thread < threads; ++thread) some(thread);
  }
  for (const auto &trouble : troubles)
    if (trouble) std::rethrow_exception(trouble);
}

}  // namespace henrici
