"""Branches, staff, products and customers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.demo import names, season
from workbench.data.demo.draws import choose, choose_by, numbered, optional, pick, whole
from workbench.data.demo.segments import (
    CONSUMER,
    HOME,
    OWNER,
    Bools,
    Floats,
    Ints,
    counts,
    each,
    generator,
)

SECTIONS = (
    *("A01", "C33", "D44", "E47", "F52", "G54", "H62", "I65", "K70", "L72", "M74", "N77", "O80"),
)
SECTION_WEIGHTS = np.array(
    [
        [0, 12, 4, 9, 4, 5, 0, 0, 10, 33, 0, 23, 0],
        [2, 24, 1, 13, 17, 5, 1, 5, 6, 14, 3, 8, 1],
        [3, 26, 0, 12, 28, 5, 5, 4, 4, 8, 3, 0, 2],
        [3, 20, 0, 9, 40, 4, 8, 4, 0, 7, 0, 0, 5],
        [4, 10, 0, 4, 48, 8, 14, 0, 0, 0, 0, 0, 12],
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    dtype=np.float64,
)
SECTION_RISK = np.array(
    [
        0.716,
        0.249,
        -0.700,
        0.208,
        0.367,
        -0.487,
        0.385,
        -0.300,
        0.946,
        -0.167,
        -0.400,
        -0.400,
        -0.200,
    ]
)
"""Added to the log-odds of default by industry section, in the order of `SECTIONS`."""
OCCUPATIONS = ("机关事业单位", "国有企业", "民营企业", "个体经营", "自由职业", "退休")
ROLES = (
    *("relationship_manager", "approver", "risk_officer", "collector", "teller"),
    *("call_agent", "trainer"),
)
MANAGER, COLLECTOR, AGENT = 0, 3, 5
SOON = 12
"""Months to the first loan below which a consumer of the newest month came the month before."""


@dataclass(frozen=True, eq=False, repr=False)
class People:
    """Who is in the bank.

    Attributes
    ----------
    segment : array (n,) of int
        Position in `SEGMENTS` of each customer.
    joined : array (n,) of int
        Month of the first loan.
    age : array (n,) of float
        Years at the newest month; of the owner for firms.
    section : array (n,) of int
        Position in `SECTIONS`; meaningless for private persons.
    branch, manager : array (n,) of int
        Outlet and relationship manager, positions in `branches` and `staff`.
    temper : array (outlets,) of float
        How much better than average an outlet serves, in standard deviations of one answer.
    branches, staff, products, customers : DataFrame
        The canonical tables.
    """

    segment: Ints
    joined: Ints
    age: Floats
    section: Ints
    branch: Ints
    manager: Ints
    temper: Floats
    branches: pd.DataFrame
    staff: pd.DataFrame
    products: pd.DataFrame
    customers: pd.DataFrame

    @property
    def firm(self) -> Bools:
        """Tell which customers are firms."""
        return self.segment < OWNER


def people(
    customers: int, span: Ints, seed: int, *, bank: int = 0, others: People | None = None
) -> People:
    """Return the people of a bank of `customers` over the months `span`.

    When they are only some of a `bank` of that many customers, branches and staff are those of the
    whole bank; when `others` of the same bank are there, they are theirs.
    """
    rng = generator(seed, "people")
    segment = rng.permutation(np.repeat(np.arange(len(counts(customers))), counts(customers)))
    if others:
        branches, staff, temper = others.branches, others.staff, others.temper
        branch = others.branch[rng.integers(0, len(others.branch), customers)]
        manager = _manager(rng, branch, _homes(staff))
    else:
        branches, temper = _branches(rng, bank or customers)
        outlets = np.flatnonzero(branches.pop("is_outlet"))
        size = rng.lognormal(0, 0.35, len(outlets))
        branch = outlets[choose(rng, customers, size.tolist())]
        staff, manager = _staff(rng, bank or customers, branch, outlets)
    joined = _joined(rng, segment, span)
    centre = np.array([50, 48, 46, 44, 43, 38, 34])[segment]
    age = np.clip(rng.normal(centre, 8.5), 22, 70)
    section = choose_by(rng, segment, SECTION_WEIGHTS)
    frame = _customers(rng, segment, joined, age, span)
    frame["industry_code"] = pick(SECTIONS, np.where(segment <= OWNER, section, -1))
    frame["branch_id"] = pick(branches["branch_id"].tolist(), branch)
    frame["region_code"] = branches["region_code"].astype("category").array[branch]
    frame["relationship_manager_id"] = staff["staff_id"].array[manager]
    return People(
        *(segment, joined, age, section, branch, manager, temper),
        branches,
        staff,
        _products(),
        frame,
    )


def _branches(rng: np.random.Generator, customers: int) -> tuple[pd.DataFrame, Floats]:
    outlets = max(2, round(30 * (customers / 20_000) ** 0.54))
    subs = min(len(names.SUB_BRANCHES), max(1, round(outlets / 6)))
    parents = np.arange(outlets) % subs
    code = [f"B{place:04d}" for place in range(3 + subs + outlets)]
    district = rng.integers(2, 2 + names.DISTRICTS, subs)
    region = [f"{names.CITY[:4]}{number:02d}" for number in district]
    sub = [f"{name}一级支行" for name in names.SUB_BRANCHES[:subs]]
    frame = pd.DataFrame(
        {
            "branch_id": code,
            "branch_name": [
                "分行营业部",
                "风险管理部",
                "资产保全部",
                *sub,
                *names.outlets(outlets),
            ],
            "parent_branch_id": [None, code[0], code[0], *[code[0]] * subs]
            + [code[3 + parent] for parent in parents],
            "region_code": [names.CITY] * 3 + region + [region[parent] for parent in parents],
            "dept_role": ["relationship", "risk", "collection"]
            + ["relationship"] * (subs + outlets),
            "is_outlet": [False] * (3 + subs) + [True] * outlets,
        }
    )
    return frame, rng.normal(0, 0.10, len(frame))


def _homes(staff: pd.DataFrame) -> Ints:
    """Return the outlet of each relationship manager; they stand first, in order of outlets."""
    managers = staff.loc[staff["role"].eq(ROLES[MANAGER]), "branch_id"]
    return managers.str[1:].to_numpy().astype(np.int64)


def _manager(rng: np.random.Generator, branch: Ints, home: Ints) -> Ints:
    """Return a relationship manager of each customer's outlet."""
    first = np.searchsorted(home, branch, "left")
    held = np.searchsorted(home, branch, "right") - first
    return first + np.floor(rng.random(len(branch)) * held).astype(np.int64)


