"""The Markov model of language of E and Zhou: word patterns, their recurrences, topics, semantic fields, translation.

W. E and Y. Zhou, "A mathematical model for universal semantics", IEEE TPAMI 44 (2022) 1124, arXiv:1907.12293."""
