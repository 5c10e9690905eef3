"""Judges what callers and platforms saw. It knows the promises and nothing of the product."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.callers import Asked
from tests.platform_server import Arrived, Platform

REFUSED_FOR_NOW = 503
OK = 200


@dataclass
class Verdict:
    messages: int = 0
    set_aside: int = 0
    """Answered, but only with an apology: the message was killed again and again."""
    faults: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0

    def __str__(self) -> str:
        shown = "\n".join(self.faults[:20])
        return f"{self.messages} messages, {self.set_aside} set aside, {len(self.faults)} faults\n{shown}"


def judge_talks(asked: Sequence[Asked]) -> Verdict:
    """Each message is answered, always alike, and the talk went on as if nothing had happened."""
    verdict = Verdict(messages=len(asked), slowest_seconds=max((each.seconds for each in asked), default=0))
    talks: dict[str, list[Asked]] = defaultdict(list)
    for each in asked:
        talks[each.sender].append(each)
    for talk in talks.values():
        before = "nothing"
        for number, each in enumerate(talk, start=1):
            where = f"{each.message_id} {each.text!r}"
            strange = {seen.status for seen in each.seen} - {OK, REFUSED_FOR_NOW}
            if strange:
                verdict.faults.append(f"{where}: answered {sorted(strange)}")
            bodies = {seen.body for seen in each.seen if seen.status == OK}
            if not bodies:
                verdict.faults.append(f"{where}: never answered")
                break
            if len(bodies) > 1:
                verdict.faults.append(f"{where}: answered in {len(bodies)} ways: {sorted(bodies)}")
            said = said_in(bodies.pop())
            if said[:1] == ["set aside"]:
                verdict.set_aside += 1
                break
            expected = [f"{number}|{each.text}|{before}"]
            if said != expected:
                verdict.faults.append(f"{where}: heard {said}, not {expected}")
                break
            before = each.text
    return verdict


def judge_platform(said: Mapping[str, Sequence[str]], platform: Platform) -> Verdict:
    """Each customer sees all answers in order: once, or at least once where the platform keeps doubles."""
    verdict = Verdict(messages=sum(len(words) for words in said.values()))
    seen: dict[str, list[Arrived]] = defaultdict(list)
    for each in platform.arrived:
        if each.kept:
            seen[each.recipient].append(each)
    for who, words in said.items():
        shown, keys = [], set()
        for each in seen[who]:
            if each.key not in keys:
                keys.add(each.key)
                shown.append(each.text)
        befores = ["nothing", *words]
        expected = [f"{place + 1}|{word}|{befores[place]}" for place, word in enumerate(words)]
        if "set aside" in shown:
            verdict.set_aside += 1
            expected = expected[: shown.index("set aside")]
            shown = shown[: shown.index("set aside")]
        if shown != expected:
            first = next((at for at, word in enumerate(shown) if word not in expected[at : at + 1]), len(shown))
            said_there = shown[first : first + 3]
            verdict.faults.append(f"{who}: {len(shown)} of {len(expected)} replies, wrong from {first}: {said_there}")
    if platform.deduplicates and platform.doubled():
        verdict.faults.append(f"the platform let doubles through: {platform.doubled()}")
    verdict.faults += [f"{key} was sent too soon" for key in platform.sent_too_soon()]
    return verdict


def judge_doubles(platform: Platform, noted: Collection[str]) -> list[str]:
    """Each reply that a customer saw more than once was noted as one that may have been."""
    unknown = {key: times for key, times in platform.doubled().items() if key not in noted}
    return [f"{key} arrived {times} times, and nobody knows" for key, times in unknown.items()]


def judge_orders(texts: Iterable[str], shop_database: Path, *, prefix: str, unsure: Iterable[str] = ()) -> list[str]:
    """Each `order WORD` was done by the shop once, an unsure one at most once; no other WORD with this prefix was."""
    ordered = {text.split()[1] for text in texts if text.startswith("order ")}
    perhaps = {text.split()[1] for text in unsure if text.startswith("order ")}
    connection = sqlite3.connect(shop_database)
    try:
        done = Counter(
            code for (code,) in connection.execute("SELECT code FROM phone_inbox") if code.startswith(prefix)
        )
    finally:
        connection.close()
    faults = [f"order {word} was done {done[word]} times" for word in sorted(ordered) if done[word] != 1]
    faults += [f"order {word} was done {done[word]} times" for word in sorted(perhaps) if done[word] > 1]
    return faults + [f"order {word} was never given" for word in sorted(set(done) - ordered - perhaps)]


def said_in(body: bytes) -> list[str]:
    return [bubble.get("text", "") for bubble in json.loads(body)]
