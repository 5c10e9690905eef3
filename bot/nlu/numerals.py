"""Numbers as people write them: 300, 1,299.00, 三百五十, 两千, 1.2万, three hundred."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
    "壹": 1,
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
ZH_NUMERAL = "[零〇一二三四五六七八九十百千万两]"

_EN_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_EN_ONES += " seventeen eighteen nineteen"
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES = {word: value for value, word in enumerate(_EN_ONES.split())}
_TENS = {word: value * 10 for value, word in enumerate(_EN_TENS.split(), start=2)}
EN_NUMERAL = rf"(?:(?:{'|'.join([*_ONES, *_TENS, 'hundred', 'thousand'])})(?:[\s-]+(?:and\s+)?|\b))+"


def from_chinese(numeral: str) -> int | None:
    """The value of Chinese digits with or without units; None when it is no number, such as 十百."""
    if not numeral:
        return None
    if all(character in _DIGITS for character in numeral):
        return int("".join(str(_DIGITS[character]) for character in numeral))
    total = section = 0
    digit: int | None = None
    last_unit = 0
    for character in numeral:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
        elif character == "万":
            total = (section + (digit or 0)) * 10_000
            section, digit, last_unit = 0, None, 10_000
        elif character in _UNITS:
            section += (1 if digit is None else digit) * _UNITS[character]
            digit, last_unit = None, _UNITS[character]
        else:
            return None
    if digit and last_unit > 10 and "零" not in numeral[-2:] and "〇" not in numeral[-2:]:
        digit *= last_unit // 10  # 三百五 is 350
    return total + section + (digit or 0)


def from_english(words: str) -> int | None:
    """The value of English number words; None when there are none."""
    total = current = 0
    seen = False
    for word in re.findall(r"[a-z]+", words):
        if word in _ONES:
            current += _ONES[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = (current or 1) * 100
        elif word == "thousand":
            total += (current or 1) * 1000
            current = 0
        elif word == "and":
            continue
        else:
            return None
        seen = True
    return total + current if seen else None


def from_digits(digits: str) -> Decimal:
    """The value of `1,299.00`, `300` or `0.5`; separators of thousands are dropped."""
    return Decimal(digits.replace(",", ""))


def plain(value: Decimal | int) -> str:
    """A decimal without exponent and without idle zeros: 1299, 99.5."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
