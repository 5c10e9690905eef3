"""When stores are open: in general, on a day, on some days, at a time, now."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from actions.base import Routine
from actions.cards import store_card
from actions.places import Place, city_choices, grouped, place_meant, say_no_store, store_names
from actions.talk import Talk
from actions.timetable import day_text, days_text, festival_text, hours_text, soon_text, week_text
from bot.retail.calendar import SATURDAY, add_months, local
from bot.retail.hours import DayHours, holiday_on, holiday_week, hours_on, open_now
from bot.retail.shop import Store

MAX_WEEKS = 3
"""Stores whose whole weeks are told at once; beyond, the customer is asked for a place."""
MAX_DAYS = 7
MAX_TABLES = 3
"""Different tables of several days that are told at once."""
_NOW = "now"
_NOON = "12:00"
_WEEKEND = re.compile(r"周末|週末|weekend", re.IGNORECASE)
_UNTIL = re.compile(r"到|至|[-~—–～]|\b(?:to|through|until|till)\b", re.IGNORECASE)


class StoreHours(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"store", "city", "date", "time"})

    async def act(self, talk: Talk) -> None:
        place = await place_meant(talk)
        days, clock = _days(talk, self.name()), _clock(talk, self.name())
        if not place.stores:
            await say_no_store(talk)
        elif clock == _NOW:
            _say_now(talk, place)
        elif clock is not None:
            asked: list[date | None] = [*days] or [None]
            for day in asked:
                _say_at(talk, place, day, time.fromisoformat(clock))
        elif len(days) == 1:
            _say_day(talk, place, days[0])
        elif days:
            _say_days(talk, place, days)
        else:
            _say_week(talk, place)


def _days(talk: Talk, routine: str) -> list[date]:
    """The days asked about, all of a weekend or a span. A day kept from earlier counts until it is over."""
    heard = [date.fromisoformat(value) for value in talk.heard_all("date")]
    if not heard:
        kept = talk.known("date", routine=routine)
        day = date.fromisoformat(kept) if kept and talk.heard("time") != _NOW else None
        return [day] if day is not None and day >= talk.today else []
    if len(heard) == 1 and heard[0].weekday() == SATURDAY and _WEEKEND.search(talk.text):
        return [heard[0], heard[0] + timedelta(days=1)]
    if len(heard) == 2 and _UNTIL.search(talk.text):
        first, last = heard[0], _from_on(*heard)
        count = min((last - first).days + 1, MAX_DAYS)
        return [first + timedelta(days=number) for number in range(count)]
    return sorted(heard)[:MAX_DAYS]


def _from_on(first: date, last: date) -> date:
    """The end of a span: in "24 December to the 26th" the 26th is December's, though one comes sooner."""
    while last < first:
        last = add_months(last, 1)
    return last


def _clock(talk: Talk, routine: str) -> str | None:
    """`now` or `HH:MM`. A time kept from earlier counts for "and Jing'an?", not for a new question about hours."""
    clock = talk.adding_to("time", routine=routine)
    if clock is None or (clock == _NOW and talk.heard("time") is None and talk.heard("date")):
        return None
    if clock == _NOW and any(date.fromisoformat(day) != talk.today for day in talk.heard_all("date")):
        return None
    return _in_the_same_half(talk, str(clock))


def _in_the_same_half(talk: Talk, clock: str) -> str:
    """After "nine in the evening?", "and half past ten?" is the evening's."""
    halves = talk.candidates("time") if talk.intent != "store_hours" else []
    told = [event for event in talk.past if event["event"] == "user" or event.get("name") == "time"]
    heard = max((place for place, event in enumerate(told) if event["event"] == "user"), default=0)
    earlier = [event["value"] for event in told[:heard] if event.get("value") not in (None, _NOW)]
    if not halves or not earlier:
        return clock
    return next(half for half in halves if (half >= _NOON) == (str(earlier[-1]) >= _NOON))


