"""Notebooks explored by hand: working copies, JupyterLab, parameter forms, KPIs down to loans."""
