"""Changes to the text of one file: only the characters that must change do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.content.entries import Answer, Entry
from bot.content.pages import EDITED, Page, examples_of, language_and_answer, language_of_wording, read, wordings
from bot.content.spots import Spot, flow, scalar
from bot.messages import LANGUAGES, Language


class Tied(Exception):
    """What is to change is shared with another place of the file."""


class Editing:
    """Gathers edits to a page; `done` is its text with all of them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._text = page.text
        self._newline = "\r\n" if "\r\n" in page.text else "\n"
        self._edits: list[tuple[int, int, str]] = []

    def done(self) -> str:
        pieces, at = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2]):
            pieces += [self._text[at:start], new]
            at = end
        return "".join([*pieces, self._text[at:]])

    def question(self, entry: Entry) -> None:
        """Its wordings and metadata are these from now on."""
        item = self._page.intents[entry.key]
        if examples_of(item) != entry.examples:
            self._wordings(item, entry)
        self._metadata(item, entry)

    def mark(self) -> int:
        """How much there is to do so far."""
        return len(self._edits)

    def back_to(self, mark: int) -> None:
        """Forget what came after a mark."""
        del self._edits[mark:]

    def response(self, entry: Entry) -> None:
        """A response says this from now on.

        Raises:
            Tied: part of what would change is shared.
        """
        key, value = self._page.responses[entry.response]
        if value.kind != "list" or value.is_flow or not value.items:
            self._rewrite_response(key, value, entry)
            return
        groups: dict[tuple[Language, Any], list[tuple[Spot, Answer]]] = {}
        for item in value.items:
            language, answer = language_and_answer(item)
            groups.setdefault((language, answer.place), []).append((item, answer))
        news: list[tuple[Language, Answer]] = []
        for language in LANGUAGES:
            for answer in entry.answers[language]:
                known = groups.get((language, answer.place))
                if known:
                    self._variation(*known.pop(0), answer, language)
                else:
                    news.append((language, answer))
        gone = [item for known in groups.values() for item, _ in known]
        if len(gone) == len(value.items) and not news:
            self._rewrite_response(key, value, entry)
            return
        for item in gone:
            self._delete_lines(item)
        for language, answer in news:
            self._insert_variation(value, language, answer)

    def add(self, entry: Entry) -> None:
        """A question that the file does not have."""
        self._append("nlu", self._page.section("nlu"), lambda pad: self._new_question(entry, pad))
        self.add_response(entry)

    def add_response(self, entry: Entry) -> None:
        """The answer of a question that has none."""
        self._append("responses", self._page.section("responses"), lambda pad: self._new_response(entry, pad))

    def remove_question(self, intent: str) -> None:
        self._delete_lines(self._page.intents[intent])

    def remove_response(self, name: str) -> None:
        """Raises Tied where part of it is shared."""
        key, value = self._page.responses[name]
        self._delete(self._line_start(key.start), self._line_end(value.end), value)

    # What an edit is made of.

    def _replace(self, spot: Spot, new: str) -> None:
        self._delete(spot.start, spot.end, spot, new)

    def _delete(self, start: int, end: int, spot: Spot, new: str = "") -> None:
        if spot.is_tied:
            raise Tied
        self._edits.append((start, end, new))

    def _delete_lines(self, spot: Spot) -> None:
        self._delete(self._line_start(spot.start), self._line_end(spot.end), spot)

    def _insert(self, at: int, lines: Iterable[str]) -> None:
        self._edits.append((at, at, "".join(line + self._newline for line in lines)))

    def _line_start(self, at: int) -> int:
        return self._text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        """Behind the line's end."""
        found = self._text.find("\n", at)
        return len(self._text) if found < 0 else found + 1

    def _column(self, at: int) -> int:
        return at - self._line_start(at)

    def _dash(self, item: Spot) -> str:
        """What stands before the dash of a list's member."""
        line = self._text[self._line_start(item.start) : item.start]
        return line[: line.rfind("-")] if "-" in line else ""

    # Wordings and metadata.

    def _wordings(self, item: Spot, entry: Entry) -> None:
        ordered = _merged([language_of_wording(each) for each in wordings(item) if each], entry.examples)
        key, value = item.key("examples"), item.get("examples")
        if key is None or value is None:
            pad = " " * self._column(item.start)
            self._insert(self._line_end(item.end), [f"{pad}examples: |", *(f"{pad}  - {each}" for each in ordered)])
            return
        pad = " " * (self._column(key.start) + 2)
        if value.style != "|":
            lines = [": |", *(f"{pad}- {each}" for each in ordered)]
            self._delete(key.end, value.end, value, self._newline.join(lines))
            return
        start = self._line_end(value.start)
        end = max(start, self._line_end(value.end - 1) if value.end > start else start)
        written: dict[str, str] = {}
        for line in self._text[start:end].splitlines():
            written.setdefault(line.strip().removeprefix("-").strip(), line)
        first = next((line for line in written.values() if line.strip()), None)
        pad = first[: len(first) - len(first.lstrip())] if first else pad
        lines = [written.get(each, f"{pad}- {each}") for each in ordered]
        self._delete(start, end, value, "".join(line + self._newline for line in lines))

    def _metadata(self, item: Spot, entry: Entry) -> None:
        wanted = edited_metadata(entry)
        key, value = item.key("metadata"), item.get("metadata")
        if key is None or value is None:
            if not wanted:
                return
            intent = item.get("intent")
            assert intent is not None  # noqa: S101 - it was found by it
            pad = " " * self._column(item.start)
            lines = [f"{pad}metadata:", *(f"{pad}  {name}: {flow(each)}" for name, each in wanted.items())]
            self._insert(self._line_end(intent.end), lines)
            return
        found = value.plain()
        current = {name: found[name] for name in EDITED if name in found} if isinstance(found, dict) else {}
        if current == wanted:
            return
        if value.kind != "mapping" or value.is_flow:
            kept = {name: each for name, each in found.items() if name not in EDITED} if found else {}
            self._delete(key.end, value.end, value, f": {flow({**kept, **wanted})}")
            return
        if not wanted and len(current) == len(value.entries):
            self._delete(self._line_start(key.start), self._line_end(value.end), value)
            return
        pad = " " * self._column(value.entries[0][0].start)
        fresh = {name: each for name, each in wanted.items() if name not in current}
        if fresh:
            self._insert(
                self._line_start(value.entries[0][0].start), [f"{pad}{n}: {flow(e)}" for n, e in fresh.items()]
            )
        for name, old in value.entries:
            if name.value not in EDITED or current.get(name.value) == wanted.get(name.value):
                continue
            if name.value in wanted:
                self._delete(name.end, old.end, old, f": {flow(wanted[name.value])}")
            else:
                self._delete(self._line_start(name.start), self._line_end(old.end), old)

    # Variations.

    def _variation(self, item: Spot, old: Answer, new: Answer, language: Language) -> None:
        if old == new:
            return
        if item.kind != "mapping" or item.is_flow:
            self._replace(item, flow(_changed(item, new, language)))
            return
        pad = " " * self._column(item.start)
        if old.text != new.text:
            self._member(item, "text", scalar(new.text, plain=_is_plain(item.get("text"))) if new.text else None)
        if old.buttons != new.buttons:
            lines = [f"{self._newline}{pad}- {flow(dict(button))}" for button in new.buttons]
            self._member(item, "buttons", "".join(lines) or None)
        if old.image != new.image:
            self._member(item, "image", None if new.image is None else scalar(new.image))

    def _member(self, item: Spot, name: str, written: str | None) -> None:
        """The value of a variation's key; None: the key goes."""
        key, value = item.key(name), item.get(name)
        joint = ":" if written is not None and written.startswith(("\n", "\r")) else ": "
        if key is None or value is None:
            pad = " " * self._column(item.start)
            if written is not None:
                self._insert(self._line_end(item.end), [f"{pad}{name}{joint}{written}"])
        elif written is not None:
            self._delete(key.end, value.end, value, f"{joint}{written}")
        elif key is item.entries[0][0]:
            # the dash stands on its line: the next key moves up to it
            second = item.entries[1][0] if len(item.entries) > 1 else None
            if second is None:
                raise Tied
            self._delete(key.start, second.start, value)
        else:
            self._delete(self._line_start(key.start), self._line_end(value.end), value)

    def _insert_variation(self, value: Spot, language: Language, answer: Answer) -> None:
        items = value.items
        same = [item for item in items if language_and_answer(item)[0] == language]
        lines = self._lines_of(answer.as_variation(language), self._dash(items[0]))
        if same:
            self._insert(self._line_end(same[-1].end), lines)
        elif language == LANGUAGES[0]:
            self._insert(self._line_start(items[0].start), lines)
        else:
            self._insert(self._line_end(items[-1].end), lines)

    def _lines_of(self, variation: Mapping[str, Any], pad: str) -> list[str]:
        lines = []
        for name, value in variation.items():
            if name == "buttons":
                lines += ["buttons:", *(f"- {flow(button)}" for button in value)]
            else:
                lines.append(f"{name}: {flow(value) if name == 'condition' else scalar(str(value))}")
        return [f"{pad}{'- ' if number == 0 else '  '}{line}" for number, line in enumerate(lines)]

    def _rewrite_response(self, key: Spot, value: Spot, entry: Entry) -> None:
        pad = " " * self._column(key.start)
        lines = [line for each in entry.variations() for line in self._lines_of(each, pad)]
        self._delete(key.end, value.end, value, self._newline.join([":", *lines]) if lines else ": []")

    # Whole entries.

    def _append(self, name: str, section: Spot | None, lines: Any) -> None:
        if section is None:
            self._insert(len(self._text), ["", f"{name}:", *lines("  " if name == "responses" else "")])
            return
        members = section.items or [key for key, _ in section.entries]
        if section.is_flow or not members:
            key = self._page.top.key(name) if self._page.top is not None else None
            if members or key is None:
                raise Tied
            end = section.end if section.is_flow else key.end + 1
            written = [":", *lines("  " if name == "responses" else "")]
            self._edits.append((key.end, end, self._newline.join(written)))
            return
        pad = self._dash(members[0]) if section.items else " " * self._column(members[0].start)
        self._insert(self._line_end(section.end), lines(pad))

    def _new_question(self, entry: Entry, pad: str) -> list[str]:
        lines = [f"- intent: {entry.key}"]
        metadata: dict[str, Any] = dict(edited_metadata(entry))
        metadata |= {name: each for name in ("quotes", "relies_on") if (each := getattr(entry, name)) is not None}
        if metadata:
            lines += ["  metadata:", *(f"    {name}: {flow(each)}" for name, each in metadata.items())]
        lines.append("  examples: |")
        lines += [f"    - {each}" for language in LANGUAGES for each in entry.examples[language]]
        return [f"{pad}{line}" for line in lines]

    def _new_response(self, entry: Entry, pad: str) -> list[str]:
        variations = [line for each in entry.variations() for line in self._lines_of(each, pad)]
        return [f"{pad}{entry.response}:{'' if variations else ' []'}", *variations]


