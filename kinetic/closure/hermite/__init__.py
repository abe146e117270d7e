"""Fixed Hermite moments and a learned closure."""
