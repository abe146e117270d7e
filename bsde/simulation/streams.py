"""Which random numbers are for what: keys of trainer.sampling.generator after the seed."""

TRAINING, VALIDATION, SCALES, VALUE = range(4)
