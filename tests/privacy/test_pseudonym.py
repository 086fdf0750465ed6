import base64
import hashlib
import hmac
import random

from workbench.privacy import pseudonym


def standard(secret, number, kind):
    """HMAC-SHA-256 and base 32 by the standard library alone."""
    digest = hmac.new(secret, f"{kind}:{number}".encode(), hashlib.sha256).digest()
    return kind[0] + base64.b32encode(digest).decode()[:20].lower()


def test_the_same_number_gets_the_same_pseudonym_and_another_key_another_one():
    one, other = pseudonym.Key.new(), pseudonym.Key.new()
    assert one.pseudonym("C00012345", "customer") == one.pseudonym("C00012345", "customer")
    assert one.pseudonym("C00012345", "customer") != other.pseudonym("C00012345", "customer")
    assert one.id != other.id


def test_pseudonyms_agree_with_the_standard_also_across_portions(monkeypatch):
    monkeypatch.setattr(pseudonym, "PORTION", 7)
    draw = random.Random(1)
    for size in (0, 1, 6, 7, 8, 30):
        key = pseudonym.Key(draw.randbytes(32))
        numbers = [f"客户{draw.randrange(10**9)}" * draw.randint(1, 20) for _ in range(size)]
        expected = {number: standard(key.secret, number, "customer") for number in numbers}
        assert key.pseudonyms(numbers, "customer") == expected


def test_a_pseudonym_that_was_given_out_stays_the_same():
    # Computed with `printf customer:C1 | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1f`.
    key = pseudonym.Key(bytes(range(32)))
    assert key.pseudonym("C1", "customer") == "ckjoxvdxyxmeji5iauyrb"


def test_customers_and_staff_of_one_number_differ():
    key = pseudonym.DEMO
    assert key.pseudonym("1", "customer")[0] == "c"
    assert key.pseudonym("1", "staff")[0] == "s"
    assert key.pseudonym("1", "customer")[1:] != key.pseudonym("1", "staff")[1:]
