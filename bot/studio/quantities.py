"""Amounts and spans of time in an answer, against the shop's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.messages import Language
from bot.nlu.numerals import EN_NUMERAL, ZH_NUMERAL, from_chinese, from_digits, from_english

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_ZH = re.compile(
    rf"(?P<yuan>[¥￥]\s*)?(?P<first>{_NUMBER}|{ZH_NUMERAL}+)(?:\s*[-–~～至到]\s*(?P<second>{_NUMBER}|{ZH_NUMERAL}+))?\s*"
    r"(?P<unit>个?工作日|天|日(?!期)|个?小时|个?钟头|分钟|个?月|元|块钱?|人民币)?"
)
_EN = re.compile(
    rf"(?P<yuan>[¥￥]|\b(?:CNY|RMB)\s*)?(?P<first>{_NUMBER}|{EN_NUMERAL})(?:\s*(?:-|–|to)\s*(?P<second>{_NUMBER}))?"
    r"[\s-]*(?P<unit>(?:working |business )?days?|hours?|minutes?|months?|yuan|CNY|RMB)?\b",
    re.IGNORECASE,
)
_UNITS = (
    (("工作日", "天", "日", "day"), "hour", 24),
    (("小时", "钟头", "hour"), "hour", 1),
    (("分钟", "minute"), "minute", 1),
    (("月", "month"), "month", 1),
    (("元", "块", "人民币", "yuan", "cny", "rmb"), "money", 1),
)
_RULE_UNITS = (("_days", "hour", 24), ("_hours", "hour", 1), ("_minutes", "minute", 1), ("_cny", "money", 1))


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount in an answer. Days count as 24 hours, so that 1 day and 24 hours are the same."""

    unit: str
    values: tuple[Decimal, ...]
    """Two of a span such as 2-4."""
    said: str


@dataclass(frozen=True, slots=True)
class Rule:
    """An amount in the shop's rules."""

    path: str
    unit: str
    """Empty for a bare number, such as a tier's threshold: it agrees with an amount of any kind."""
    values: tuple[Decimal, ...]
    written: str


def quantities(text: str, language: Language) -> Iterator[Quantity]:
    """The amounts of money and time in a text; bare numbers mean nothing."""
    for match in (_ZH if language == "zh" else _EN).finditer(text):
        found = _unit((match["unit"] or "").casefold()) if match["unit"] else None
        if found is None and match["yuan"]:
            found = ("money", 1)
        values = [_value(match[name]) for name in ("first", "second") if match[name]]
        if found is None or None in values:
            continue
        unit, times = found
        yield Quantity(unit, tuple(value * times for value in values if value is not None), match[0].strip())


def _unit(written: str) -> tuple[str, int] | None:
    return next(((unit, times) for names, unit, times in _UNITS if any(name in written for name in names)), None)


def _value(written: str) -> Decimal | None:
    if written[:1].isdigit():
        return from_digits(written)
    value = from_chinese(written)
    value = from_english(written.casefold()) if value is None else value
    return None if value is None else Decimal(value)


def rules(policies: Mapping[str, Any], names: Iterable[str]) -> list[Rule]:
    """The amounts in some parts of the rules."""
    found: list[Rule] = []
    for name in names:
        if name in policies:
            _gather(policies[name], name, _rule_unit(name), found)
    return found


def _gather(value: Any, path: str, unit: tuple[str, int] | None, found: list[Rule]) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            _gather(each, f"{path}.{key}", _rule_unit(str(key)) or unit, found)
        return
    for each in value if isinstance(value, list) else [value]:
        numbers = re.fullmatch(rf"({_NUMBER})(?:-({_NUMBER}))?", str(each))
        if numbers is not None:
            kind, times = unit or ("", 1)
            values = tuple(from_digits(number) * times for number in numbers.groups() if number)
            found.append(Rule(path, kind, values, str(each)))


def _rule_unit(key: str) -> tuple[str, int] | None:
    if key == "months":
        return "month", 1
    return next(((unit, times) for ending, unit, times in _RULE_UNITS if key.endswith(ending)), None)


def contradicted(quantity: Quantity, known: Sequence[Rule]) -> list[Rule]:
    """The rules of the same kind, where an amount agrees with none of them; a kind without rules has no say."""
    same = [rule for rule in known if rule.unit == quantity.unit]
    allowed = {value for rule in known if rule.unit in (quantity.unit, "") for value in rule.values}
    return [] if all(value in allowed for value in quantity.values) else same
