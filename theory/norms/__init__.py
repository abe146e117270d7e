"""Norms of networks and of functions: what their complexity is, as the theorems measure it."""
