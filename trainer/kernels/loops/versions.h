// One source, one version of the machine code for each kind of processor.
#pragma once

// The compiler makes them, and the program takes the best one that runs: a wheel is not tied to the machine that built it.
// Where it cannot (another architecture than x86-64), the one version is what the compiler makes of the plain source; and
// where it watches memory (benchmarks/sanitizers.sh), one is enough.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define HENRICI_VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
// Of a function that is written once for each kind.
#define HENRICI_TARGET(kind) __attribute__((target(kind)))
// VERSION(target, bytes of a register, type of numbers) for all of them.
#define HENRICI_EACH(VERSION)                                                                                             \
  HENRICI_EACH_REAL(VERSION, HENRICI_TARGET("arch=x86-64-v4"), 64)                                                        \
  HENRICI_EACH_REAL(VERSION, HENRICI_TARGET("arch=x86-64-v3"), 32)                                                        \
  HENRICI_EACH_REAL(VERSION, HENRICI_TARGET("default"), 16)
#else
#define HENRICI_VERSIONS
#define HENRICI_EACH(VERSION) HENRICI_EACH_REAL(VERSION, , 16)
#endif
#define HENRICI_EACH_REAL(VERSION, TARGET, BYTES) VERSION(TARGET, BYTES, float) VERSION(TARGET, BYTES, double)

// Templates and lambdas cannot have versions: the functions that do have them inline all they call.
#define HENRICI_INLINE inline __attribute__((always_inline))
#define HENRICI_LAMBDA __attribute__((always_inline))
