"""People every identifying value of whom is unique, and a look for them in everything written."""

import base64
import io
import zipfile
from functools import cache
from pathlib import Path

import duckdb
import numpy as np

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫"
COUNT = 12
SHORTEST = 6
"""Bytes of the shortest form, by which all are looked for at once."""
STAFF = {f"B{at}": f"GH77{at}3051" for at in (1, 2)}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITIES = """
[[file]]
pattern = "identities*"
[[file.table]]
table = "customer_identities"
columns.customer_id = "客户号"
columns.core_customer_no = "客户号"
columns.legal_name = "姓名"
columns.id_type = { value = "resident_id" }
columns.id_number = "证件号"
columns.phone = "手机"
columns.email = "邮箱"
columns.address = "地址"

[[file]]
pattern = "staff*.csv"
[[file.table]]
table = "staff"
columns.staff_id = "工号"
columns.branch_id = "机构"
columns.role = { value = "relationship_manager" }

[[file]]
pattern = "interactions*.csv"
[[file.table]]
table = "interactions"
columns.interaction_id = "流水号"
columns.customer_id = "客户号"
columns.staff_id = "工号"
columns.started_at = "时间"
columns.channel = { value = "phone" }
columns.direction = { value = "outbound" }
columns.topic = { value = "CHANNEL" }
columns.note_text = "备注"
"""


def resident(at):
    """Return a resident identity number that is right, of an area that is not assigned."""
    head = f"110199{1950 + at}0307{7 + at:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(head, WEIGHTS, strict=True))
    return head + "10X98765432"[total % 11]


def person(at):
    """Return what identifies person number `at`."""
    return {
        "number": f"KH77{at:02d}90",
        "name": f"{SURNAMES[at]}㛃{'甲乙丙丁戊己庚辛壬癸子丑'[at]}",
        "latin": f"Zzyxw Quillon{chr(97 + at)}",
        "document": resident(at),
        "phone": f"1990077{at:02d}31",
        "card": f"62220277001{at:02d}3055",
        "mail": f"zq{at}.kh@mark77.example.com",
        "address": f"无名路㛃{at}弄77号",
    }


PEOPLE = [person(at) for at in range(COUNT)]
VALUES = [
    *(value for each in PEOPLE for value in each.values()),
    *STAFF.values(),
]


def written(value):
    """Return `value` as the bytes that could stand for it in a file."""
    found = set()
    for encoding in ENCODINGS:
        plain = value.encode(encoding)
        found |= {plain, plain.hex().encode(), plain.hex().upper().encode()}
        for shift in range(3):
            # What stands before it moves it against the groups of three bytes of base 64.
            code = base64.b64encode(b"\0" * shift + plain)
            found.add(code[(0, 2, 3)[shift] : len(code) // 4 * 4 - 4])
    found |= {ascii(value)[1:-1].encode()}
    return {each for each in found if len(each) >= SHORTEST}


FORMS = {form: value for value in VALUES for form in written(value)}


def inside(name, content):
    """Give the bytes of a file, and of what is packed in it."""
    yield content
    if content[:4] == b"PAR1":
        yield _rows(name)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from inside(member, archive.read(member))


def _rows(path):
    """Return everything a Parquet file says, values and statistics, as text."""
    with duckdb.connect() as own:
        place = str(path).replace("'", "''")
        rows = own.sql(f"SELECT * FROM read_parquet('{place}')").fetchall()
        about = own.sql(f"SELECT * FROM parquet_metadata('{place}')").fetchall()
    return repr([rows, about]).encode("utf-8")


def told(content):
    """Return the values that `content` gives away."""
    begins = _begins(content)
    near = set(BEGINS[np.isin(BEGINS, begins)].tolist())
    return sorted(
        {value for form, value in FORMS.items() if _first(form) in near and form in content}
    )


def _begins(content):
    """Return every `SHORTEST` bytes of `content` as a number."""
    bytes_ = np.frombuffer(content, np.uint8).astype(np.uint64)
    count = max(len(bytes_) - SHORTEST + 1, 0)
    return sum(
        (bytes_[at : at + count] << np.uint64(8 * at) for at in range(SHORTEST)),
        np.zeros(count, np.uint64),
    )


@cache
def _first(form):
    return int.from_bytes(form[:SHORTEST], "little")


BEGINS = np.unique(np.array([_first(form) for form in FORMS], np.uint64))


def found(folder, *but):
    """Return file → values for everything below `folder` that gives one away, names included."""
    leaks = {}
    for path in sorted(folder.rglob("*")):
        if any(path.is_relative_to(each) for each in but):
            continue
        values = told(path.relative_to(folder).as_posix().encode())
        if path.is_file() and not path.is_symlink():
            for content in inside(path, path.read_bytes()):
                values += told(content)
        if values:
            leaks[path.relative_to(folder).as_posix()] = sorted(set(values))
    return leaks


def table(header, rows, delimiter=","):
    return "\n".join([header, *(delimiter.join(map(str, row)) for row in rows)]) + "\n"


def identities(*, bad=()):
    """Return the file of identities; the people numbered `bad` lack what is required."""
    rows = [
        (
            each["number"],
            each["name"],
            "" if at in bad else each["document"],
            each["phone"],
            each["mail"],
            each["address"],
        )
        for at, each in enumerate(PEOPLE)
    ]
    return table("客户号,姓名,证件号,手机,邮箱,地址", rows)


def customers(*, day="2020-01-31", kind="individual", people=PEOPLE):
    rows = [
        (each["number"], kind, "440300", f"B{1 + at % 2}", day, "N", "", 1980)
        for at, each in enumerate(people)
    ]
    return table("客户号,类型,地区,机构,开户日,拒绝营销,人数,出生年份", rows)


def interactions(notes):
    rows = [
        (f"I{at}", PEOPLE[at % COUNT]["number"], STAFF["B1"], "2026-01-05 10:00:00", note)
        for at, note in enumerate(notes)
    ]
    return table("流水号,客户号,工号,时间,备注", rows)


def staff():
    return table("工号,机构", [(number, branch) for branch, number in STAFF.items()])


def source(folder: Path):
    """Add the files of people to the source map of the tests."""
    with (folder / "data" / "sources" / "test.toml").open("a", encoding="utf-8") as file:
        file.write(IDENTITIES)
