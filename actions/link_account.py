"""A chat is linked to an account: the code is shown where the customer is known, and typed where they are not."""

from __future__ import annotations

from typing import ClassVar

from actions import accounts
from actions.base import Routine
from actions.orders import proven_order
from actions.talk import Choice, Talk
from bot.customers.links import LASTS, SHOWS_HISTORY, Locked, family
from bot.store.link_codes import LinkCode

_ORDER = "order"


class LinkAccount(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"code"})

    async def act(self, talk: Talk) -> None:
        if talk.heard("done") is not None:
            talk.say("utter_linked")
            return
        if talk.caller.in_group:
            talk.say("utter_link_in_group")
            return
        if (named := accounts.channel_in(talk.text)) is not None:
            talk.learn(channel=named)
        if (code := talk.heard("link_code")) is not None and not await self._typed(talk, str(code)):
            return
        if "typed" in talk.details:
            await self._link(talk)
        elif talk.caller.customer_id is not None:
            await self._known(talk)
        elif talk.heard("code") is not None and "by" not in talk.details:
            talk.say("utter_link_other_code")
        else:
            await self._unknown(talk)

    async def _typed(self, talk: Talk, code: str) -> bool:
        """Whether the code opens something here that the customer may now agree to."""
        links, caller = talk.services.links, talk.caller
        if caller.channel in SHOWS_HISTORY:
            talk.say("utter_link_sign_in_here")
            return False
        found = await links.take(caller, code)
        match found:
            case None:
                talk.say("utter_link_refused")
                return False
            case Locked(minutes):
                talk.say("utter_link_locked", minutes=minutes)
                return False
            case LinkCode(shop_customer):
                return await self._may_agree(talk, shop_customer)

    async def _may_agree(self, talk: Talk, shop_customer: str) -> bool:
        links, caller = talk.services.links, talk.caller
        present = await links.account_of(caller)
        if present == shop_customer:
            await links.drop(caller)
            talk.say("utter_link_already")
            return False
        if present is not None and not (
            present == caller.customer_id and talk.services.proof.knows(caller, action="link_account")
        ):
            await links.drop(caller)
            talk.say("utter_link_other_account")
            return False
        talk.learn(typed=await accounts.masked(talk, shop_customer))
        return True

    async def _link(self, talk: Talk) -> None:
        links, caller = talk.services.links, talk.caller
        if await links.taken(caller) is None:
            talk.say("utter_link_refused")
        elif not talk.confirmed("agreed", "utter_link_confirm", account=talk.details["typed"]):
            await links.drop(caller)
            talk.say("utter_stopped")
        else:  # what is said after a success is not heard: the message is answered anew in the joined talk
            talk.say("utter_linked" if await links.use(caller) else "utter_link_refused")

    async def _known(self, talk: Talk) -> None:
        """Show a code to a customer who is known here."""
        await accounts.prove_again(talk, action="link_account")
        links, caller = talk.services.links, talk.caller
        if caller.customer_id is None:
            return
        if await links.account_of(caller) is None:
            if caller.channel in SHOWS_HISTORY:
                talk.say("utter_link_sign_in_here")
                return
            await self._link_proven(talk, caller.customer_id)
            return
        channel = talk.details.get("channel")
        if channel == family(caller.channel):
            talk.say("utter_link_this_one", channel=accounts.called(talk, channel))
            channel = None
        code = await links.issue(caller, channel)
        minutes = int(LASTS.total_seconds() // 60)
        if channel is None:
            talk.say("utter_link_code", code=code, minutes=minutes)
        else:
            talk.say("utter_link_code_for", code=code, minutes=minutes, channel=accounts.called(talk, channel))

    async def _link_proven(self, talk: Talk, shop_customer: str) -> None:
        """They have proven possession of the phone, and their chat is not linked yet."""
        account = await accounts.masked(talk, shop_customer)
        if not talk.confirmed("agreed_here", "utter_link_confirm", account=account):
            talk.say("utter_stopped")
        else:
            is_linked = await talk.services.links.link_proven(talk.caller)
            talk.say("utter_linked" if is_linked else "utter_link_refused")

    async def _unknown(self, talk: Talk) -> None:
        """Tell a visitor how: a code from where they are signed in, or an order and a message to its phone."""
        if talk.caller.channel in SHOWS_HISTORY:
            talk.say("utter_link_sign_in_here")
            return
        choices = [Choice(talk.words.text("link_by_order", talk.language), _ORDER)]
        talk.ask("by", "utter_link_how", kind="choice", choices=choices)
        await proven_order(talk, action="link_account")
        talk.caller = await talk.services.customers.caller(talk.caller.conversation)
        if talk.caller.customer_id is not None:
            await self._link_proven(talk, talk.caller.customer_id)
