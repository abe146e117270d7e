"""Interatomic potentials: encoders, networks, the contract that they keep, and how they are fitted."""
