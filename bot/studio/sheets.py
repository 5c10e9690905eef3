"""Tables as people have them: CSV in the encodings of this world and Excel files, read without trusting them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from bot.errors import StudioRefused
from bot.studio.shape import is_hidden
from bot.studio.words import StudioWords

MOST_BYTES = 50_000_000
"""Of an upload. An Excel file may unpack to `UNPACKED` bytes."""
UNPACKED = 200_000_000
MOST_ROWS = 2_000
MOST_COLUMNS = 60
MOST_CELL = 60_000
FORMULA = "=+-@\t\r"
"""What a spreadsheet takes for a formula at the head of a cell."""

Row = list[str]


class Formula(str):
    """A cell that computes something."""

    __slots__ = ()


def read(name: str, data: bytes, words: StudioWords) -> list[Row]:
    """The rows of a file, headings first, by what is in it rather than by its name.

    Raises:
        StudioRefused: it is none of ours, damaged, or larger than a table of questions is.
    """
    if len(data) > MOST_BYTES:
        raise StudioRefused("file_too_big", most=MOST_BYTES // 1_000_000)
    if data[:4] == b"PK\x03\x04":
        return _limited(_excel(data, words), words)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" or name.lower().endswith((".xlsx", ".xls")):
        raise _bad(words, "not_excel")
    return _limited(_csv(data, words), words)


def _limited(rows: Iterator[Row], words: StudioWords) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        if len(found) > MOST_ROWS:
            raise _bad(words, "rows", most=MOST_ROWS)
        found.append(row)
    while found and not any(found[-1]):
        found.pop()
    return found


def _csv(data: bytes, words: StudioWords) -> Iterator[Row]:
    text = _decoded(data, words)
    if "\0" in text:
        raise _bad(words, "not_csv")
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(MOST_CELL)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield row[:MOST_COLUMNS]
    except csv.Error as error:
        raise _bad(words, "not_csv") from error


def _decoded(data: bytes, words: StudioWords) -> str:
    """Text by its byte order mark, else UTF-8, else what Excel in China writes."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _as(data, encoding, words)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = _as(data, "gb18030", words)
    if any(is_hidden(letter) and letter not in "\r\n\t" for letter in text):
        raise _bad(words, "encoding")
    return text


def _as(data: bytes, encoding: str, words: StudioWords) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _bad(words, "encoding") from error


def _excel(data: bytes, words: StudioWords) -> Iterator[Row]:
    from openpyxl import load_workbook  # here: no server needs it until somebody has a table
    from openpyxl.utils.exceptions import InvalidFileException

    _check_archive(data, words)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_col=MOST_COLUMNS):
            yield [_cell(cell) for cell in row]
    except StudioRefused:
        raise
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError) as error:
        raise _bad(words, "not_excel") from error
    except (AttributeError, SyntaxError, OSError, EOFError, NotImplementedError, AssertionError) as error:
        raise _bad(words, "not_excel") from error  # openpyxl meets damage with whatever comes


def _check_archive(data: bytes, words: StudioWords) -> None:
    """An archive that is what it says: not a bomb, and no XML that brings entities along."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > 2000 or sum(part.file_size for part in parts) > UNPACKED:
                raise _bad(words, "not_excel")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as opened:
                        if b"<!DOCTYPE" in opened.read(4096).upper():
                            raise _bad(words, "not_excel")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise _bad(words, "not_excel") from error


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Formula(value if isinstance(value, str) else "=")
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _bad(words: StudioWords, why: str, **values: object) -> StudioRefused:
    return StudioRefused("bad_file", why=words.say("fields", why, **values))


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(tuple(FORMULA)) else text


def as_written(text: str) -> str:
    """The text that `harmless` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(tuple(FORMULA)) else text


def csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV file that Excel opens as UTF-8."""
    made = io.StringIO(newline="")
    csv.writer(made).writerows([harmless(cell) for cell in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def excel_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """An Excel file in which every cell is text."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("FAQ")
    for row in rows:
        sheet.append([harmless(cell) for cell in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
