"""Learned closures of gases with two velocity dimensions: moments with Burnett's functions."""
