"""Pages that people look at: errors of a potential on labelled frames, and what a trajectory says of its substance.

Statistics are gathered in one pass with bounded memory; a page is one HTML file that asks nothing of the network.
"""
