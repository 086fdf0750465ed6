"""Notebooks to published reports: parameters, kernels, runs, gates, pages."""

import sys

# Checking a notebook's form, jsonschema compiles a grammar of international addresses at import if
# that package is there: a CPU second of every run, for a format that no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
