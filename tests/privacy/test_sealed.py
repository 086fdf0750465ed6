"""A sealed stream comes back as it was, or not at all."""

import io

import pytest

from workbench.errors import DataError, ParameterError
from workbench.privacy import sealed
from workbench.privacy.keys import Found, Key

KEY = Key.new()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Chunks of 100 bytes, so that a small stream has several."""
    monkeypatch.setattr(sealed, "CHUNK", 100)


def sealed_(content, key=KEY):
    target = io.BytesIO()
    with sealed.sealing(target, key, {"bank": "b1"}) as writer:
        for start in range(0, len(content), 37):
            writer.write(content[start : start + 37])
    return target.getvalue()


def opened(written, key=KEY):
    source = io.BytesIO(written)
    header = sealed.header(source, "x.sealed")
    reader = sealed.Reader(source, header, Found(key, "key file k"), "x.sealed")
    parts = []
    while part := reader.read(41):
        parts.append(part)
    reader.finish()
    return b"".join(parts)


def chunks(written):
    """Return the header, and the chunks behind it."""
    source = io.BytesIO(written)
    sealed.header(source, "x")
    start, size = source.tell(), sealed.CHUNK + sealed.TAG
    body = written[start:]
    return written[:start], [body[at : at + size] for at in range(0, len(body), size)]


@pytest.mark.parametrize("length", [0, 1, 99, 100, 101, 200, 201, 1234])
def test_any_length_comes_back(length):
    content = bytes(at % 251 for at in range(length))
    written = sealed_(content)
    assert opened(written) == content
    assert len(chunks(written)[1]) == max(1, -(-length // 100))


def test_the_same_content_is_never_sealed_the_same_way():
    one, other = sealed_(b"x" * 250), sealed_(b"x" * 250)
    assert not set(chunks(one)[1]) & set(chunks(other)[1])


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts[::-1],
        lambda parts: [parts[1], parts[0], *parts[2:]],
        lambda parts: [parts[0], *parts],
        lambda parts: parts[1:],
        lambda parts: parts[:-1],
        lambda parts: parts[:1],
        lambda parts: [*parts, parts[-1]],
        lambda parts: [*parts, b"more"],
        lambda parts: [],
    ],
)
def test_chunks_that_were_moved_removed_or_added_are_found(change):
    head, parts = chunks(sealed_(bytes(range(250)) * 2))
    assert len(parts) == 5
    with pytest.raises(DataError, match=r"x\.sealed was"):
        opened(head + b"".join(change(parts)))


def test_chunks_of_another_file_are_found():
    head, parts = chunks(sealed_(b"a" * 250))
    _, others = chunks(sealed_(b"b" * 250))
    with pytest.raises(DataError):
        opened(head + b"".join([parts[0], others[1], parts[2]]))


def test_every_changed_byte_is_found():
    written = sealed_(b"content" * 30)
    for at in range(len(written)):
        changed = bytearray(written)
        changed[at] ^= 4
        with pytest.raises((DataError, ParameterError)):
            opened(bytes(changed))


def test_every_cut_is_found():
    written = sealed_(b"content" * 30)
    for at in range(len(written)):
        with pytest.raises(DataError):
            opened(written[:at])


def test_another_key_is_named_with_both_versions():
    other = Key.new()
    with pytest.raises(ParameterError, match=f"holds key {other.id}, but x.sealed was .*{KEY.id}"):
        opened(sealed_(b"x"), other)
