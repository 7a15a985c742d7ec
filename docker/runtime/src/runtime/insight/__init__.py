"""Analyses of a saved model: why it predicts what it predicts, where it fails, whom it treats how."""
