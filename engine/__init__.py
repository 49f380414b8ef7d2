"""The engine computes: everything that trains, perturbs, attributes, evaluates and stores, without any user interface."""
