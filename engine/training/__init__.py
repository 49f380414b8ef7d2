"""Training: `recipe` runs a whole experiment, `loop` one stage, `objectives` the losses, `batches` the order of the data."""
