"""What linking and unlinking share: channels by name, an account that only its owner recognises, proof anew."""

from __future__ import annotations

import re

from actions import answers
from actions.talk import Ask, NotShown, Question, Talk
from bot.customers.links import family
from bot.retail.masking import mask_phone
from bot.retail.proof import LockedOut, NeedCode

_NAMED = {
    "wechat": re.compile(r"微信|公众号|小程序|wei ?xin|we ?chat|\bwx\b", re.IGNORECASE),
    "telegram": re.compile(r"telegram|电报|飞机|\btg\b", re.IGNORECASE),
    "email": re.compile(r"邮箱|邮件|电子邮|\be-?mail", re.IGNORECASE),
}


def channel_in(text: str) -> str | None:
    """The one channel that a text names; None for none or several."""
    named = [name for name, pattern in _NAMED.items() if pattern.search(text)]
    return named[0] if len(named) == 1 else None


def called(talk: Talk, channel: str) -> str:
    """A channel in the customer's words."""
    name = f"channel_{family(channel)}"
    return talk.words.text(name, talk.language) if talk.words.has(name) else channel


async def masked(talk: Talk, shop_customer: str) -> str:
    """`李** 138****8812`: an account that its owner recognises."""
    person = await talk.shop.find_customer(shop_customer)
    if person is None:
        return shop_customer[:1] + "**"
    return f"{person.name[:1]}** {mask_phone(person.phone)}"


async def prove_again(talk: Talk, *, action: str) -> None:
    """See to it that a known customer has proven it only just, where `action` wants that.

    Raises:
        Ask: a one-time code is wanted.
        NotShown: too many wrong ones.
    """
    code = talk.details.get("code")
    another = code == answers.ANOTHER_CODE
    if another:
        code = None
        del talk.details["code"]
    match await talk.services.proof.own(talk.caller, action=action, code=code, again=another):
        case NeedCode(sent_to):
            again = talk.details.pop("code", None) is not None
            response = "utter_code_refused" if again else "utter_code_sent_again" if another else "utter_ask_code"
            raise Ask(Question("code", response, "code", {"phone": sent_to}))
        case LockedOut(minutes):
            talk.say("utter_codes_used_up" if another else "utter_proof_locked", minutes=minutes)
            raise NotShown
        case None:
            pass
