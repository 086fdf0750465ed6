"""Numerics: arrays in, frozen dataclasses out, papers cited."""