def edited_metadata(entry: Entry) -> dict[str, Any]:
    """What the studio keeps in an intent's metadata."""
    found = {name: getattr(entry, name) for name in EDITED}
    return {name: list(each) if name == "tags" else each for name, each in found.items() if each}


def untied(page: Page, name: str) -> Page:
    """The page with a response that shares nothing: what it shared stands where it was used next."""
    assert page.top is not None  # noqa: S101 - it has a response
    _, value = page.responses[name]
    inside = list(value.walk())
    own = {id(spot) for spot in inside}
    editing = Editing(page)
    for spot in inside:
        if spot.kind == "alias":
            editing._edits.append((spot.start, spot.end, flow(spot.plain())))
        elif spot.anchor is not None:
            mark = f"&{spot.anchor}"
            users = [each for each in page.top.walk() if each.kind == "alias" and each.target is spot]
            heir = next((each for each in users if id(each) not in own), None)
            if heir is not None:
                editing._edits.append((heir.start, heir.end, f"{mark} {flow(spot.plain())}"))
            rest = page.text[spot.start + len(mark) :]
            is_inline = (rest[:1] == " " and spot.kind != "scalar" and spot.is_flow) or spot.kind == "scalar"
            cut = len(mark) + (1 if is_inline else 0)
            start = spot.start if is_inline else spot.start - 1
            editing._edits.append((start, spot.start + cut, ""))
    return read(page.path, editing.done())


def _merged(languages: Sequence[Language], examples: Mapping[Language, Sequence[str]]) -> list[str]:
    """The wordings in the order in which the file has the languages; more of one stand behind its last."""
    left = {language: list(examples[language]) for language in LANGUAGES}
    last = {language: number for number, language in enumerate(languages)}
    ordered: list[str] = []
    for number, language in enumerate(languages):
        if left[language]:
            ordered.append(left[language].pop(0))
        if last[language] == number:
            ordered += left[language]
            left[language] = []
    return [*ordered, *(each for language in LANGUAGES for each in left[language])]


def _changed(item: Spot, new: Answer, language: Language) -> dict[str, Any]:
    """A variation's mapping with a new text, buttons and image; whatever else it has stays."""
    found: dict[str, Any] = {**item.plain()}
    for name in ("text", "buttons", "image"):
        found.pop(name, None)
    return found | {name: each for name, each in new.as_variation(language).items() if name not in ("condition",)}


def _is_plain(spot: Spot | None) -> bool:
    return spot is not None and spot.kind == "scalar" and spot.style is None
