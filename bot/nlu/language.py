"""Which language a customer is writing: `zh`, `en`, or too little to tell.

`detect` needs no Rasa. The component is found here too, as `bot.nlu.language.LanguageDetector`, and fetched when
asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from bot.nlu import pinyin
from bot.nlu.normalise import is_han, normalise

_WORD = re.compile(r"[a-z][a-z']*[0-9]*|[0-9][0-9a-z]*")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+")
_KANA_OR_HANGUL = re.compile(r"[\u3041-\u30ff\uac00-\ud7af]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Written alike in both languages, so they say nothing about the writer's.
_NEUTRAL = _words("""
    ok okay okk vip app sku rma id no sms wifi usb gan led tv ac dvd pdf qq email gb kg ml cm cny rmb usd hkd hk wechat
    weixin alipay unionpay visa mastercard sf jd yto zto ems iphone ipad android bluetooth gt haha lol emmm em pm am
    x xl xxl xs l m s
""")
_ENGLISH = _words("""
    a an the i me my mine you your it its he she we us our they them their this that these those is am are was were be
    been do does did have has had can could will would should may might must not don't doesn't didn't can't won't isn't
    and or but if so to of in on at by for from with about as into than then there here where when what which who whom
    whose why how much many any some all yes yeah yep nope please thanks thank hello hi hey bye want need like get got
    order buy bought return refund money back store shop open close hours price cost delivery delivered package parcel
    still today tomorrow now never again help talk human agent person one just only too also i'm i'd i've it's that's
    what's where's let's time phone number man men hang change size
""")
_CHINESE = frozenset(
    "的了吗呢吧啊呀嘛么我你您他她它们这那哪是有没不在要想能可以会怎什多少几请问谁为给把被到还就都也和跟再个下用买退换货单"
)
_ENGLISH_WORD, _OTHER_LATIN = 2.0, 1.0
_CHINESE_FUNCTION, _OTHER_HAN = 2.0, 0.5


def detect(text: str, *, names: Collection[str] = ()) -> str | None:
    """The language of a message, None when digits, emoji, codes or names are all there is.

    `names` are lower-case words (of products, of stores) that a writer of either language would use.
    Chinese typed in pinyin is Chinese.
    """
    plain = _ADDRESS.sub(" ", normalise(text[:2000]))
    if _KANA_OR_HANGUL.search(plain):
        return None
    han = sum(_CHINESE_FUNCTION if character in _CHINESE else _OTHER_HAN for character in plain if is_han(character))
    words = [
        word
        for word in _WORD.findall(plain)
        if word not in names and word not in _NEUTRAL and not any(character.isdigit() for character in word)
    ]
    english = sum(word in _ENGLISH for word in words)
    if not han and _is_pinyin(words, english):
        return "zh"
    latin = english * _ENGLISH_WORD + (len(words) - english) * _OTHER_LATIN
    if not han and not latin:
        return None
    return "zh" if han >= latin else "en"


def _is_pinyin(words: list[str], english: int) -> bool:
    """Whether these Latin words are Chinese typed without characters."""
    sounds = [pinyin.syllables(word) for word in words]
    if not words or any(sound is None for sound in sounds):
        return False
    spoken = sum(len(sound) for sound in sounds if sound is not None)
    letters = sum(map(len, words))
    return (
        2 <= spoken <= letters / 2
        and english * 4 <= len(words)
        and (len(words) > 1 or spoken >= 3 or words[0] in _SHORT_PINYIN)
    )


# Two syllables in one word, too common to miss and not English.
_SHORT_PINYIN = _words("nihao zaijian xiexie kefu tuihuo huanhuo kuaidi wuliu fapiao dingdan tuikuan baoxiu rengong")


def __getattr__(name: str) -> Any:
    if name == "LanguageDetector":
        from bot.nlu.detector import LanguageDetector

        return LanguageDetector
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
