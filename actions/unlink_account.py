"""A chat is linked no more: the customer ends it, here or from another chat of theirs."""

from __future__ import annotations

from actions import accounts
from actions.base import Routine
from actions.talk import Choice, Talk
from bot.customers.links import NOT_CHATS, family
from bot.messages import Address
from bot.store.linking import Way


class UnlinkAccount(Routine):
    async def act(self, talk: Talk) -> None:
        if talk.heard("done") is not None:
            talk.say("utter_unlinked")
            return
        if talk.caller.in_group:
            talk.say("utter_link_in_group")
            return
        if (named := accounts.channel_in(talk.text)) is not None:
            talk.learn(channel=named)
        address = await self._which(talk)
        if address is None:
            talk.say("utter_unlink_none")
            return
        if address != talk.caller.address:  # leaving takes rights away and may be done by whoever holds the chat
            if talk.caller.customer_id is None:
                talk.say("utter_unlink_sign_in")
                return
            await accounts.prove_again(talk, action="unlink_account")
        name = accounts.called(talk, address.channel)
        if not talk.confirmed("agreed", "utter_unlink_confirm", channel=name):
            talk.say("utter_stopped")
        else:
            is_done = await talk.services.links.unlink(talk.caller, address)
            talk.say("utter_unlinked" if is_done else "utter_unlink_none")

    async def _which(self, talk: Talk) -> Address | None:
        """The address that is meant; None when there is none."""
        if await talk.services.links.account_of(talk.caller) is None:
            return None
        ways = [way for way in await talk.services.links.ways(talk.caller) if way.address.channel not in NOT_CHATS]
        named = talk.details.get("channel")
        if named is not None:
            ways = [way for way in ways if family(way.address.channel) == named]
        here = [way for way in ways if way.address == talk.caller.address]
        if here or len(ways) <= 1:
            return (here or ways)[0].address if ways else None
        choices = [Choice(_title(talk, way), way.address.key) for way in ways]
        chosen = talk.ask("way", "utter_ask_unlink_which", kind="choice", choices=choices)
        return next((way.address for way in ways if way.address.key == chosen), None)


def _title(talk: Talk, way: Way) -> str:
    day = talk.words.day(way.since.astimezone(talk.now.tzinfo).date(), talk.language, today=talk.today)
    return f"{accounts.called(talk, way.address.channel)} · {day}"
