"""Where a prediction comes from: contributions of raw columns that add up to it."""
