"""Paths of the diffusion, and values of policies along them."""
