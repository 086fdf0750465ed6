"""A demo bank with known truth."""
