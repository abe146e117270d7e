"""Learned moment closures: the network, its data, its training, and the file that a moment solver runs from."""
