"""Who customers are: invented names, numbers, telephones and addresses that belong to nobody.

Numbers are well formed, so that a scanner for leaks finds them, but cannot be anyone's: the
address code 1199xx was never assigned, nor the telephone numbers that begin with 154; addresses of
e-mail end in `example.com`, and the city does not exist.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.data.demo import duplicates, names
from workbench.data.demo.draws import pick
from workbench.data.demo.planting import Part, World
from workbench.data.demo.segments import OWNER, Ints

AREA = 119900
"""Address code of nowhere: Beijing has no city 99."""
SEGMENT = 154
"""First digits of telephone numbers that no operator was given."""
SCATTER = 38_567_641
"""No factor in common with 10 to the 8th: telephone numbers are scattered and differ."""
RESIDENT = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
RESIDENT_CHECK = "10X98765432"
"""GB 11643: weights of the first 17 digits, and the 18th by their sum modulo 11."""
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT = 3 ** np.arange(17) % 31
"""GB 32100: weights of the first 17 of the 31 characters, modulo 31."""
ORGANISATION = np.array([3, 7, 9, 10, 5, 8, 4, 2])
"""GB 11714: weights of the first eight characters of the organisation's own code."""
OTHER_PAPER = 0.40
"""Customers entered twice whose second entry rests on another document."""
KINDS = ("resident_id", "uscc", "passport")
Texts = NDArray[np.object_]


def part(world: World) -> Part:
    """Return `customer_identities`; entries that are one customer share name and telephone."""
    rng = world.random("identities")
    customers = world.people.customers
    size, firm = len(customers), world.people.segment < OWNER
    district = 1 + rng.integers(0, names.DISTRICTS, size)
    number = np.where(firm, _credit(rng, district), _resident(world, rng, district))
    phone = SEGMENT * 10**8 + (np.arange(size) * SCATTER + rng.integers(10**8)) % 10**8
    kind = firm.astype(np.int64)
    name = np.where(firm, _firms(world, rng), _persons(rng, size))
    first, second = duplicates.pairs(world)
    other = (rng.random(len(second)) < OTHER_PAPER) & ~firm[second]
    for values in (name, number, phone):
        values[second] = values[first]
    number[second[other]] = [f"EX{place:07d}" for place in second[other].tolist()]
    kind[second[other]] = KINDS.index("passport")
    mail = [f"user{place}@example.com" for place in rng.permutation(size).tolist()]
    known = rng.random(size) < 0.55
    return Part(
        {
            "customer_identities": pd.DataFrame(
                {
                    "customer_id": customers["customer_id"],
                    "core_customer_no": customers["customer_id"],
                    "legal_name": name,
                    "id_type": pick(KINDS, kind),
                    "id_number": number,
                    "phone": phone.astype(str),
                    "email": pd.Series(mail, dtype=object).where(known, None),
                    "address": _addresses(rng, district),
                }
            )
        }
    )


def resident_check(digits: Ints) -> Texts:
    """Return the 18th character of resident numbers, given their first 17 `digits` (n, 17)."""
    last = np.array(list(RESIDENT_CHECK), dtype=object)
    return np.asarray(last[(digits * RESIDENT).sum(axis=1) % 11], dtype=object)


def credit_check(codes: Ints) -> Ints:
    """Return the 18th position in `LETTERS` of credit codes, given the first 17 (n, 17)."""
    return np.asarray((31 - (codes * CREDIT).sum(axis=1) % 31) % 31)


def _resident(world: World, rng: np.random.Generator, district: Ints) -> Texts:
    """Return resident numbers that agree with year of birth and gender."""
    customers = world.people.customers
    size = len(customers)
    year = customers["birth_year"].astype("Int64").fillna(1980).to_numpy().astype(np.int64)
    male = customers["gender"].eq("male").to_numpy()
    month, day = 1 + rng.integers(0, 12, size), 1 + rng.integers(0, 28, size)
    order = 2 * rng.integers(0, 499, size) + male
    whole = ((AREA + district) * 10**8 + year * 10**4 + month * 100 + day) * 1000 + order
    digits = whole[:, None] // 10 ** np.arange(16, -1, -1) % 10
    return np.asarray(whole.astype(str).astype(object) + resident_check(digits))


def _credit(rng: np.random.Generator, district: Ints) -> Texts:
    """Return unified social credit codes of firms nowhere."""
    size = len(district)
    codes = np.zeros((size, 18), dtype=np.int64)
    codes[:, 0], codes[:, 1] = 9, 1
    codes[:, 2:8] = (AREA + district)[:, None] // 10 ** np.arange(5, -1, -1) % 10
    codes[:, 8:16] = rng.integers(0, 10, (size, 8))
    own = (11 - (codes[:, 8:16] * ORGANISATION).sum(axis=1) % 11) % 11
    codes[:, 16] = np.where(own == 10, LETTERS.index("X"), own)
    codes[:, 17] = credit_check(codes[:, :17])
    letters = np.array(list(LETTERS), dtype=object)[codes]
    return np.array(["".join(row) for row in letters.tolist()], dtype=object)


def _persons(rng: np.random.Generator, size: int) -> Texts:
    surname, one, two = (
        np.array(words, dtype=object)[rng.integers(0, len(words), size)]
        for words in (names.SURNAMES, names.SYLLABLES, names.SYLLABLES)
    )
    return np.asarray(surname + one + two)


def _firms(world: World, rng: np.random.Generator) -> Texts:
    size = len(world.people.segment)
    code = world.people.customers["industry_code"].astype(str).to_numpy()
    trade = np.array([names.TRADES.get(str(each)[:1], "服务") for each in code], dtype=object)
    given = [
        np.array(names.SYLLABLES, dtype=object)[rng.integers(0, len(names.SYLLABLES), size)]
        for _ in range(3)
    ]
    return np.asarray("示范市" + given[0] + given[1] + given[2] + trade + "有限公司")


def _addresses(rng: np.random.Generator, district: Ints) -> Texts:
    size = len(district)
    road = np.array(names.ROADS, dtype=object)[rng.integers(0, len(names.ROADS), size)]
    house, room = 1 + rng.integers(0, 400, size), 101 + rng.integers(0, 1800, size)
    return np.asarray(
        "示范市第"
        + district.astype(str).astype(object)
        + "区"
        + road
        + house.astype(str).astype(object)
        + "号"
        + room.astype(str).astype(object)
        + "室"
    )