def _staff(
    rng: np.random.Generator, customers: int, branch: Ints, outlets: Ints
) -> tuple[pd.DataFrame, Ints]:
    managers = max(len(outlets), round(90 * (customers / 20_000) ** 0.896))
    home = np.concatenate([outlets, rng.choice(outlets, managers - len(outlets))])
    home.sort()
    manager = _manager(rng, branch, home)
    others = np.array([0.10, 0.06, 0.12, 0.9, 0.15, 0.02]) * managers
    role = np.repeat(np.arange(len(ROLES)), [managers, *np.maximum(1, others).astype(int)])
    place = np.where(role == COLLECTOR, 2, np.where(np.isin(role, (1, 2)), 1, 0))
    place[:managers] = home
    tellers = role == ROLES.index("teller")
    place[tellers] = rng.choice(outlets, int(tellers.sum()))
    years = rng.gamma(2.0, 4.0, len(role))
    hired = np.datetime64(season.LAST) - np.round(years * 365 + 30).astype("timedelta64[D]")
    frame = pd.DataFrame(
        {
            "staff_id": numbered("S", np.arange(len(role)) + 1, 4),
            "branch_id": [f"B{number:04d}" for number in place],
            "role": pick(ROLES, role),
            "hired_on": hired,
            "left_on": np.full(len(role), np.datetime64("NaT", "D")),
        }
    )
    return frame, manager


def _products() -> pd.DataFrame:
    frame = pd.DataFrame(
        names.PRODUCTS,
        columns=["product_id", "product_name", "product_type", "target_segment", "launched_on"],
    )
    frame["launched_on"] = pd.to_datetime(frame["launched_on"])
    return frame.assign(retired_on=np.full(len(frame), np.datetime64("NaT", "s")))


def _joined(rng: np.random.Generator, segment: Ints, span: Ints) -> Ints:
    share = np.minimum(0.8, each("joins")[segment] * len(span) / 36)
    weights = season.LENDING[span % 12]
    recent = span[choose(rng, len(segment), weights.tolist())]
    before = span[0] - 1 - np.floor(rng.gamma(1.6, 26, len(segment))).astype(np.int64)
    return np.where(rng.random(len(segment)) < share, recent, np.maximum(before, span[0] - 180))


