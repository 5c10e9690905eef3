"""Words with which a customer asks for a person: they reach one whatever state the bot is in.

They are compared rather than understood, so that neither a model nor a dialogue stands between.
"""

from __future__ import annotations

import re
import unicodedata

BUTTON = "/human"
"""What the button says that asks for a person."""

_CHINESE = re.compile(
    r"(?:请问?|麻烦|我|想|需要|给|帮|能不能|可以|直接|快点?|赶紧|马上|现在|立刻|叫|联系|找|转|接|换|要|到|一?个|一?下)*+"
    r"(?:人工(?:客服|服务|坐席|座席|台)?|真人(?:客服)?|活人|客服人员)"
    r"(?:(?:转|转接)?人工(?:客服|服务)?|客服|服务|吧|啊|呀|呢|吗|谢谢|快点?|一下|来|处理|帮我|接一下)*+"
)
_ENGLISH = re.compile(
    r"(?:(?:hi|hello|ok|no|please|pls|just|now|i|id|i'd|we|can|could|may|you|want|wanna|need|like|would|to|get|give|"
    r"me|us|let|put|through|transfer|connect|speak|talk|chat|with|a|an|the|some|real|live|actual|one|of|your)\s+)*+"
    r"(?:humans?|agents?|persons?|people|operator|representative|rep|human being|somebody real|someone real|"
    r"customer service(?: rep| agent)?|support agent)"
    r"(?:\s+(?:please|pls|now|right now|thanks|thank you|agent|person|operator|rep))*+"
)
_NOISE = re.compile(r"[^\w'\s]+|_")
_STOPS = re.compile(r"[,.;:!?，。；：！？、…\n]+|\s[-–—]+\s")
LONGEST = 40
"""Characters of what can be such words alone."""


def asks_for_person(text: str) -> bool:
    """Whether `text` says that a person is wanted, and nothing besides."""
    words = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u200b", "")
    words = " ".join(_NOISE.sub(" ", words).split()).replace("轉", "转").replace("請", "请")
    if not words or len(words) > LONGEST:
        return False
    return bool(_CHINESE.fullmatch(words.replace(" ", "")) or _ENGLISH.fullmatch(words))


def asks_for_person_too(text: str) -> bool:
    """Whether `text` says so in a clause of its own, beside something else: "GT2600010042 is late, a person please"."""
    return any(asks_for_person(clause) for clause in _STOPS.split(text))
