"""A solution with error bars: several seeds, each trained and then evaluated, in a run folder."""