def _customers(
    rng: np.random.Generator, segment: Ints, joined: Ints, age: Floats, span: Ints
) -> pd.DataFrame:
    size, firm = len(segment), segment < OWNER
    before = rng.integers(2, 26, size)
    # Accounts are opened up to the end of the window; consumer loans are decided within minutes.
    soon = (segment == CONSUMER) & (joined == span[-1]) & (before < SOON)
    before = np.where(soon, 1, before)
    opened = season.within(joined - before, rng.random(size) * 0.99)
    kind = np.where(firm, 0, np.where(segment == OWNER, 1, 2))
    frame = pd.DataFrame(
        {
            "customer_id": numbered("C", np.arange(size) + 1, 8),
            "customer_type": pick(("corporate", "business_owner", "individual"), kind),
            "size_class": pick(("large", "medium", "small", "micro"), _if(firm, segment)),
            "opened_on": opened,
            "closed_on": np.full(size, np.datetime64("NaT", "D")),
            "is_first_loan": rng.random(size) < np.where(segment == CONSUMER, 0.18, 0.10),
            "preferred_channel": pick(
                ("phone", "sms", "email", "app", "branch", "visit", "none"),
                choose_by(rng, firm.astype(np.int64), _CHANNELS),
            ),
            "do_not_contact": rng.random(size) < 0.03,
        }
    )
    private = _private(rng, segment, np.floor(span[-1] // 12 - age), age)
    return pd.concat([frame, private, _corporate(rng, segment, joined)], axis=1)


def _private(rng: np.random.Generator, segment: Ints, born: Floats, age: Floats) -> pd.DataFrame:
    """Return what is known of persons: borrowers and the owners of businesses."""
    size, person = len(segment), segment >= OWNER
    married = np.where(age < 29, 0, choose(rng, size, [12, 78, 9, 1]))
    occupation = choose(rng, size, [16, 18, 44, 8, 10, 4])
    return pd.DataFrame(
        {
            "gender": pick(("female", "male"), _if(person, choose(rng, size, [46, 54]))),
            "birth_year": whole(optional(born, person)),
            "education": pick(
                ("primary", "secondary", "college", "bachelor", "postgraduate"),
                _if(person, choose_by(rng, segment, _EDUCATION)),
            ),
            "marital_status": pick(
                ("single", "married", "divorced", "widowed"), _if(person, married)
            ),
            "occupation_class": pick(OCCUPATIONS, _if(segment >= HOME, occupation)),
            "housing_status": pick(
                ("owned", "mortgaged", "rented", "family", "other"),
                _if(person, choose_by(rng, segment, _HOUSING)),
            ),
        }
    )


def _corporate(rng: np.random.Generator, segment: Ints, joined: Ints) -> pd.DataFrame:
    """Return what is known of firms."""
    size, firm = len(segment), segment < OWNER
    founded = np.asarray(joined // 12 - 1 - np.floor(rng.gamma(2.0, 3.5, size)), dtype=np.float64)
    staff = np.array([1200, 350, 80, 12, 4, 0, 0])[segment] * rng.lognormal(0, 0.5, size)
    state = np.array([0.75, 0.35, 0.05, 0.0, 0.0, 0.0, 0.0])[segment]
    ownership = np.where(rng.random(size) < state, 0, choose(rng, size, [0, 88, 7, 5]))
    ownership = np.where(segment == OWNER, 4, _if(firm, ownership))
    group = np.where(firm & (rng.random(size) < 0.14), rng.integers(1, 2 + size // 120, size), 0)
    return pd.DataFrame(
        {
            "founded_year": whole(optional(founded, firm)),
            "employees": whole(optional(np.ceil(staff), firm)),
            "ownership_type": pick(
                ("state", "private", "foreign", "collective", "self_employed"), ownership
            ),
            "group_id": numbered("G", group, 5),
        }
    )


_EDUCATION = np.array([[5.0, 35, 30, 25, 5]] * 5 + [[1, 14, 27, 46, 12], [3, 25, 34, 33, 5]])
_HOUSING = np.array([[45.0, 35, 10, 8, 2]] * 5 + [[2, 95, 1, 1, 1], [30, 20, 32, 16, 2]])
_CHANNELS = np.array([[22.0, 18, 1, 40, 6, 1, 12], [38, 4, 5, 12, 10, 26, 5]])


def _if(known: Bools, rows: Ints) -> Ints:
    return np.where(known, rows, -1)
