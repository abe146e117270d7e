"""The training loop of every model in this house: it knows parameters, steps and losses, and nothing of physics."""
