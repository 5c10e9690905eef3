"""An entry by itself: languages, wordings, blanks, buttons, links, lengths, dates, and the shop's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.content.entries import Answer, Entry
from bot.content.examples import ENOUGH, languages_of, normalised
from bot.content.responses import WECHAT_BYTES
from bot.content.validity import holds
from bot.messages import LANGUAGES, Language
from bot.nlu.likeness import signs
from bot.studio.faults import Around, Fault
from bot.studio.quantities import contradicted, quantities, rules
from bot.studio.shape import is_address
from bot.studio.words import StudioWords

BLANK = re.compile(r"(?<!\$)\{([A-Za-z_][A-Za-z0-9_]*)\}")
SIMILAR = 0.85
TELEGRAM_UNITS = 4096
TITLE_CHARACTERS, CHANNEL_BUTTONS = 40, 10
_ANNOTATION = re.compile(
    r"\[[^\]]*\](?:\((?P<label>[^):]*)[^)]*\)|\{[^}]*\"entity\"\s*:\s*\"(?P<more>[^\"]+)\"[^}]*\})"
)
_ADDRESS = re.compile(r"(?i:\b[a-z][a-z0-9+.-]*:/{1,3}[^\s，。；）)<>]*|\b(?:javascript|data|vbscript|file):\S+)")
_PAYLOAD = re.compile(r"/(?P<intent>[^{\s]+)\s*(?P<entities>\{.*\})?", re.DOTALL)


class Checks:
    """What can be told without looking at other entries' wordings."""

    def __init__(self, words: StudioWords) -> None:
        self._words = words

    def faults(self, entry: Entry, around: Around) -> Iterator[Fault]:
        if entry.kind == "faq":
            yield from self._wordings(entry, around)
            yield from self._dates(entry, around)
        yield from self._languages(entry)
        yield from self._blanks(entry, around)
        for language in LANGUAGES:
            for number, answer in enumerate(entry.answers[language]):
                field = f"answers.{language}.{number}"
                yield from self._buttons(f"{field}.buttons", answer, around)
                yield from self._links(f"{field}.text", answer)
                yield from self._lengths(f"{field}.text", answer)
        yield from self._quotes(entry, around)
        yield from self._rules(entry, around)

    def _error(self, code: str, field: str, *, name: str | None = None, **values: object) -> Fault:
        return Fault("error", code, field, self._words.say("faults", name or code, **values))

    def _warning(self, code: str, field: str, **values: object) -> Fault:
        return Fault("warning", code, field, self._words.say("faults", code, **values))

    def _named(self, language: Language) -> Mapping[str, str]:
        return self._words.sections["languages"][language]

    def _why(self, which: str, /, **values: object) -> Mapping[str, str]:
        return self._words.say("why", which, **values)

    # Wordings.

    def _wordings(self, entry: Entry, around: Around) -> Iterator[Fault]:
        for language in LANGUAGES:
            examples, field, named = entry.examples[language], f"examples.{language}", self._named(language)
            if not examples:
                yield self._error("missing_language", field, name="missing_wordings", language=named)
            elif len(examples) < ENOUGH:
                yield self._warning("too_few", field, language=named, count=len(examples), enough=ENOUGH)
            yield from self._alike(field, examples)
            for number, wording in enumerate(examples):
                for match in _ANNOTATION.finditer(wording):
                    label = match["label"] or match["more"] or ""
                    if label not in around.entities:
                        why = self._why("annotation", name=label)
                        yield self._error("template", f"{field}.{number}", why=why)
                if "${" in wording:
                    yield self._error("template", f"{field}.{number}", why=self._why("environment"))

    def _alike(self, field: str, examples: tuple[str, ...]) -> Iterator[Fault]:
        seen: dict[str, str] = {}
        kept: list[tuple[str, frozenset[str]]] = []
        for number, wording in enumerate(examples):
            same = seen.setdefault(normalised(wording), wording)
            if same != wording:
                yield self._fault_pair("same_wording", f"{field}.{number}", same)
                continue
            found = signs(wording)
            near = next((other for other, its in kept if _share(found, its) >= SIMILAR), None)
            if near is not None:
                yield self._fault_pair("too_similar", f"{field}.{number}", near)
            kept.append((wording, found))

    def _fault_pair(self, name: str, field: str, text: str) -> Fault:
        return Fault("warning", "too_similar", field, self._words.say("faults", name, text=text))

    def _dates(self, entry: Entry, around: Around) -> Iterator[Fault]:
        if entry.valid_from and entry.valid_until and entry.valid_from > entry.valid_until:
            yield self._error("dates_crossed", "editors.valid_until")
        elif not holds(entry, around.today):
            yield self._warning("not_valid_now", "editors.valid_until")

    # Answers.

    def _languages(self, entry: Entry) -> Iterator[Fault]:
        for language in LANGUAGES:
            answers, field, named = entry.answers[language], f"answers.{language}", self._named(language)
            if not answers:
                yield self._error("missing_language", field, name="missing_answer", language=named)
            elif all(answer.channel is not None for answer in answers):
                yield self._error("missing_language", field, name="only_on_channels", language=named)
            for number, answer in enumerate(answers):
                if not (answer.text or answer.image) and entry.kind == "faq":
                    yield self._error("empty", f"{field}.{number}.text", name="empty_answer")
                words = BLANK.sub("", answer.text)
                if answer.text and language not in languages_of(words):
                    yield self._warning("wrong_language", f"{field}.{number}.text", language=named)
                if answer.channel is not None and answer.channel not in self._words.sections["channels"]:
                    yield self._error("unknown_channel", f"{field}.{number}.channel", channel=answer.channel)

    def _blanks(self, entry: Entry, around: Around) -> Iterator[Fault]:
        known = around.slots | names_in(around.entries.get(entry.key))
        filled: dict[Language, set[str]] = {}
        for language in LANGUAGES:
            for number, answer in enumerate(entry.answers[language]):
                field = f"answers.{language}.{number}.text"
                for text in (answer.text, *(button.get("title", "") for button in answer.buttons)):
                    if "${" in text:
                        yield self._error("template", field, why=self._why("environment"))
                    elif re.search(r"[{}]", BLANK.sub("", text)):
                        yield self._error("template", field, why=self._why("brace"))
                    filled.setdefault(language, set()).update(BLANK.findall(text))
                for name in sorted(set(BLANK.findall(answer.text)) - known):
                    yield self._error("template", field, why=self._why("unknown_name", name=f"{{{name}}}"))
        if set(filled) == set(LANGUAGES):
            for language in LANGUAGES:
                other = next(each for each in LANGUAGES if each != language)
                for name in sorted(filled[language] - filled[other]):
                    why = self._why("languages_differ", name=f"{{{name}}}")
                    yield self._error("template", f"answers.{other}", why=why)

    def _buttons(self, field: str, answer: Answer, around: Around) -> Iterator[Fault]:
        if len(answer.buttons) > CHANNEL_BUTTONS:
            why = self._why("many_buttons", most=CHANNEL_BUTTONS)
            yield self._error("bad_button", field, why=why)
        for number, button in enumerate(answer.buttons):
            for why in self._about_button(button, around):
                yield self._error("bad_button", f"{field}.{number}", why=why)

    def _about_button(self, button: Mapping[str, str], around: Around) -> Iterator[Mapping[str, str]]:
        title, payload = button.get("title", ""), button.get("payload", "")
        if not title.strip():
            yield self._why("no_title")
        elif len(title) > TITLE_CHARACTERS:
            yield self._why("long_title", most=TITLE_CHARACTERS)
        if "url" in button:
            yield self._why("address")
            return
        if not payload:
            yield self._why("no_payload")
            return
        if "${" in payload:
            yield self._why("environment")
        match = _PAYLOAD.fullmatch(payload)
        if match is None:
            return  # it comes back as if typed
        intent, _, key = match["intent"].partition("/")
        if intent not in around.intents:
            yield self._why("unknown_intent", name=intent)
        elif key and match["intent"] not in around.entries:
            yield self._why("unknown_question", name=match["intent"])
        if match["entities"]:
            yield from self._entities(match["entities"], around)

    def _entities(self, given: str, around: Around) -> Iterator[Mapping[str, str]]:
        try:
            found = json.loads(given)
        except (ValueError, RecursionError):
            yield self._why("bad_entities")
            return
        for name in found:
            if name not in around.entities:
                yield self._why("unknown_entity", name=name)

    def _links(self, field: str, answer: Answer) -> Iterator[Fault]:
        for match in _ADDRESS.finditer(BLANK.sub("x", answer.text)):
            if not is_address(match[0]):
                yield self._error("bad_link", field, link=match[0][:80])
        if answer.image is not None and not is_address(answer.image):
            yield self._error("bad_link", field.replace(".text", ".image"), link=answer.image[:80])

    def _lengths(self, field: str, answer: Answer) -> Iterator[Fault]:
        size = len(answer.text.encode("utf-8", "replace"))
        if size > WECHAT_BYTES:  # of any channel's: content is refused as a whole where one text is longer
            yield self._long(field, "wechat", size, "bytes", WECHAT_BYTES)
        length = len(answer.text.encode("utf-16-le", "replace")) // 2
        if length > TELEGRAM_UNITS and answer.channel in (None, "telegram"):
            yield self._long(field, "telegram", length, "units", TELEGRAM_UNITS)

    def _long(self, field: str, channel: str, size: int, unit: str, most: int) -> Fault:
        units, named = self._words.sections["units"][unit], self._words.sections["channels"][channel]
        words = self._words.say("faults", "too_long", size=size, unit=units, channel=named, most=most)
        return Fault("error", "too_long", field, words, channel=channel)

    # The shop's rules.

    def _quotes(self, entry: Entry, around: Around) -> Iterator[Fault]:
        if not around.policies:
            return
        for path, how in (entry.quotes or {}).items():
            rule = _rule(around.policies, path)
            if rule is None:
                yield self._error("contradicts_policy", "quotes", name="rule_gone", rule=path)
                continue
            for language in LANGUAGES:
                form = how.get(language) if isinstance(how, Mapping) else how
                for number, answer in enumerate(entry.answers[language]):
                    for value in rule if isinstance(rule, list) else [rule]:
                        expected = str(form).replace("{}", str(value))
                        if answer.text and not re.search(rf"(?<![\d.]){re.escape(expected)}(?!\d)", answer.text):
                            yield self._error(
                                "contradicts_policy",
                                f"answers.{language}.{number}.text",
                                name="contradicts_quote",
                                expected=expected,
                                rule=path,
                                value=value,
                            )
        for path, expected in (entry.relies_on or {}).items():
            rule = _rule(around.policies, path)
            if rule != expected:
                shown = json.dumps(rule, ensure_ascii=False)[:60]
                yield self._error("contradicts_policy", "relies_on", name="rule_changed", rule=path, value=shown)

    def _rules(self, entry: Entry, around: Around) -> Iterator[Fault]:
        """Amounts that no rule has, where the entry speaks of something that rules are about."""
        spoken = {path.split(".")[0] for path in (*(entry.quotes or {}), *(entry.relies_on or {}))}
        known = rules(around.policies, sorted({*spoken, *self._words.rules.get(entry.topic, ())}))
        if not known or entry.kind != "faq":
            return
        for language in LANGUAGES:
            for number, answer in enumerate(entry.answers[language]):
                for quantity in quantities(answer.text, language):
                    broken = contradicted(quantity, known)
                    if broken:
                        told = ", ".join(dict.fromkeys(f"{rule.path} {rule.written}" for rule in broken[:4]))
                        field = f"answers.{language}.{number}.text"
                        yield self._warning("contradicts_policy", field, said=quantity.said, rules=told)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def names_in(entry: Entry | None) -> set[str]:
    """What an entry fills in today: the code that says it gives these."""
    if entry is None:
        return set()
    return {
        name
        for language in LANGUAGES
        for answer in entry.answers[language]
        for text in (answer.text, *(button.get("title", "") for button in answer.buttons))
        for name in BLANK.findall(text)
    }


def _rule(policies: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path such as `returns.no_reason_days`."""
    found: Any = policies
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
