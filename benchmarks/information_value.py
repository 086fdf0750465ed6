"""Compare the information value of bins with optbinning, variable by variable, on real cards.

Run: WORKBENCH_REAL_DATA=DIR PYTHONPATH=peers python benchmarks/information_value.py; the head of
`benchmarks/binning.py` says how optbinning gets into the folder `peers`. Both merge the same 50
quantile pre-bins into at most 8 bins of at least 5 % of the cases, in each trend; its `auto` may
bend once, and so may ours there (peak or valley), though our own `auto` may not. Prints JSON: what
optbinning reaches, by trend and variable; `tests/oracles/risk/optbinning_cards.json` keeps it.
"""

import json
import os
import sys
import warnings
from importlib.util import find_spec

TRENDS = {
    "auto": ("peak", "valley"),
    "ascending": ("ascending",),
    "descending": ("descending",),
    "none": ("none",),
}
"""Its trends, and ours that allow the same."""

SECONDS = 20
"""Most time that its solver may take; what it has found by then counts."""


def cards():
    """Return features and outcomes of the credit cards of Yeh & Lien."""
    import duckdb

    folder = os.environ["WORKBENCH_REAL_DATA"]
    table = duckdb.sql(f"SELECT * FROM '{folder}/uci_taiwan_default.parquet'").df()
    events = table.pop("has_default").to_numpy(float)
    return table.rename(columns=str.lower).astype(float), events


def reached(values, events, splits, trend):
    """Return the information value of optbinning's bins."""
    from optbinning import OptimalBinning

    model = OptimalBinning(
        dtype="numerical",
        user_splits=splits,
        max_n_bins=8,
        min_bin_size=0.05,
        time_limit=SECONDS,
        monotonic_trend=None if trend == "none" else trend,
    )
    model.fit(values, events)
    model.binning_table.build()
    return float(model.binning_table.iv)


def main():
    """Print what optbinning reaches as JSON, and on the error stream where ours differs."""
    from workbench.stats import binning
    from workbench.stats.binning import Options, pre_bins
    from workbench.stats.monotone import Limits

    features, events = cards()
    found = {trend: {} for trend in TRENDS}
    below, above = 0, 0
    for name in features:
        values = features[name].to_numpy()
        splits = pre_bins(values, 50)[1:]
        for trend, alike in TRENDS.items():
            peer = found[trend][name] = reached(values, events, splits, trend)
            own = max(
                binning.number(values, events, Options(50, Limits(8, 0.05), each)).information_value
                for each in alike
            )
            below += own < peer - 1e-9
            above += own > peer + 1e-6
    said = f"{features.shape[1] * len(TRENDS)} cases: ours is lower in {below}, higher in {above}"
    print(said, file=sys.stderr)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    if find_spec("optbinning") is None:
        print("optbinning is not installed: see the head of benchmarks/binning.py")
    elif "WORKBENCH_REAL_DATA" not in os.environ:
        print("WORKBENCH_REAL_DATA is not set: it names the folder of real data sets")
    else:
        warnings.simplefilter("ignore")
        main()
