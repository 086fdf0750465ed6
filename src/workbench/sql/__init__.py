"""Named queries in one portable subset of SQL."""
