"""The models of the theory. Each knows its norm, and the plain module that computes the same."""
