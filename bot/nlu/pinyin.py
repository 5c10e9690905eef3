"""Chinese by its sound: which Latin words are pinyin, and how characters are read.

The readings come from pypinyin when a model is trained and travel inside the model, so that the server needs
neither its tables nor their memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from bot.nlu.normalise import is_han

_FINALS = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei en eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
}
SYLLABLES = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())
_LONGEST = 6
_MOST_LETTERS = 24


@lru_cache(maxsize=10_000)
def syllables(word: str) -> tuple[str, ...] | None:
    """A lower-case Latin word as pinyin syllables, the fewest that fit, or None when it is not pinyin."""
    if not word.isascii() or not word.isalpha() or len(word) > _MOST_LETTERS:
        return None
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before = best[start]
            if before is None or word[start:end] not in SYLLABLES:
                continue
            found = best[end]
            if found is None or len(before) + 1 < len(found):
                best[end] = (*before, word[start:end])
    return best[len(word)]


@lru_cache(maxsize=1)
def readings() -> dict[str, str]:
    """The usual toneless reading of every character in daily use (GB 2312), from pypinyin."""
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    toneless = lru_cache(maxsize=None)(to_normal)  # asked once per character, it takes half a second
    characters = [_gb2312(row, cell) for row in range(16, 88) for cell in range(1, 95)]
    return {
        character: toneless(PINYIN_DICT[ord(character)].partition(",")[0], v_to_u=False)
        for character in characters
        if character
    }


def sounds(names: Iterable[str]) -> dict[str, list[str]]:
    """The toneless syllables of Chinese names, read as words, from pypinyin."""
    from pypinyin import lazy_pinyin

    return {name: lazy_pinyin(name, v_to_u=False) for name in names if name and all(map(is_han, name))}


def _gb2312(row: int, cell: int) -> str:
    try:
        return bytes((row + 0xA0, cell + 0xA0)).decode("gb2312")
    except UnicodeDecodeError:
        return ""


def dump(table: dict[str, str]) -> str:
    """The readings as text, a line per syllable: `hao 好号豪…`."""
    by_sound: dict[str, list[str]] = {}
    for character, sound in table.items():
        by_sound.setdefault(sound, []).append(character)
    return "\n".join(f"{sound} {''.join(characters)}" for sound, characters in sorted(by_sound.items()))


def parse(dumped: str) -> dict[str, str]:
    """What `dump` wrote."""
    table: dict[str, str] = {}
    for line in dumped.splitlines():
        sound, _, characters = line.partition(" ")
        table.update(dict.fromkeys(characters, sound))
    return table


def spoken(text: str, table: dict[str, str]) -> Iterable[str]:
    """The syllables of a text: of its Chinese characters and of the Latin words that are pinyin."""
    word = ""
    for character in f"{text} ":
        if "a" <= character <= "z":
            word += character
            continue
        if word:
            yield from syllables(word) or ()
            word = ""
        sound = table.get(character)
        if sound is not None:
            yield sound
