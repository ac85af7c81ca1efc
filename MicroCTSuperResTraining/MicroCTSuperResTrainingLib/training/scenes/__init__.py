"""Simulated scenes and scans, on which the bundled model is trained."""
