"""Linear problems: Feynman-Kac expectations to a requested error, by three ways of sampling."""
