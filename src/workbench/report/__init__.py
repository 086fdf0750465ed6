"""Notebooks to published reports: parameters, kernels, runs, gates, pages."""
