// Work on the threads that LAMMPS has.
#pragma once

#include <cstdint>
#include <functional>

namespace henrici {

/// work(block, thread) for all blocks, each thread some in a row, thread < threads. Throws what the first thread in trouble threw.
void parallel(std::int64_t blocks, int threads, const std::function<void(std::int64_t block, int thread)> &work);

}  // namespace henrici
