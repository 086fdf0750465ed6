"""Text files of any wrapping and encoding as UTF-8 text; what does not fit is named by its line."""

import codecs
import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.data.scratch import Scratch
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


def text(path: Path, stated: str | None, scratch: Scratch) -> tuple[Path, str]:
    """Return a UTF-8 text file with the content of `path`, and how that was read.

    Raises
    ------
    DataError
        It is cut off or damaged, is no text, or does not fit the encoding `stated`, or either of
        UTF-8 and GB 18030 when there is none.
    """
    # The header is looked at before the rows: what was found out once is kept.
    if (path, stated) not in scratch.texts:
        scratch.texts[path, stated] = _decode(path, stated, scratch)
    return scratch.texts[path, stated]


def _decode(path: Path, stated: str | None, scratch: Scratch) -> tuple[Path, str]:
    """Return a file with the content of `path` as UTF-8, itself if it is that; and its encoding."""
    try:
        candidates = (codecs.lookup(stated).name,) if stated else ALTERNATIVES
    except LookupError as error:
        raise DataError(f"the encoding {stated!r} is unknown; use utf-8 or gb18030") from error
    for name in candidates:
        try:
            text, marked = _written(path, name, scratch)
        except UnicodeError as error:
            if stated:
                raise DataError(_unfit(path, stated, error)) from error
            continue
        return text, "utf-8-sig" if name == "utf-8" and marked else name
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


def _written(path: Path, encoding: str, scratch: Scratch) -> tuple[Path, bool]:
    """Decode `path`, unless it is plain UTF-8; return the text, and whether it had a mark."""
    pieces = _decoded(path, encoding)
    first = next(pieces, "")
    if encoding == "utf-8" and not _is_packed(path) and not first.startswith(MARK):
        for _ in pieces:
            pass
        return path, False
    text = scratch.file()
    try:
        with text.open("w", encoding="utf-8", newline="") as file:
            file.write(first.lstrip(MARK))
            file.writelines(pieces)
    except UnicodeError:
        os.truncate(text, 0)
        raise
    return text, first.startswith(MARK)


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
