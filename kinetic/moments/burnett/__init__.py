"""Moment models of gases with two and three velocity dimensions: Burnett's functions, rates of collisions, closures."""
