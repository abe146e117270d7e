"""Active learning: explore with a committee, label what its members disagree on, train again, until nothing is new.

project -> rounds of training, exploration, selection, labelling; each job is a program in a folder of its own.
"""