def _say_week(talk: Talk, place: Place) -> None:
    weeks = [week_text(talk, store) for store in place.stores]
    if len(place.stores) == 1:
        _say_store(talk, place.stores[0], weeks[0])
        return
    if not place.named and len(place.stores) > MAX_WEEKS and len(set(weeks)) > 1:
        hours = [hours for store in place.stores for hours in store.week]
        talk.ask(
            "place",
            "utter_ask_hours_where",
            kind="store",
            choices=city_choices(talk, place.stores),
            earliest=talk.words.clock(min(each.opens for each in hours if each.opens)),
            latest=talk.words.clock(max(each.closes for each in hours if each.closes)),
        )
    talk.say("utter_hours_weeks", lines=grouped(talk, place, weeks))


def _say_store(talk: Talk, store: Store, week: str) -> None:
    values: dict[str, Any] = {"store": store.name.in_(talk.language), "week": week, "phone": store.phone}
    card = store_card(talk, store, hours=week.replace(talk.words.text("between", talk.language), "\n"))
    if holidays := soon_text(talk, store):
        talk.say("utter_hours_week_holidays", holidays=holidays, card=card, **values)
    else:
        talk.say("utter_hours_week", card=card, **values)
    _say_store_now(talk, store)


def _say_now(talk: Talk, place: Place) -> None:
    if len(place.stores) == 1:
        _say_store_now(talk, place.stores[0])
        return
    states = {store.store_id: open_now(store, talk.now) for store in place.stores}
    today = {store_id: state.today for store_id, state in states.items()}
    open_ids = {store_id for store_id, state in states.items() if state.open}
    _say_lists(talk, place, today, open_ids, "utter_now_list")


def _say_store_now(talk: Talk, store: Store) -> None:
    state = open_now(store, talk.now)
    holiday = state.today.holiday
    values: dict[str, Any] = {"store": store.name.in_(talk.language), "phone": store.phone}
    if holiday:
        values |= {"holiday": holiday.name.in_(talk.language)}
    if state.until is not None:
        response = "utter_now_open_holiday" if holiday else "utter_now_open"
        talk.say(response, closes=talk.words.clock(state.until), **values)
    elif state.opens_at is None:
        talk.say("utter_now_closed", **values)
    elif state.opens_today:
        response = "utter_now_opens_today_holiday" if holiday else "utter_now_opens_today"
        talk.say(response, opens=talk.words.clock(state.opens_at.time()), **values)
    else:
        response = "utter_now_closed_holiday" if holiday and state.today.closed else "utter_now_opens_later"
        talk.say(response, **_opening(talk, state.opens_at), **values)


def _say_at(talk: Talk, place: Place, day: date | None, clock: time) -> None:
    on = {store.store_id: hours_on(store, day or local(talk.now, store.timezone).date()) for store in place.stores}
    asked: dict[str, Any] = {"clock": talk.words.clock(clock), "day": _when(talk, on[place.stores[0].store_id].day)}
    open_ids = {store_id for store_id, found in on.items() if _open_at(found, clock)}
    if len(place.stores) > 1:
        _say_lists(talk, place, on, open_ids, "utter_at_list", **asked)
        return
    store = place.stores[0]
    found = on[store.store_id]
    if found.closed:
        _say_closed(talk, store, found)
        return
    response = "utter_at_open" if open_ids else "utter_at_closed"
    values: dict[str, Any] = {**asked, "store": store.name.in_(talk.language), "hours": hours_text(talk, found.hours)}
    if found.holiday:
        talk.say(f"{response}_holiday", holiday=found.holiday.name.in_(talk.language), **values)
    else:
        talk.say(response, **values)


def _open_at(day: DayHours, clock: time) -> bool:
    opens, closes = day.hours.opens, day.hours.closes
    return opens is not None and closes is not None and opens <= clock < closes


