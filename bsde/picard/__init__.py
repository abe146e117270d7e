"""Multilevel Picard iterations: u and its gradient at a point without any training."""
