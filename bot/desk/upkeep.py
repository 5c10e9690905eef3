"""What is done for colleagues and for those who wait: talks are given out, freed and handed back, deadlines watched."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot import metrics
from bot.handoff import queue
from bot.handoff.assignment import Agent, Wish, choose
from bot.handoff.queue import Pace
from bot.live import LINE, PEOPLE, Live, talk
from bot.messages import Priority
from bot.settings import Settings
from bot.store import desk as store
from bot.store import deskwork, owning, presence
from bot.store.database import Database
from bot.store.desk import Item
from bot.store.deskwork import House, Me
from bot.store.handoffs import IN_LINE, HandoffState
from bot.store.presence import Colleague
from bot.switchboard import Tempo

logger = logging.getLogger(__name__)


class Upkeep:
    """Looks after the line; whoever calls it, each thing is done once."""

    def __init__(
        self,
        *,
        database: Database,
        live: Live,
        house: House,
        line: Tempo,
        settings: Settings,
        answer_minutes: Mapping[str, int],
        told: Callable[[str], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        """`told` is awaited for each talk in which something was said."""
        self.line = line
        self._database = database
        self._live = live
        self._house = house
        self._settings = settings
        self._answer_minutes = answer_minutes
        self._told = told
        self._now = now

    async def assign(self) -> int:
        """Give those who wait to colleagues who have room, in order; how many were given."""
        if self._settings.desk_assignment != "auto":
            return 0
        now = self._now()
        waiting, online, last = await self._database.read(_to_assign, now)
        agents = {each.id: _agent(each) for each in online}
        given = 0
        for item in waiting:
            if not any(agent.has_room for agent in agents.values()):
                break
            wish = Wish(
                id=item.id,
                group=item.group,
                language=item.language,
                waited=now - item.since,
                last_agent=last.get(item.conversation),
                skipped=frozenset(item.skipped) if len(agents) > 1 else frozenset(),
            )
            agent = choose(wish, list(agents.values()))
            if agent is None:
                continue
            person = next(each for each in online if each.id == agent.id)
            taken = await self._database.run(
                deskwork.claim, item.id, Me(person.id, person.shown_as, False), self._house, now=now
            )
            if taken.refusal is None and taken.held is not None:
                given += 1
                agents[agent.id] = Agent(
                    agent.id, agent.groups, agent.languages, agent.capacity, agent.load + 1, last_given=now
                )
                await self._told(taken.held.conversation)
            elif taken.refusal == "limit":
                agents.pop(agent.id)
        if given:
            await self._live.wake(PEOPLE)
        return given

    async def release_gone(self) -> int:
        """Put talks of colleagues who have gone back in line; how many."""
        now = self._now()
        freed = 0
        for agent in await self._database.read(presence.gone, now=now):
            for number in await self._database.read(owning.held_by, [agent]):
                where = await self._database.run(
                    deskwork.drop, number, self._house, agent=agent, why="dropped", now=now
                )
                if where is not None:
                    freed += 1
                    await self._told(where)
        if freed:
            await self._live.wake(LINE)
        return freed

    async def release_silent(self) -> None:
        """Give talks to somebody else whose colleague has not said a word for twice the time."""
        now = self._now()
        for number, agent in await self._database.read(deskwork.silent_handoffs, now=now):
            where = await self._database.run(
                deskwork.drop, number, self._house, agent=agent, why="silent", now=now, skip=True
            )
            if where is not None:
                await self._told(where)
                await self._live.wake(LINE)

    async def release_idle(self) -> None:
        """Give talks back to the bot in which nobody has written for long."""
        minutes = self._settings.desk_idle_minutes
        now = self._now()
        before = now - timedelta(minutes=minutes)
        for number in await self._database.read(deskwork.idle_handoffs, before=before):
            where = await self._database.run(
                deskwork.give_up_idle, number, self._house, before=before, minutes=minutes, now=now
            )
            if where is not None:
                await self._told(where)
                await self._live.wake(PEOPLE)

    async def watch_deadlines(self) -> None:
        """Warn of deadlines that are near; what was missed becomes more urgent, and supervisors see it."""
        now = self._now()
        for item in await self._database.read(store.open_items):
            due, begins = item.next_due, item.next_due and item.next_due - item.aim
            if item.first_reply_at is None and item.first_due is not None:
                due, begins = item.first_due, item.first_due - item.aim
            if due is None or begins is None:
                continue
            if now >= due and not item.breached:
                await self._breached(item, now)
                continue
            near = now >= queue.warn_at(begins, due) and not item.warned
            if near and await self._database.run(store.mark_due, item.id, warned=True):
                await self._live.wake(talk(item.conversation))

    async def tell_places(self) -> None:
        """Tell those who wait that they are further ahead than they were told, once a minute at most."""
        now = self._now()
        items = await self._database.read(store.open_items)
        waiting = sorted(
            (item for item in items if item.state is HandoffState.WAITING), key=lambda item: (item.rank_at, item.id)
        )
        metrics.line_length.set(len(waiting))
        if not self.line.pace.online:
            return
        for place, item in enumerate(waiting, start=1):
            told_at = item.told_at
            if item.told_place is None or place >= item.told_place or told_at is None:
                continue
            if now - told_at < timedelta(seconds=self._settings.desk_place_seconds):
                continue
            where = await self._database.run(
                deskwork.tell_place,
                item.id,
                self._house,
                figures=self.figures(place, item.aim),
                before=item.told_place,
                now=now,
            )
            if where is not None:
                await self._told(where)

    @property
    def usual_aim(self) -> timedelta:
        """How soon somebody should answer who is in no hurry."""
        return timedelta(minutes=self._answer_minutes["normal"])

    def figures(self, place: int, aim: timedelta) -> dict[str, int]:
        """Place and minutes, as customers are told."""
        span = queue.wait(place, self.line.pace, aim=aim)
        return {"place": place, "minutes": queue.minutes(span or aim)}

    async def measure(self) -> Pace:
        """See how quickly the line moves now."""
        online, spans = await self._database.read(_pace, self._now())
        self.line.pace = Pace(
            desks=sum(each.capacity for each in online),
            free=sum(max(0, each.capacity - each.load) for each in online),
            handling=queue.handling_time(spans),
            online=len(online),
        )
        return self.line.pace

    async def _breached(self, item: Item, now: datetime) -> None:
        priority = queue.above(Priority(item.priority))
        rank = min(item.rank_at, queue.rank(priority, item.since))
        done = await self._database.run(deskwork.escalate, item.id, self._house, priority=priority, rank=rank, now=now)
        if done:
            metrics.breaches.labels("next" if item.first_reply_at else "first").inc()
            logger.warning("a customer was not answered in time", extra={"handoff": item.id})
            await self._live.wake(talk(item.conversation))
            await self._live.wake(LINE)


def _agent(person: Colleague) -> Agent:
    return Agent(
        id=person.id,
        groups=frozenset(person.groups),
        languages=frozenset(person.languages),
        capacity=max(1, person.capacity),
        load=person.load,
        last_given=person.given_at,
    )


_Waiting = tuple[list[Item], list[Colleague], dict[str, str]]
"""Who waits, who could take them, and who had them last."""


def _to_assign(connection: Any, now: datetime) -> _Waiting:
    online = [each for each in presence.colleagues(connection, now=now, online=True) if "agent" in each.roles]
    if not any(each.load < each.capacity for each in online):
        return [], [], {}
    items = [item for item in store.open_items(connection) if item.state in IN_LINE]
    items.sort(key=lambda item: (item.state is HandoffState.MISSED, item.rank_at, item.id))
    return items, online, store.last_agents(connection, [item.conversation for item in items])


def _pace(connection: Any, now: datetime) -> tuple[list[Colleague], list[timedelta]]:
    online = [each for each in presence.colleagues(connection, now=now, online=True) if "agent" in each.roles]
    return online, presence.handling_times(connection, now=now, most=queue.RECENT)
