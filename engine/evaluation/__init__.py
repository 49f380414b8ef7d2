"""Scoring a model (`evaluate`), what its predictions amount to (`metrics`), and whether two runs differ (`significance`)."""
