"""Moment systems: what is left of the distribution are m_0 .. m_M, and a closure says what m_(M+1) does."""
