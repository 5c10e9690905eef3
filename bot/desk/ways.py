"""By which channels a customer comes, as colleagues see it; and a supervisor's end to one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.customers.links import NOT_CHATS
from bot.desk.board import moment
from bot.desk.work import Desk, me_of
from bot.errors import DeskRefused
from bot.live import talk
from bot.store import deskwork, linking, parting, speaking
from bot.store.accounts import Account
from bot.store.deskwork import House
from bot.store.linking import Link, Way
from bot.store.parting import Parted

LONGEST_REASON = 500


class Ways:
    """Ends links."""

    def __init__(self, desk: Desk, deliver: Callable[[str], None]) -> None:
        """`deliver` is told of talks with something to send."""
        self._desk = desk
        self._deliver = deliver

    async def end(self, account: Account, conversation: str, number: int, *, undo: bool, why: str) -> None:
        """Unlink one of a customer's chats, or, with `undo`, take its link back with all that it has brought.

        Raises:
            DeskRefused: they may not, or there is no such link here.
        """
        if not me_of(account).is_supervisor:
            raise DeskRefused("forbidden")
        parted = await self._desk.database.run(
            _end,
            conversation,
            number,
            self._desk.house,
            undo=undo,
            by=account.called("en"),
            why=why[:LONGEST_REASON],
            now=self._desk.now(),
        )
        if parted is None:
            raise DeskRefused("not_found")
        for home in (parted.left, parted.now_in):
            self._deliver(home)
            await self._desk.live.wake(talk(home))


def shown(ways: Sequence[Way], conversation: str) -> list[dict[str, Any]]:
    """A customer's channels as the wire has them."""
    return [
        {
            "channel": way.address.channel,
            "conversation": conversation,
            "address": _short(way.address.sender),
            "since": moment(way.since),
            "how": way.how,
            "by": way.by,
            "link": None if way.address.channel in NOT_CHATS else way.link,
            "can_undo": way.can_undo,
        }
        for way in ways
    ]


def _end(
    connection: Any, conversation: str, number: int, house: House, *, undo: bool, by: str, why: str, now: datetime
) -> Parted | None:
    way = next((each for each in linking.ways_of(connection, conversation) if each.link == number), None)
    link = linking.find(connection, number)
    if way is None or link is None or way.address.channel in NOT_CHATS or (undo and not way.can_undo):
        return None
    parted = _parted(connection, link, undo=undo, by=by, why=why, now=now)
    values = {"agent": by, "channel": link.address.channel, "why": why}
    deskwork.system_note(connection, conversation, house, "unlinked", now=now, **values)
    word = house.word("utter_unlinked_notice", linking.language_of(connection, parted.now_in) or "zh", {})
    speaking.speak(connection, parted.now_in, word, speaker=None, carried=house.carried, now=now, to=link.address)
    return parted


def _parted(connection: Any, link: Link, *, undo: bool, by: str, why: str, now: datetime) -> Parted:
    if undo:
        return parting.undo(connection, link.id, by=by, why=why, now=now)
    return parting.part(connection, link.address, how="unlinked", by=by, why=why, now=now)


def _short(sender: str) -> str:
    """The end of an address: enough to tell two apart."""
    return sender if len(sender) <= 12 else f"…{sender[-8:]}"
