"""A research workbench for loan customers."""

__version__ = "0.1.0"
