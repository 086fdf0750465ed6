"""Compare the information value of bins with optbinning, variable by variable, on real credit cards.

Run: WORKBENCH_REAL_DATA=DIR PYTHONPATH=peers python benchmarks/information_value.py; the head of
`benchmarks/binning.py` says how optbinning gets into the folder `peers`. Both merge the same 50
quantile pre-bins into at most 8 bins of at least 5 % of the cases, in each trend. Prints JSON:
what optbinning reaches, by trend and variable; `tests/oracles/risk/optbinning_cards.json` keeps it.
"""

import json
import os
import sys
import warnings
from importlib.util import find_spec

TRENDS = ("auto", "ascending", "descending", "none")

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
        for trend in TRENDS:
            peer = reached(values, events, splits, trend)
            own = binning.number(values, events, Options(50, Limits(8, 0.05), trend))
            found[trend][name] = peer
            below += own.information_value < peer - 1e-12
            above += own.information_value > peer + 1e-6
    said = f"{len(features) * len(TRENDS)} cases: ours is lower in {below}, higher in {above}"
    print(said, file=sys.stderr)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    if find_spec("optbinning") is None:
        sys.exit("optbinning is not installed: see the head of benchmarks/binning.py")
    if "WORKBENCH_REAL_DATA" not in os.environ:
        sys.exit("WORKBENCH_REAL_DATA is not set: it names the folder of real data sets")
    warnings.simplefilter("ignore")
    main()
