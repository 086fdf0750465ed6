"""What a consent must have been given for to cover a use: the rule pack, as queries take it."""

from workbench import settings

PACK = "consent-purposes"
ITEM = "item"
"""What stands in the place of a reason for a query where the use is a third-party item."""


def covered() -> str:
    """Return every use with a purpose that covers it, as `$purposes` of the named queries.

    Returns
    -------
    str
        Such as `,loan_approval:bureau_query,item:third_party_sharing,`: between commas the reason
        for a query, or `item`, and a purpose.
    """
    rules = settings.rulepack(PACK)
    uses = {**rules["bureau_reports"], ITEM: rules["third_party_items"]["purposes"]}
    pairs = [f"{use}:{purpose}" for use, purposes in uses.items() for purpose in purposes]
    return f",{','.join(pairs)},"
