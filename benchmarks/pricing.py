"""Time prices of 100,000 loans, and conditional logits beside statsmodels, on one thread.

Run: python benchmarks/pricing.py. Prints CPU seconds and how far the numbers lie apart. Choices are
those of the bank-card conjoint where WORKBENCH_REAL_DATA names the folder of real data sets, and
made up in the same form elsewhere.
"""

import os
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

LOANS, CHOICES, ATTRIBUTES = 100_000, 14_799, 14


def timed(label, call):
    """Run `call`, print its CPU seconds, and return them with what it gave."""
    began = time.process_time()
    found = call()
    taken = time.process_time() - began
    print(f"{label:58} {taken:9.4f} s")
    return taken, found


def loans():
    """Return costs and lives of loans: terms from one to thirty years, all plans."""
    from workbench.stats.loan_price import Costs
    from workbench.stats.loan_value import Life

    rng = np.random.default_rng(1)
    columns = {
        "funding": rng.uniform(0.014, 0.026, LOANS),
        "operating": rng.uniform(0.001, 0.01, LOANS),
        "pd": rng.uniform(0.0005, 0.1, LOANS),
        "lgd": rng.uniform(0.2, 0.7, LOANS),
        "capital": rng.uniform(0.02, 0.105, LOANS),
        "tax": rng.choice([0.0, 0.0634], LOANS),
        "fee": np.zeros(LOANS),
    }
    costs = Costs.of(columns, hurdle=0.1, income_tax=0.25)
    months = rng.choice([12, 24, 36, 60, 240, 360], LOANS)
    method, prepaid = rng.integers(0, 3, LOANS), rng.uniform(0, 0.3, LOANS)
    one = Life(months, method, costs.pd[:, None], prepaid)
    fade = costs.pd[:, None] * np.linspace(1, 0.6, 5)
    return costs, one, Life(months, method, fade, prepaid)


def choices():
    """Return differences of pairs of offers, which was taken, and by whom."""
    folder = os.environ.get("WORKBENCH_REAL_DATA")
    if folder:
        import duckdb

        rows = duckdb.sql(f"select * from '{folder}/bank_card_conjoint_choices.parquet'").df()
        people = np.unique(rows["id"], return_inverse=True)[1]
        return (
            rows.drop(columns=["id", "choice"]).to_numpy(float),
            rows["choice"].to_numpy(float),
            people,
        )
    rng = np.random.default_rng(2)
    gaps = rng.choice([-1.0, 0.0, 1.0], (CHOICES, ATTRIBUTES))
    chance = 1 / (1 + np.exp(-gaps @ np.linspace(-1, 2, ATTRIBUTES)))
    return gaps, (rng.random(CHOICES) < chance).astype(float), np.arange(CHOICES) // 15


def main():
    """Print the figures."""
    import statsmodels.api as sm
    from statsmodels.discrete.conditional_models import ConditionalLogit

    from workbench.stats import choice, loan_price, loan_value

    costs, one, many = loans()
    timed(f"{LOANS:,} prices over one year", lambda: loan_price.price(costs))
    _, rate = timed(
        f"{LOANS:,} prices over whole lives, one PD", lambda: loan_value.price(costs, one)
    )
    left = np.abs(loan_value.present_value(rate, costs, one)).max()
    timed(
        f"{LOANS:,} prices over whole lives, five yearly PDs", lambda: loan_value.price(costs, many)
    )
    print(f"{'largest present value at its price':58} {left:9.1e}")

    gaps, first, people = choices()
    pairs, fit = timed(f"{len(first):,} paired choices", lambda: choice.paired(gaps, first, people))
    long = np.repeat(gaps, 2, axis=0)
    long[1::2] = 0
    taken = np.column_stack([first, 1 - first]).ravel()
    sets = np.repeat(np.arange(len(first)), 2)
    general, _ = timed("the same as choice sets", lambda: choice.fit(long, taken, sets))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ConditionalLogit(taken, long, groups=sets)
        peer, other = timed("statsmodels ConditionalLogit", lambda: model.fit(disp=0))
    exact = sm.Logit(first, gaps).fit(disp=0, tol=1e-12)
    same = np.abs(fit.coefficients - exact.params).max()
    # Its usual optimiser stops early.
    apart = np.abs(fit.coefficients - other.params).max()
    print(
        f"{'statsmodels over ours: pairs, sets':58} {peer / pairs:7.0f} x {peer / general:6.0f} x"
    )
    print(f"{'largest difference of a coefficient, from ConditionalLogit':58} {apart:9.1e}")
    print(f"{'largest difference of a coefficient, from Logit':58} {same:9.1e}")


if __name__ == "__main__":
    main()
