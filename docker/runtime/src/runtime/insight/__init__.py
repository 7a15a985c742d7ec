"""Analyses of a saved model: why it predicts so, where it fails, whom it treats how."""
