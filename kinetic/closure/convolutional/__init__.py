"""Learned moments and a closure that is a convolution on the mesh of the data, and for no other mesh."""
