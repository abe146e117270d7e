"""What the benchmarks beside DeePMD-kit share: both sides' commands, and how they are timed."""
