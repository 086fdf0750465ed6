"""Text files of any wrapping and encoding as UTF-8 text; what does not fit is named by its line."""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.errors import DataError

CHUNK = 1 << 20
MARK = "\ufeff"
"""Byte order mark: no part of the first header, however often it was put before it."""
ALTERNATIVES = ("utf-8", "gb18030")
OTHERS = {
    b"PK\x03\x04": "a workbook or a zip archive; unpack it, or give it the ending .xlsx",
    b"\xd0\xcf\x11\xe0": "an old or encrypted workbook; save it as .xlsx without a password",
    b"\x1f\x8b": "compressed; give it the ending .gz",
    b"PAR1": "a Parquet file; give it the ending .parquet",
    b"%PDF": "a PDF document; ask for the data as a text file",
    b"\xff\xfe": 'in UTF-16; save it as UTF-8, or put encoding = "utf-16" into the source map',
    b"\xfe\xff": 'in UTF-16; save it as UTF-8, or put encoding = "utf-16" into the source map',
}
"""How files begin that are no text in one of the alternatives, and what to do about them."""


def text(path: Path, stated: str | None, scratch: Path) -> tuple[Path, str]:
    """Return a UTF-8 text file with the content of `path`, and how that was read.

    Raises
    ------
    DataError
        It is cut off or damaged, is no text, or does not fit the encoding `stated`, or either of
        UTF-8 and GB 18030 when there is none.
    """
    target = place(path, scratch)
    # The header is looked at before the rows: what was found out once is kept beside the text.
    known = target.with_suffix(f".{stated or 'any'}")
    if not known.exists():
        known.write_text(_decode(path, stated, target))
    return (target if target.exists() else path), known.read_text()


def place(path: Path, scratch: Path) -> Path:
    """Return where the text of `path` is put.

    Two folders may hold files of one name, and a name may be as long as the machine allows.
    """
    return scratch / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.txt"


def _decode(path: Path, stated: str | None, target: Path) -> str:
    """Write the content of `path` to `target` as UTF-8, unless it is that; return its encoding."""
    try:
        candidates = (codecs.lookup(stated).name,) if stated else ALTERNATIVES
    except LookupError as error:
        raise DataError(f"the encoding {stated!r} is unknown; use utf-8 or gb18030") from error
    for name in candidates:
        try:
            first = _written(path, name, target)
        except UnicodeError as error:
            target.unlink(missing_ok=True)
            if stated:
                raise DataError(_unfit(path, stated, error)) from error
            continue
        return "utf-8-sig" if name == "utf-8" and first.startswith(MARK) else name
    with _opened(path) as file:
        begins = file.read(4)
    for bytes_, what in OTHERS.items():
        if begins.startswith(bytes_):
            raise DataError(f"{path.name} is no text in UTF-8 or GB 18030 but {what}")
    utf8, gb = (_misfit(path, name) for name in ALTERNATIVES)
    raise DataError(
        f"{path.name} is neither UTF-8 nor GB 18030: line {utf8} does not fit the first, line {gb} "
        "not the second; save it as UTF-8, or name its encoding in the source map"
    )


def _unfit(path: Path, stated: str, error: UnicodeError) -> str:
    what = str(error)
    if isinstance(error, UnicodeDecodeError):
        byte, line = error.object[error.start], _misfit(path, stated)
        what = f"byte {byte:#x}{f' in line {line}' if line else ''} does not fit"
    return (
        f"{path.name} is not {stated}: {what}; correct the encoding in the source map, or leave "
        "it out"
    )


def _misfit(path: Path, encoding: str) -> int:
    """Return the first line of `path` that is not in `encoding`; 0 if only the whole is not.

    In both alternatives, and in single bytes, a newline is no part of another character.
    """
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 0


def _written(path: Path, encoding: str, target: Path) -> str:
    """Decode `path`, into `target` unless it is plain UTF-8 already; return the first piece."""
    pieces = _decoded(path, encoding)
    first = next(pieces, "")
    if encoding == "utf-8" and not _is_packed(path) and not first.startswith(MARK):
        for _ in pieces:
            pass
        return first
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(first.lstrip(MARK))
        file.writelines(pieces)
    return first


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    """Yield the text of `path` piece by piece; a byte that does not fit is a UnicodeError."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with _opened(path) as file:
            while chunk := file.read(CHUNK):
                yield decoder.decode(chunk)
            yield decoder.decode(b"", final=True)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} is cut off or damaged ({error}); fetch it again") from error


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _opened(path: Path) -> Any:
    return gzip.open(path, "rb") if _is_packed(path) else path.open("rb")
