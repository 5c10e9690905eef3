"""Customers' words as editors may read them: the question stays, whose it was does not."""

from __future__ import annotations

import re

from bot.retail.masking import mask_phone

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBERED = re.compile(r"(?i)(?<![A-Za-z0-9])(GT|RMA|SF|JD|YT|ZT|[A-Z]{2})(\d{5,})(?!\d)")
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1\d{2}[ -]?\d{4}[ -]?\d{4}(?!\d)")
_LONG = re.compile(
    r"(?<![\d.])\d{4,}(?![\d.]|\s*(?:元|块|年|積分|积分|分|yuan|points|ml|mAh|W|克|g\b))(?<!¥)", re.IGNORECASE
)
_STREET = re.compile(r"\d+(?=\s*(?:号楼|号|弄|室|单元|栋|幢))")


def masked(text: str) -> str:
    """The text without what leads to somebody: phones, orders, parcels, cards, codes, house numbers, mail addresses."""
    text = _EMAIL.sub("***@***", text)
    text = _NUMBERED.sub(lambda match: match[1] + "*" * len(match[2]), text)
    text = _PHONE.sub(lambda match: mask_phone(re.sub(r"\D", "", match[0])[-11:]), text)
    text = _CARD.sub("****", text)
    text = _STREET.sub("**", text)
    return _LONG.sub(lambda match: match[0] if _is_price(match) else "*" * len(match[0]), text)


def _is_price(match: re.Match[str]) -> bool:
    return match.string[: match.start()].rstrip().endswith(("¥", "￥", "$"))
