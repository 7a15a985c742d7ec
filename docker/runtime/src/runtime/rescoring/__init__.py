"""Several saved models scored on the same rows, so that their numbers can be compared."""
