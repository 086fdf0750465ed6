"""Dated rules as frozen objects, shared by several analyses."""
