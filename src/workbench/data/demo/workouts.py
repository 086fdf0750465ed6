"""What is recovered of loans in default, told as truth: it draws nothing and changes no row.

What a sold loan brings, what comes in behind a write-off and that no undrawn limit is drawn before
default follow from how loans live (`months`, `performance`, `facilities`).
"""

import numpy as np

from workbench.data.demo import performance
from workbench.data.demo.months import sold_for
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import CODES


def part(world: World) -> Part:
    """Return what is planted of losses: shares recovered, and the use of undrawn limits."""
    rows = world.written
    off, seen = rows.written_off.sum(), world.tables["loan_months"]
    later = seen["balance"].to_numpy() == 0
    late = (seen["recovered_amount"].to_numpy() > 0) & later
    ended = world.tables["loans"].set_index("loan_id")["close_type"] == "written_off"
    lost = np.asarray(ended.reindex(seen["loan_id"]).to_numpy(), dtype=bool)
    told = float(seen["recovered_amount"].to_numpy()[late & lost].sum() / off) if off > 0 else None
    return Part(
        planted=(
            Planted(
                "loss.sale_price",
                "A loan in default that is sold brings a fixed share of what is owed, by segment",
                dict(zip(CODES, np.round(sold_for(), 6).tolist(), strict=True)),
                "share of the balance",
                ("loan_months.recovered_amount", "loans.close_type"),
            ),
            Planted(
                "loss.after_write_off",
                "Of a loan written off so much comes in within 36 months, on average; naive: what "
                "came in until now over all that was written off",
                performance.RECOVERED * performance.RECOVERED_SHARE,
                "share of the amount written off, undiscounted",
                ("loan_months.recovered_amount", "loan_months.written_off_amount"),
                naive=None if told is None else round(told, 6),
            ),
            Planted(
                "loss.put_right",
                "A loan in default that is put right loses nothing",
                0.0,
                "share of the exposure",
                ("loan_months.restructured", "loan_months.dpd"),
            ),
            Planted(
                "exposure.undrawn",
                "Nothing of an undrawn limit is drawn before default: lines are blocked in arrears",
                0.0,
                "share of the undrawn limit",
                ("loan_months.balance", "facilities.credit_limit"),
            ),
        )
    )
