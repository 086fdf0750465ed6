"""Planted identities in every disguise, and things that only look like them."""

from datetime import date, timedelta
from html import escape

from workbench.privacy import numbers

SURNAMES = "例设样拟仿"
GIVEN = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


def resident(draw):
    """Return an identity number that is right in every part and belongs to nobody known."""
    born = date(1940, 1, 1) + timedelta(days=draw.randrange(25_000))
    area = draw.choice(["110199", "310199", "440398", "510197", "820001"])
    head = f"{area}{born:%Y%m%d}{draw.randrange(1000):03d}"
    total = sum(int(d) * w for d, w in zip(head, numbers.WEIGHTS, strict=True))
    return head + numbers.CHECKS[total % 11]


def card(draw):
    start = draw.choice(["622202", "621700", "4367", "5264", "2221", "3782", "3530", "6011"])
    length = 15 if start == "3782" else draw.choice([16, 16, 16, 19] if start[0] == "6" else [16])
    body = start + "".join(str(draw.randrange(10)) for _ in range(length - len(start) - 1))
    for last in "0123456789":
        digits = [int(each) for each in reversed(body + last)]
        total = sum(digits[::2]) + sum(2 * d - 9 * (d > 4) for d in digits[1::2])
        if total % 10 == 0:
            return body + last
    raise AssertionError


def mobile(draw):
    return f"1{draw.choice('3456789')}{draw.randrange(10**9):09d}"


def credit_code(draw):
    letters = numbers.CODE_LETTERS
    while True:
        head = "91" + f"{draw.randrange(10**6):06d}" + "".join(draw.choices(letters, k=9))
        total = sum(letters.index(c) * pow(3, at, 31) for at, c in enumerate(head))
        code = head + letters[(31 - total % 31) % 31]
        if not code.isdigit():
            return code


def address(draw):
    return f"user{draw.randrange(10**6)}.x@mail{draw.randrange(100)}.example.com"


def name(draw):
    return draw.choice(SURNAMES) + "".join(draw.choices(GIVEN, k=draw.choice([1, 2])))


MAKERS = {
    "resident": resident,
    "card": card,
    "mobile": mobile,
    "credit_code": credit_code,
    "address": address,
    "name": name,
}


def disguised(draw, kind, value):
    """Return `value` as careless people write it."""
    ways = [value]
    if kind == "mobile":
        ways += [f"+86 {value}", f"86{value}", f"{value[:3]}-{value[3:7]}-{value[7:]}"]
        ways += [f"{value[:3]} {value[3:7]} {value[7:]}", f"0086{value}"]
    if kind == "card":
        groups = [value[at : at + 4] for at in range(0, len(value), 4)]
        ways += [" ".join(groups), "-".join(groups)] if len(groups[-1]) > 2 else []
    if kind == "resident":
        ways += [value.lower(), f"{value[:6]} {value[6:14]} {value[14:]}"]
    if kind not in ("name", "address"):
        ways.append(value.translate(str.maketrans("0123456789", "０１２３４５６７８９")))
    return draw.choice(ways)


def html(draw, kind, shown):
    """Return a page with `shown` somewhere in it."""
    inside = [
        f"<p>客户{shown}来电</p>",
        f"<td>{shown}</td>",
        f'<a href="x?q={escape(shown)}">x</a>',
    ]
    inside.append(f"<!-- {shown} -->")
    if kind in ("mobile", "card", "resident") and shown.isascii() and " " not in shown:
        half = len(shown) // 2
        inside.append(f"<b>{shown[:half]}</b>\u00ad{shown[half:]}")
        inside.append("".join(f"&#{ord(each)};" for each in shown))
    if kind in ("address",):
        inside = [inside[0], inside[1]]
    return f"<html>\n<body>\n{draw.choice(inside)}\n</body></html>"


def clean(draw):
    """Return a page full of numbers that identify nobody."""
    rows = []
    for _ in range(60):
        amount, share = draw.uniform(0, 1e12), draw.random()
        rows.append(
            f"<tr><td>{amount:,.2f}</td><td>{amount:.2f}</td><td>{share}</td>"
            f"<td>2026-{draw.randrange(1, 13):02d}-28 12:30:15</td>"
            f"<td>{draw.getrandbits(128):032x}</td>"
            f"<td>run 20261124T{draw.randrange(10**6):06d}Z</td><td>{draw.gauss(0, 1):.17g}</td>"
            f"<td>1.{draw.randrange(10**17):017d}</td><td>c{draw.getrandbits(90):x}</td></tr>"
        )
    points = " ".join(f"{draw.uniform(0, 999):.6f}" for _ in range(400))
    path = (
        f'<path d="M {points}" transform="scale({draw.random()})"/><use x="{draw.uniform(0, 9)}"/>'
    )
    picture = "".join(draw.choices("ABCDEFabcdef0123456789+/", k=4000))
    return (
        f"<html><svg>{path}</svg><table>{''.join(rows)}</table>"
        f'<img src="data:image/png;base64,{picture}"></html>'
    )
