"""`explain(code)`: from a KPI down to the loans behind it."""


def explain(code: str) -> None:
    """Show what KPI `code` is made of."""
