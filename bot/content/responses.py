"""What the bot says: in both languages, with the same blanks, used, and short enough for every channel."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.content.examples import NAMED, languages_of
from bot.content.faults import Fault
from bot.content.lines import Value
from bot.content.model import Content, Response
from bot.messages import LANGUAGES

WECHAT_BYTES = 2047
"""The longest text, in UTF-8, that WeChat delivers in one message."""

_BLANK = re.compile(r"(?<!\$)\{([A-Za-z_][A-Za-z0-9_]*)\}")
_VARIATION_KEYS = frozenset(
    {
        "text",
        "image",
        "custom",
        "buttons",
        "quick_replies",
        "attachment",
        "elements",
        "channel",
        "condition",
        "metadata",
        "id",
    }
)
_SAID_BY_RASA = ("default", "restart", "session_start", "ask_rephrase", "ask_affirmation")


def faults(content: Content) -> Iterator[Fault]:
    yield from _missing(content)
    yield from _unused(content)
    for response in content.responses.values():
        yield from _form(response)
        yield from _languages(response)
        yield from _blanks(response)
        yield from _length(response)


def _missing(content: Content) -> Iterator[Fault]:
    """Responses that something wants to say and nobody has written."""
    for said in content.code.said:
        if not any(said.pattern.fullmatch(name) for name in content.responses):
            yield said.place.error(f"response '{said.name}' is not written; add it under `responses:` in data/")
    seen: set[str] = set()
    for intent in content.intents:
        if "/" in intent.name and intent.name not in seen and f"utter_{intent.name}" not in content.responses:
            yield intent.place.error(f"FAQ '{intent.name}' has no answer; write the response 'utter_{intent.name}'")
        seen.add(intent.name)


def _unused(content: Content) -> Iterator[Fault]:
    topics = (intent.name for intent in content.intents if "/" in intent.name)
    named = (*_SAID_BY_RASA, *_asked_by_forms(content), *topics)
    used = {f"utter_{name}" for name in named}
    for rule in content.rules:
        actions = (step.get("action") for step in rule.body.listed("steps"))
        used |= {action.text for action in actions if action is not None and action.text is not None}
    for name, response in content.responses.items():
        if name in used or content.code.may_say(name):
            continue
        if "/" in name:
            yield response.place.warning(f"'{name}' answers no question; give '{name.removeprefix('utter_')}' examples")
        else:
            yield response.place.warning(f"response '{name}' is never said; take it out or use it")


def _asked_by_forms(content: Content) -> Iterator[str]:
    for form in content.names.forms:
        for slot in content.names.slots:
            yield f"ask_{slot}"
            yield f"ask_{form}_{slot}"


def _form(response: Response) -> Iterator[Fault]:
    for variation in response.variations:
        for key, _ in variation.entries:
            if key.text not in _VARIATION_KEYS:
                yield key.place.error(f"unknown key '{key.text}' in a variation of '{response.name}'")


def language_of(variation: Value) -> str:
    """The language a variation is for: that of its condition, English without one."""
    for condition in variation.listed("condition"):
        name, value = condition.get("name"), condition.get("value")
        if name is not None and name.text == "language" and value is not None and value.text in LANGUAGES:
            return value.text
    return "en"


def _is_neutral(variation: Value) -> bool:
    """Whether it has no words: an image, a number, or nothing but `{names}`."""
    return all(len(languages_of(_BLANK.sub("", text.text or ""))) > 1 for text in _texts(variation))


def _texts(variation: Value) -> Iterator[Value]:
    """What a customer reads of a variation: its text and its buttons' titles."""
    text = variation.get("text")
    if text is not None:
        yield text
    for button in variation.listed("buttons"):
        title = button.get("title")
        if title is not None:
            yield title


def _languages(response: Response) -> Iterator[Fault]:
    spoken = [variation for variation in response.variations if not _is_neutral(variation)]
    languages = {language_of(variation) for variation in spoken}
    what = "FAQ answer" if "/" in response.name else "response"
    for language in LANGUAGES:
        if len(spoken) == len(response.variations) > 0 and language not in languages:
            hint = "a condition on the slot language, value zh" if language == "zh" else "no condition on language"
            yield response.place.error(f"{what} '{response.name}' has no {NAMED[language]} variation (one with {hint})")
    for variation in spoken:
        text, language = variation.get("text"), language_of(variation)
        if text is not None and language not in languages_of(_BLANK.sub("", text.text or "")):
            yield text.place.warning(
                f"the {NAMED[language]} variation of '{response.name}' is not in {NAMED[language]}"
            )


def _blanks(response: Response) -> Iterator[Fault]:
    """`{names}` that one language has and the other lacks, and braces that would be read aloud."""
    blanks: dict[str, set[str]] = {}
    for variation in response.variations:
        language = language_of(variation)
        for text in _texts(variation):
            words = text.text or ""
            blanks.setdefault(language, set()).update(_BLANK.findall(words))
            if "${" not in words and re.search(r"[{}]", _BLANK.sub("", words)):
                yield text.place.error(f"a brace in '{response.name}' belongs to no {{name}}; it would be said aloud")
    if set(blanks) == set(LANGUAGES) and blanks["zh"] != blanks["en"]:
        alone = ", ".join(
            f"{{{name}}} only in {NAMED[language]}"
            for language, other in (("zh", "en"), ("en", "zh"))
            for name in sorted(blanks[language] - blanks[other])
        )
        yield response.place.error(f"the languages of '{response.name}' differ in what they fill in: {alone}")


def _length(response: Response) -> Iterator[Fault]:
    for variation in response.variations:
        text = variation.get("text")
        size = len((text.text or "").encode()) if text is not None else 0
        if text is not None and size > WECHAT_BYTES:
            yield text.place.error(f"'{response.name}' is {size} bytes long; WeChat takes {WECHAT_BYTES}, shorten it")
