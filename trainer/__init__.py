"""Learns models from data and writes them as TorchScript files that describe themselves."""
