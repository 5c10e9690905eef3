"""How the answer to a question is read: one reader for each kind of question."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from actions.talk import Question, Talk

Reader = Callable[[Talk, Question], Any]
"""Gives the answer's value, or None when the message does not answer the question."""

# Chitchat and data may come with an answer; any other intent, said clearly, is a new subject.
_NO_SUBJECT = frozenset(
    {"inform", "correct", "affirm", "deny", "greet", "thanks", "nlu_fallback", "out_of_scope", "list_orders", ""}
)
_CLEARLY = 0.6
_ORDINALS = {
    "first": ("第一", "第1", "头一", "1st", "first"),
    "second": ("第二", "第2", "2nd", "second"),
    "third": ("第三", "第3", "3rd", "third"),
    "last": ("最后", "后一", "last"),
}
_ALL = ("全部", "全都", "都退", "都要", "都换", "所有", "两个都", "两件都", "一起", "all", "both", "everything")
_BACK = ("退", "return", "refund", "money")
_SWAP = ("换", "exchange", "swap")
MIN_ADDRESS, MAX_ADDRESS = 6, 200
_PLACE = re.compile(r"[省市区县镇路街道号楼室村]|\d|\b(road|street|st|avenue|district|building|room)\b", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"[A-Za-z]{0,3}[\d\s-]+")
_WORD = re.compile(r"[a-z0-9]+|[^\x00-\x7f]+")


def read(talk: Talk, question: Question, *, routine_intent: str) -> Any:
    """The value that the last message gives for `question`; None when it is about something else."""
    if talk.heard("choice") is None and _changes_subject(talk, routine_intent):
        return None
    return KINDS[question.kind or question.about](talk, question)


def _changes_subject(talk: Talk, routine_intent: str) -> bool:
    return talk.intent not in _NO_SUBJECT | {routine_intent} and talk.confidence >= _CLEARLY


def _order_number(talk: Talk, question: Question) -> Any:
    return talk.heard("order_number") or _choice(talk, question)


def _phone_tail(talk: Talk, question: Question) -> Any:
    if (tail := talk.heard("phone_tail")) is not None:
        return tail
    if (phone := talk.heard("phone")) is not None:
        return phone[-4:]
    return None


def _order_or_digits(talk: Talk, question: Question) -> Any:
    return _order_number(talk, question) or _phone_tail(talk, question)


def _code(talk: Talk, question: Question) -> Any:
    return talk.heard("code")


def _yes_no(talk: Talk, question: Question) -> Any:
    if (choice := talk.heard("choice")) in ("yes", "no"):
        return choice
    return {"affirm": "yes", "deny": "no"}.get(talk.intent)


def _choice(talk: Talk, question: Question) -> Any:
    """One of the question's choices: by button, by name, or by its place in the row."""
    chosen = _choices(talk, question)
    return chosen[0] if len(chosen) == 1 else None


def _choices(talk: Talk, question: Question) -> list[str]:
    values = [choice.value for choice in question.choices]
    if (pressed := talk.heard("choice")) is not None:
        return [pressed] if pressed in values else []
    named = [value for entity in ("product", "order_number", "reason", "store") for value in talk.heard_all(entity)]
    if found := [value for value in values if value in named]:
        return found
    text = talk.text.casefold()
    if found := [choice.value for choice in question.choices if choice.title.casefold() in text]:
        return found
    if len(found := _with_part(question, text.strip())) == 1:
        return found
    words = set(_WORD.findall(text))
    for place, spellings in enumerate(_ORDINALS.values()):
        if any(spelling in words if spelling.isascii() else spelling in text for spelling in spellings):
            index = -1 if place == len(_ORDINALS) - 1 else place
            return [values[index]] if len(values) > max(index, 0) else []
    return []


def _with_part(question: Question, said: str) -> list[str]:
    """The choices whose title contains what was said; a syllable is too little to go by."""
    if len(said) < (4 if said.isascii() else 2):
        return []
    return [choice.value for choice in question.choices if said in choice.title.casefold()]


def _items(talk: Talk, question: Question) -> Any:
    """Some of the choices, or all of them; a list of values."""
    values = [choice.value for choice in question.choices if choice.value != "all"]
    if talk.heard("choice") == "all":
        return values
    if found := [value for value in _choices(talk, question) if value != "all"]:
        return found
    return values if means_all(talk.text) else None


def means_all(text: str) -> bool:
    """Whether a text speaks of everything: 都退, "all of them"."""
    text = text.casefold()
    words = set(_WORD.findall(text))
    return any(word in words if word.isascii() else word in text for word in _ALL)


def _reason(talk: Talk, question: Question) -> Any:
    return talk.heard("reason") or _choice(talk, question)


def _instead(talk: Talk, question: Question) -> Any:
    """Whether the other way that the question offers is taken, `yes` or `no`; asking for the first again is a no."""
    if (answer := _yes_no(talk, question)) is not None:
        return answer
    text = talk.text.casefold()
    back = any(word in text for word in _BACK) and not any(word in text for word in _SWAP)
    return "no" if back or talk.intent == question.values["intent"] else None


def _address(talk: Talk, question: Question) -> Any:
    text = talk.text.strip()
    return text if looks_like_address(text) else None


def looks_like_address(text: str) -> bool:
    """Whether a text could be a postal address: neither a word nor an essay, with a street, a house or a number."""
    if not MIN_ADDRESS <= len(text) <= MAX_ADDRESS:
        return False
    return bool(_PLACE.search(text)) and not _BARE_NUMBER.fullmatch(text)


def _words(talk: Talk, question: Question) -> Any:
    """The customer's own words."""
    return _choice(talk, question) or talk.text.strip() or None


def _store(talk: Talk, question: Question) -> Any:
    return talk.heard("store") or talk.heard("city") or _choice(talk, question)


def _product(talk: Talk, question: Question) -> Any:
    return talk.heard("product") or talk.heard("category") or _choice(talk, question)


KINDS: dict[str, Reader] = {
    "order_number": _order_number,
    "phone_tail": _phone_tail,
    "order_or_digits": _order_or_digits,
    "code": _code,
    "yes_no": _yes_no,
    "choice": _choice,
    "items": _items,
    "reason": _reason,
    "instead": _instead,
    "address": _address,
    "words": _words,
    "store": _store,
    "product": _product,
}
