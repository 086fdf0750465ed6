"""Hide the small cells of wide tables: CPU seconds, cells hidden, and whether any can be recovered.

The peer is the usual way: a linear programme for every small cell, whatever is hidden already.
"""

import sys
import time
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.privacy.test_cells import crossed
from workbench.privacy import cells

ROWS, COLUMNS, SMALL, LEAST = 20, 10, 125, 5


def tables(count: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return tables with both margins known, most of whose cells are small."""
    draw = np.random.default_rng(1)
    found = []
    for _ in range(count):
        inner = draw.integers(LEAST, 60, (ROWS, COLUMNS)).astype(float)
        few = draw.choice(ROWS * COLUMNS, SMALL, replace=False)
        inner.ravel()[few] = draw.integers(1, LEAST, SMALL)
        found.append(crossed(inner))
    return found


def main() -> None:
    """Protect each table, then audit it."""
    spent, hidden_, open_ = [], [], 0
    for values, equations, margins in tables(5):
        primary = (values > 0) & (values < LEAST)
        begun = time.process_time()
        hidden = cells.complemented(values, equations, primary, width=LEAST, fixed=margins)
        spent.append(time.process_time() - begun)
        hidden_.append(int(hidden.sum() - primary.sum()))
        open_ += cells.recoverable(values, equations, hidden, primary, width=LEAST).sum()
    print(
        f"{ROWS}×{COLUMNS} with {SMALL} small cells: {np.mean(spent):.2f} CPU s a table "
        f"(at most {max(spent):.2f}), {np.mean(hidden_):.1f} partners, {open_} recoverable"
    )


if __name__ == "__main__":
    main()
