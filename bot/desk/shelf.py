"""Canned replies and macros: the shop's, from `data/desk.yml`, and those that colleagues have written."""

from __future__ import annotations

from typing import Any

from bot.desk.texts import DeskTexts
from bot.desk.work import SUPERVISORS, Desk
from bot.errors import DeskRefused
from bot.replies import clean
from bot.store import canned
from bot.store.accounts import Account

MOST = 100
LONGEST_TITLE, LONGEST_TEXT = 60, 2000


class Shelf:
    """What can be said with one stroke."""

    def __init__(self, desk: Desk, texts: DeskTexts) -> None:
        self._desk = desk
        self._texts = texts

    async def shown(self, account: Account) -> dict[str, Any]:
        """As the wire has them."""
        written = [
            {"id": f"shop:{name}", "title": each["title"], "text": each["text"], "shortcut": name, "shared": True}
            for name, each in self._texts.canned.items()
        ]
        own = await self._desk.database.read(canned.of, account.id)
        macros = [
            {"id": name, "label": macro["title"], "does": self._does(macro)}
            for name, macro in self._texts.macros.items()
        ]
        return {"canned": [*written, *({**each, "shortcut": ""} for each in own)], "macros": macros}

    async def keep(self, account: Account, given: object) -> None:
        """These are their own from now on; supervisors may share some with everybody.

        Raises:
            DeskRefused: they cannot be read.
        """
        if not isinstance(given, list) or len(given) > MOST:
            raise DeskRefused("bad_frame")
        own = [_read(each) for each in given if not _is_shops(each)]
        shared = bool(SUPERVISORS & set(account.roles))
        await self._desk.database.run(canned.replace, account.id, own, shared=shared, now=self._desk.now())

    def _does(self, macro: Any) -> dict[str, str]:
        told = {}
        for language in ("zh", "en"):
            steps = []
            for step in macro["steps"]:
                if "say" in step:
                    steps.append(self._texts.canned[step["say"]]["title"][language])
                elif "tag" in step:
                    steps.append(f"#{step['tag']}")
                elif "note" in step:
                    steps.append(step["note"][language])
            told[language] = " + ".join(steps)
        return told


def _is_shops(each: object) -> bool:
    return isinstance(each, dict) and str(each.get("id") or "").startswith("shop:")


def _read(each: object) -> dict[str, Any]:
    if not isinstance(each, dict):
        raise DeskRefused("bad_frame")
    return {
        "title": _both(each.get("title"), LONGEST_TITLE),
        "text": _both(each.get("text"), LONGEST_TEXT),
        "shared": each.get("shared") is True,
    }


def _both(words: object, longest: int) -> dict[str, str]:
    if not isinstance(words, dict):
        raise DeskRefused("bad_frame")
    both = {language: clean(str(words.get(language) or "")).strip() for language in ("zh", "en")}
    if not any(both.values()) or any(len(each) > longest for each in both.values()):
        raise DeskRefused("bad_frame")
    return {language: text or next(filter(None, both.values())) for language, text in both.items()}
