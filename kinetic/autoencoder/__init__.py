"""Generalised moments: an encoder and a decoder of distribution functions, in the frame of the gas."""
