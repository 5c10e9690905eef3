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
# What else a kind of question may be answered with, though it is a subject of its own elsewhere.
_ALSO_ANSWERED_BY = {
    "person": frozenset({"human"}),
    "still_missing": frozenset({"human"}),
    "wish": frozenset({"return_item", "exchange_item", "refund_progress"}),
}
# Words with which a customer leaves, where a reason for a return could sound the same: "don't want it any more".
_LEAVING = re.compile(
    r"算了|不退了|不换了|不办了|别退|\b(?:never\s*mind|forget\s+it|stop|cancel\s+that)\b", re.IGNORECASE
)
_YES_FIRST = re.compile(
    r"(?:yes|yeah|yep|yup|sure|ok|okay|please\s+do)\b|(?:好的?|可以|行|是的|对|嗯+|要的?)(?=[，,。！!、\s吧啊呀]|$)",
    re.IGNORECASE,
)
_NO_FIRST = re.compile(r"(?:no|nope|nah|not)\b|(?:不用|不要|不必|别)(?=[，,。！!、\s了]|$)", re.IGNORECASE)
_SAYS_NOTHING_ELSE = frozenset({"inform", "thanks", "greet", "nlu_fallback", "out_of_scope", ""})
_SEND_AGAIN = re.compile(
    r"补[发寄个]|再[发寄]|重新?[发寄]|\b(?:another|again|resend|reship|replacement|new\s+one)\b", re.IGNORECASE
)
_ORDINALS = {
    "first": ("第一", "第1", "头一", "1st", "first"),
    "second": ("第二", "第2", "2nd", "second"),
    "third": ("第三", "第3", "3rd", "third"),
    "last": ("最后", "后一", "last"),
}
_ALL = ("全部", "全都", "都退", "都要", "都换", "所有", "两个都", "两件都", "一起", "all", "both", "everything")
# "Cancel it then", "催一下吧": said to a question whether to do just that, it is a yes.
_DO_IT = re.compile(
    r"(?:好的?|嗯+|行|可以|对|那|就|请|帮我|麻烦|给我|你|先|直接|都|[,，\s])*"
    r"(?:催|退|办|取消|撤|换|改|约|补发|登记|核实|处理)(?:催|退|换|改)?"
    r"(?:一?下|吧|掉|了|货|款|订单|办理|啦|呗|哈|呀|[,，。！!~\s])*"
    r"|(?:(?:yes|yeah|yep|ok|okay|sure|please|then|just|so|do)[\s,]+)*"
    r"(?:cancel|return|refund|chase|change|exchange|swap|move|report|resend)(?:\s+(?:it|them|that|this|both|the\s+order))?"
    r"(?:[\s,]+(?:then|please|now))*[\s.!]*",
    re.IGNORECASE,
)
ANOTHER_CODE = "another"
"""The answer that stands for "I haven't received a code": another is sent."""
_NO_CODE_CAME = re.compile(
    r"没(?:有)?(?:收到|来|看到)|收不到|没有?短信|重新?发|再发|过期"
    r"|\b(?:re-?send|send\s+(?:it\s+|me\s+)?(?:a\s+new|another|again)|expired|new\s+code|another\s+code"
    r"|(?:not|n't|never|nothing)\s+(?:\w+\s+)?(?:arrived?|received?|get|got|came|come)|no\s+(?:code|text|sms|message))\b"
    r"|n't\s+(?:arrived?|received?|get|got|come)\b",
    re.IGNORECASE,
)
# The same in words that fit any offer.
_GO_AHEAD = re.compile(
    r"(?:好的?|嗯+|行|可以|对|那|就|请|帮我|麻烦|给我|你|先|直接|[,，\s])*(?:办|处理|登记|核实|转|弄)"
    r"(?:一?下|吧|了|给(?:同事|他们)|过去|办理|理|啦|呗|哈|呀|[,，。！!~\s])*"
    r"|(?:(?:yes|yeah|ok|okay|sure|please|then|just|so)[\s,]+)*(?:do\s+(?:it|that|so)|go\s+(?:ahead|on)|go\s+for\s+it)"
    r"(?:[\s,]+(?:then|please|now))*[\s.!]*",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?:不要|不用|不想|不需要|别|而不是|\b(?:not?|don'?t|rather\s+than|instead\s+of)\b)[^,，。;；]{0,6}$",
    re.IGNORECASE,
)
_STILL_MISSING = re.compile(
    r"没(?:有|收到|找到|看到|人)|不在|找不到|都问|问过|找过"
    r"|\b(?:not\s+(?:there|here|received|found)|isn'?t|haven'?t|hasn'?t|didn'?t|nothing|nowhere|nobody|no\s+one|missing)\b",
    re.IGNORECASE,
)
_LOOKS_FIRST = re.compile(
    r"不用|再(?:找|问|看|等)|先(?:找|问|看)|找到了|\b(?:look\s+again|check\s+first|later|found\s+it)\b", re.IGNORECASE
)
_BACK = ("退", "return", "refund", "money")
_SWAP = ("换", "exchange", "swap")
MIN_ADDRESS, MAX_ADDRESS = 6, 200
_PLACE = re.compile(r"[省市区县镇路街道号楼室村]|\d|\b(road|street|st|avenue|district|building|room)\b", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"[A-Za-z]{0,3}[\d\s-]+")
_WORD = re.compile(r"[a-z0-9]+|[^\x00-\x7f]+")
_TELLING = 3
"""Letters from which a word may tell choices apart."""


def read(talk: Talk, question: Question, *, routine_intent: str) -> Any:
    """The value that the last message gives for `question`; None when it is about something else."""
    named = question.kind == "choice" and len(_titles_in(talk, question)) == 1
    named = named or (question.kind == "code" and _NO_CODE_CAME.search(talk.text) is not None)
    if talk.heard("choice") is None and not named and _titled(talk, question) is None:
        own = {routine_intent} | _ALSO_ANSWERED_BY.get(question.kind or question.about, frozenset())
        if _changes_subject(talk, own) and not _tells_reason(talk, question):
            return None
    return KINDS[question.kind or question.about](talk, question)


def _changes_subject(talk: Talk, own: set[str]) -> bool:
    return talk.intent not in _NO_SUBJECT | own and talk.confidence >= _CLEARLY


def _tells_reason(talk: Talk, question: Question) -> bool:
    """A reason is what was asked for, though "it's broken" alone is a repair, and "don't need it" a way to stop."""
    asked = (question.kind or question.about) == "reason"
    return asked and talk.heard("reason") is not None and not _LEAVING.search(talk.text)


def _titled(talk: Talk, question: Question) -> str | None:
    """The choice whose title the message is, and nothing else, whatever the words mean elsewhere."""
    said = talk.text.strip(" \t,.!?，。！？~吧").casefold()
    return next((choice.value for choice in question.choices if choice.title.casefold() == said), None)


def _order_number(talk: Talk, question: Question) -> Any:
    return talk.heard("order_number") or _choice(talk, question) or _by_word(talk, question)


def _phone_tail(talk: Talk, question: Question) -> Any:
    if (tail := talk.heard("phone_tail")) is not None:
        return tail
    if (phone := talk.heard("phone")) is not None:
        return phone[-4:]
    return None


def _order_or_digits(talk: Talk, question: Question) -> Any:
    return _order_number(talk, question) or _phone_tail(talk, question)


def _code(talk: Talk, question: Question) -> Any:
    return talk.heard("code") or (ANOTHER_CODE if _NO_CODE_CAME.search(talk.text) else None)


def _yes_no(talk: Talk, question: Question) -> Any:
    if (choice := talk.heard("choice")) in ("yes", "no"):
        return choice
    if talk.intent in ("affirm", "deny"):
        return "yes" if talk.intent == "affirm" else "no"
    if (chosen := _titled(talk, question)) is not None:
        return chosen
    if talk.intent in _SAYS_NOTHING_ELSE and talk.heard("order_number") is None:
        first = [answer for answer, said in (("yes", _YES_FIRST), ("no", _NO_FIRST)) if said.match(talk.text.strip())]
        if first:
            return first[0]
    text = talk.text.strip()
    own = f"action_{talk.intent}" == talk.slot("skill")
    return "yes" if _GO_AHEAD.fullmatch(text) or (own and _DO_IT.fullmatch(text)) else None


def _person(talk: Talk, question: Question) -> Any:
    """A yes or no where a person is offered: asking for one is a yes."""
    return "yes" if talk.intent == "human" else _yes_no(talk, question)


def _still_missing(talk: Talk, question: Question) -> Any:
    """Whether somebody is to look for a parcel: "no, nobody has it" is no refusal."""
    if talk.heard("choice") is None:
        if _LOOKS_FIRST.search(talk.text):
            return "no"
        if _STILL_MISSING.search(talk.text):
            return "yes"
    return _person(talk, question)


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
    if found := _titles_in(talk, question):
        return found
    if len(found := _with_part(question, text.strip())) == 1:
        return found
    words = set(_WORD.findall(text))
    for place, spellings in enumerate(_ORDINALS.values()):
        if any(spelling in words if spelling.isascii() else spelling in text for spelling in spellings):
            index = -1 if place == len(_ORDINALS) - 1 else place
            return [values[index]] if len(values) > max(index, 0) else []
    return []


def _titles_in(talk: Talk, question: Question) -> list[str]:
    """The choices whose titles stand in the message, without those that are ruled out: "a refund, not another one"."""
    text = talk.text.casefold()
    found = []
    for choice in question.choices:
        before, title, _ = text.partition(choice.title.casefold())
        if title and not _NOT.search(before):
            found.append(choice.value)
    return found


def _with_part(question: Question, said: str) -> list[str]:
    """The choices whose title contains what was said; a syllable is too little to go by."""
    if len(said) < (4 if said.isascii() else 2):
        return []
    return [choice.value for choice in question.choices if said in choice.title.casefold()]


def _by_word(talk: Talk, question: Question) -> str | None:
    """The only choice with a word of what was said in its title: "the 512 one", "the white one, please"."""
    titles = {choice.value: _WORD.findall(choice.title.casefold()) for choice in question.choices}
    found = set()
    for word in _WORD.findall(talk.text.casefold()):
        having = [value for value, title in titles.items() if any(part.startswith(word) for part in title)]
        if word.isascii() and len(word) >= _TELLING and len(having) == 1:
            found.add(having[0])
    return found.pop() if len(found) == 1 else None


def _wish(talk: Talk, question: Question) -> Any:
    """What becomes of a lost parcel: sent again, or the money back."""
    if (chosen := _choice(talk, question)) is not None:
        return chosen
    text = talk.text.casefold()
    again, back = _SEND_AGAIN.search(text) is not None, any(word in text for word in _BACK)
    if again == back:
        return None
    return "reship" if again else "refund"


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
    """The customer's own words; a yes or a thank-you describes nothing."""
    if talk.intent in ("affirm", "deny", "thanks", "greet") and talk.confidence >= _CLEARLY:
        return None
    return _choice(talk, question) or talk.text.strip() or None


def _store(talk: Talk, question: Question) -> Any:
    return talk.heard("store") or talk.heard("city") or _choice(talk, question)


def _product(talk: Talk, question: Question) -> Any:
    named = talk.heard("product") or _choice(talk, question) or _by_word(talk, question)
    return named or talk.heard("category")


KINDS: dict[str, Reader] = {
    "order_number": _order_number,
    "phone_tail": _phone_tail,
    "order_or_digits": _order_or_digits,
    "code": _code,
    "yes_no": _yes_no,
    "person": _person,
    "still_missing": _still_missing,
    "choice": _choice,
    "items": _items,
    "reason": _reason,
    "instead": _instead,
    "address": _address,
    "wish": _wish,
    "words": _words,
    "store": _store,
    "product": _product,
}
