"""Pages and figures of flows, in the style of trainer.report."""
