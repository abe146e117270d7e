"""Deep BSDE methods as tasks of the training loop."""
