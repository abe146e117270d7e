"""Active learning: the kinetic solver computes the flows that a committee of closures disagrees on."""
