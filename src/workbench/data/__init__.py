"""A bank's files, its lake and the tables a notebook reads."""
