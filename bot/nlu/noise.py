"""The ways in which customers' typing differs from what was meant, made on purpose: for measuring, never for training.

The same text is always disturbed in the same way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import opencc

from bot.nlu import pinyin
from bot.nlu.evaluate import Example, Understands
from bot.nlu.normalise import is_han

_WORD = re.compile(r"[a-z]{4,}", re.IGNORECASE)
_HAN_PAIR = re.compile("[\u4e00-\u9fff]{2}")
_EMOJI = ("😊", "🙏", "😭", "👍", "❤️", "😂", "🤔", "😡", "🎁", "📦")
_NEAR = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wqrewytioosadsgfhjkxzcvbnb", strict=True))
"""For each key one beside it."""
_BOTH_LANGUAGES = (
    ("订单", "order"), ("退款", "refund"), ("退货", "return"), ("快递", "delivery"), ("发票", "invoice"),
    ("优惠券", "coupon"), ("尺码", "size"), ("会员", "VIP"), ("积分", "points"), ("客服", "agent"),
    ("取消", "cancel"), ("地址", "address"), ("手机", "phone"), ("电视", "TV"), ("店", "store"),
    ("安装", "installation"), ("价格", "price"), ("运费", "shipping fee"), ("保修", "warranty"),
    ("投诉", "complain"), ("今天", "today"),
)  # fmt: skip


def _typo(text: str, chance: random.Random) -> str | None:
    """Two letters swapped, one left out, doubled, or taken from the key beside."""
    words = [match for match in _WORD.finditer(text) if match.group().islower()]
    if not words:
        return None
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 1)
    letter, following = text[at], text[at + 1]
    changed = chance.choice([following + letter, following, letter + letter + following, _NEAR[letter] + following])
    return text[:at] + changed + text[at + 2 :]


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for character, sound in pinyin.readings().items():
        if character >= "\u554a" and character.encode("gb2312") < b"\xd8\xa1":  # the commoner half
            index.setdefault(sound, []).append(character)
    return index


def _homophone(text: str, chance: random.Random) -> str | None:
    """One Chinese character replaced by another of the same sound."""
    readings = pinyin.readings()
    places = [
        (at, others)
        for at, character in enumerate(text)
        if (others := [one for one in _by_sound().get(readings.get(character, ""), []) if one != character])
    ]
    if not places:
        return None
    at, others = chance.choice(places)
    return text[:at] + chance.choice(others) + text[at + 1 :]


def _pinyin(text: str, chance: random.Random) -> str | None:
    """Two neighbouring characters typed as they sound."""
    pairs = list(_HAN_PAIR.finditer(text))
    if not pairs:
        return None
    pair = chance.choice(pairs)
    readings = pinyin.readings()
    spoken = "".join(readings.get(character, character) for character in pair.group())
    return text[: pair.start()] + spoken + text[pair.end() :] if spoken.isascii() else None


def _all_pinyin(text: str, chance: random.Random) -> str | None:
    """A Chinese message without a single character."""
    readings = pinyin.readings()
    if not any(map(is_han, text)):
        return None
    spoken = "".join(f" {readings[one]} " if one in readings else one for one in text)
    return re.sub(" +", " ", spoken).strip()


def _traditional(text: str, chance: random.Random) -> str | None:
    changed: str = _to_traditional().convert(text)
    return changed if changed != text else None


@lru_cache(maxsize=1)
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def _full_width(text: str, chance: random.Random) -> str | None:
    changed = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    return changed if changed != text else None


def _emoji(text: str, chance: random.Random) -> str | None:
    first, second = chance.sample(_EMOJI, 2)
    return f"{text}{first}{first}" if chance.random() < 0.5 else f"{first}{text} {second}"


def _spaces(text: str, chance: random.Random) -> str | None:
    """Blanks between Chinese characters, a missing one between English words."""
    if any(map(is_han, text)):
        return re.sub(" +", " ", "".join(f"{sign} " if chance.random() < 0.5 else sign for sign in text)).strip()
    blanks = [at for at, sign in enumerate(text) if sign == " "]
    if not blanks:
        return None
    at = chance.choice(blanks)
    return text[:at] + text[at + 1 :]


def _upper_case(text: str, chance: random.Random) -> str | None:
    changed = text.upper()
    return changed if changed != text else None


def _mixed(text: str, chance: random.Random) -> str | None:
    """One word in the other language."""
    for chinese, english in chance.sample(_BOTH_LANGUAGES, len(_BOTH_LANGUAGES)):
        if chinese in text:
            return text.replace(chinese, f" {english} ", 1)
        if re.search(rf"\b{english}\b", text):
            return re.sub(rf"\b{english}\b", chinese, text, count=1)
    return None


KINDS: dict[str, Callable[[str, random.Random], str | None]] = {
    "typo": _typo,
    "homophone": _homophone,
    "pinyin": _pinyin,
    "all pinyin": _all_pinyin,
    "traditional": _traditional,
    "full width": _full_width,
    "emoji": _emoji,
    "spaces": _spaces,
    "upper case": _upper_case,
    "mixed": _mixed,
}


def disturbed(text: str, kind: str) -> str | None:
    """The text with this kind of noise; None where it has nothing to disturb."""
    return KINDS[kind](text, random.Random(f"{kind}:{text}"))  # noqa: S311 - noise, no secret


@dataclass(frozen=True)
class Loss:
    """What a kind of noise costs: shares of right answers among the messages that it can disturb."""

    kind: str
    messages: int
    clean: float
    noisy: float

    @property
    def points(self) -> float:
        """Percentage points lost."""
        return (self.clean - self.noisy) * 100


def losses(
    bot: Understands, examples: Sequence[Example], *, progress: Callable[[float], None] = lambda done: None
) -> list[Loss]:
    """What each kind of noise costs; `progress` is told the share done."""
    right = [bot.understand(example.text).intent == example.intent for example in examples]
    found = []
    for number, kind in enumerate(KINDS, start=1):
        noisy = [
            (replace(example, text=text), was_right)
            for example, was_right in zip(examples, right, strict=True)
            if (text := disturbed(example.text, kind)) is not None
        ]
        still = sum(bot.understand(example.text).intent == example.intent for example, _ in noisy)
        if noisy:
            found.append(Loss(kind, len(noisy), sum(was for _, was in noisy) / len(noisy), still / len(noisy)))
        progress(number / len(KINDS))
    return found


def overall(found: Sequence[Loss]) -> Loss:
    """All kinds together, each message counting once for each kind that disturbs it."""
    messages = sum(loss.messages for loss in found)
    share = max(messages, 1)
    return Loss(
        "all",
        messages,
        sum(loss.clean * loss.messages for loss in found) / share,
        sum(loss.noisy * loss.messages for loss in found) / share,
    )
