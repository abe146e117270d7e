"""The mathematical theory of learning as numbers: complexities, norms, bounds and rates, each with its certificate."""