def _say_lists(
    talk: Talk, place: Place, on: dict[str, DayHours], open_ids: set[str], response: str, **asked: Any
) -> None:
    """Which of several stores are open and which are not, each with its hours of the day."""
    for is_open, ending in ((True, "open"), (False, "closed")):
        stores = tuple(store for store in place.stores if (store.store_id in open_ids) is is_open)
        if stores:
            part = Place(stores, anywhere=place.anywhere and len(stores) == len(place.stores))
            lines = grouped(talk, part, [day_text(talk, on[store.store_id]) for store in stores])
            talk.say(f"{response}_{ending}", lines=lines, **asked)


def _say_day(talk: Talk, place: Place, day: date) -> None:
    if len(place.stores) == 1:
        _say_store_day(talk, place.stores[0], hours_on(place.stores[0], day))
        return
    lines = grouped(talk, place, [day_text(talk, hours_on(store, day)) for store in place.stores])
    talk.say("utter_hours_day_list", day=_when(talk, day), lines=lines)
    festive = tuple(store for store in place.stores if _is_long(store, day))
    if festive:
        names = dict.fromkeys(
            holiday.name.in_(talk.language) for store in festive if (holiday := holiday_on(store, day))
        )
        festivals = [festival_text(talk, store, day) for store in festive]
        lines = grouped(talk, Place(festive, anywhere=False), festivals)
        talk.say("utter_hours_festivals", holiday="/".join(names), lines=lines)


def _say_store_day(talk: Talk, store: Store, found: DayHours) -> None:
    values: dict[str, Any] = {"store": store.name.in_(talk.language), "day": _when(talk, found.day)}
    if found.closed:
        _say_closed(talk, store, found)
    elif found.holiday:
        holiday = found.holiday.name.in_(talk.language)
        talk.say("utter_hours_day_holiday", holiday=holiday, hours=hours_text(talk, found.hours), **values)
    else:
        talk.say("utter_hours_day", hours=hours_text(talk, found.hours), **values)
    if found.holiday and _is_long(store, found.day):
        holiday = found.holiday.name.in_(talk.language)
        talk.say("utter_hours_festival", holiday=holiday, days=festival_text(talk, store, found.day))


def _is_long(store: Store, day: date) -> bool:
    """Whether the holiday of `day` has other days too."""
    return len(holiday_week(store, day)) > 1


def _say_closed(talk: Talk, store: Store, found: DayHours) -> None:
    """Closed all day, and when it opens again."""
    values: dict[str, Any] = {
        "store": store.name.in_(talk.language),
        "day": _when(talk, found.day),
        "phone": store.phone,
    }
    if found.holiday:
        talk.say("utter_hours_closed_holiday", holiday=found.holiday.name.in_(talk.language), **values)
    else:
        talk.say("utter_hours_closed", **values)
    midnight = datetime.combine(found.day, time.min, tzinfo=ZoneInfo(store.timezone))
    if (opens_at := open_now(store, midnight).opens_at) is not None:
        talk.say("utter_hours_opens_again", store=values["store"], **_opening(talk, opens_at))


def _say_days(talk: Talk, place: Place, days: list[date]) -> None:
    if len(place.stores) == 1:
        store = place.stores[0]
        talk.say("utter_hours_days", store=store.name.in_(talk.language), lines=days_text(talk, store, days))
        return
    tables = {store.store_id: days_text(talk, store, days) for store in place.stores}
    if not place.named and len(set(tables.values())) > MAX_TABLES:
        talk.ask("place", "utter_ask_days_where", kind="store", choices=city_choices(talk, place.stores))
    for table in dict.fromkeys(tables.values()):
        stores = [store for store in place.stores if tables[store.store_id] == table]
        talk.say("utter_hours_days", store=store_names(talk, stores), lines=table)


def _opening(talk: Talk, opens_at: datetime) -> dict[str, Any]:
    return {"day": _when(talk, opens_at.date()), "opens": talk.words.clock(opens_at.time())}


def _when(talk: Talk, day: date) -> str:
    return talk.words.on(day, talk.language, today=talk.today)
