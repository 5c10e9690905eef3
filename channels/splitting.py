"""Long texts in parts that a platform takes, whatever it counts in: never inside a letter, an emoji or an address."""

from __future__ import annotations

from collections.abc import Callable

import regex

Size = Callable[[str], int]

_ATOM = regex.compile(r"https?://[!-~]+|\X")
"""An address, or what a reader sees as one letter: emoji of a family, flag or skin colour included."""
_ENDS, _ENDS_BEFORE_SPACE = "。！？…", ".!?"
_CLAUSES, _CLAUSES_BEFORE_SPACE = "，；：、", ",;:"
_CLOSERS = "”’』」）】》)]\"'"

_ANYWHERE, _CLAUSE, _SENTENCE, _LINE, _PARAGRAPH = range(5)
"""How good a place is to end a part."""


def utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def utf16_units(text: str) -> int:
    """What Telegram counts: most emoji are two."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def split(text: str, *, most: int, size: Size = len) -> list[str]:
    """`text` in parts of at most `most` by `size`; nothing is lost but white space around them.

    A part ends with a paragraph, a line, a sentence or a word, in this order of liking, as long as it is at least half
    full. Empty for a text without letters.
    """
    atoms = [part for atom in _ATOM.findall(text) for part in _fitting(atom, most, size)]
    sizes = [size(atom) for atom in atoms]
    parts: list[str] = []
    begin = 0
    while begin < len(atoms):
        if atoms[begin].isspace():
            begin += 1
            continue
        end = _end(atoms, sizes, begin, most)
        parts.append("".join(atoms[begin:end]).rstrip())
        begin = end
    return parts


def _end(atoms: list[str], sizes: list[int], begin: int, most: int) -> int:
    """Where the part ends that begins at `begin`."""
    used, place = 0, begin
    best = (_ANYWHERE, begin)
    late = (_ANYWHERE, begin)  # the best that leaves the part at least half full
    while place < len(atoms) and used + sizes[place] <= most:
        used += sizes[place]
        place += 1
        quality = _quality(atoms, place)
        if quality:
            best = (_CLAUSE, place)
            if used * 2 >= most and (quality, place) > late:
                late = (quality, place)
    if place == len(atoms):
        return place
    if late[0]:
        return late[1]
    return best[1] if best[0] else place


def _quality(atoms: list[str], place: int) -> int:
    """How good it is to end a part before `atoms[place]`."""
    before = atoms[place - 1]
    after = atoms[place] if place < len(atoms) else "\n"
    if before in ("\n", "\r\n"):
        return _PARAGRAPH if after in ("\n", "\r\n") else _LINE
    if after in _CLOSERS:
        return _ANYWHERE
    said = atoms[place - 2] if before in _CLOSERS and place >= 2 else before
    spaced = after.isspace()
    if said[-1] in _ENDS or (said[-1] in _ENDS_BEFORE_SPACE and spaced):
        return _SENTENCE
    if before[-1] in _CLAUSES or (before[-1] in _CLAUSES_BEFORE_SPACE and spaced) or before.isspace():
        return _CLAUSE
    return _ANYWHERE


def _fitting(atom: str, most: int, size: Size) -> list[str]:
    """The atom, or what it falls into when it is longer than a whole part: letters, then single characters."""
    if size(atom) <= most:
        return [atom]
    pieces = regex.findall(r"\X", atom)
    return pieces if len(pieces) > 1 else list(atom)
