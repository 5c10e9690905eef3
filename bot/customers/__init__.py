"""Who is asking: from the shop's signature and from proofs in the store, never from text or slots."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import jwt
from jwt.types import Options

from bot.messages import Address, Caller
from bot.store import linking, proofs
from bot.store.conversations import Claim
from bot.store.database import Database
from bot.store.proofs import Proof

logger = logging.getLogger(__name__)

AUDIENCE = "guitai"
ALGORITHM = "HS256"
_OPTIONS: Options = {"require": ["sub", "aud", "iat", "exp"], "verify_exp": False, "verify_iat": False}
"""Times are checked on our own clock."""
LEEWAY = timedelta(seconds=30)
"""How far the shop's clock may differ from ours."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The shop says who is signed in."""

    customer_id: str
    at: datetime
    """When they last proved it, UTC."""
    until: datetime
    """When it ends, unless the shop says it again."""


@dataclass(slots=True)
class Asking:
    """The turn that runs in a conversation."""

    claim: Claim
    caller: Caller
    """Without what was proven."""
    proofs: Sequence[Proof] | None
    """What was proven when the turn began, until somebody has asked: later in the turn it may be more."""
    moved_to: str | None = None
    """Where its message is answered anew: the talk was joined with another one, or left it, in this turn."""


class Customers:
    """Reads who signed in, and tells routines who asks."""

    def __init__(
        self,
        *,
        database: Database,
        secret: str,
        proof_minutes: int,
        now: Callable[[], datetime],
        recent_minutes: int = 10,
    ) -> None:
        """`recent_minutes` is how long ago possession may have been proven for the highest level."""
        self._database = database
        self._secret = secret
        self._proof_lasts = timedelta(minutes=proof_minutes)
        self._recent = timedelta(minutes=recent_minutes)
        self._now = now
        self._asking: dict[str, Asking] = {}

    def signed_in(self, token: str | None) -> SignIn | None:
        """Who the shop says is signed in; None for a visitor, and for a token that is not the shop's or too old.

        The token is a JWT, HS256, with `sub` (the shop's customer id), `aud` "guitai", `iat`, `exp`.
        """
        if not token:
            return None
        try:
            return self._read(token)
        except jwt.InvalidTokenError as error:
            # Not an error to the customer: one whose sign-in has expired goes on as a visitor.
            logger.info("customer token refused", extra={"why": type(error).__name__})
            return None

    def _read(self, token: str) -> SignIn:
        claims = jwt.decode(token, self._secret, algorithms=[ALGORITHM], audience=AUDIENCE, options=_OPTIONS)
        try:
            issued, ends = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
        except (TypeError, ValueError, OverflowError, OSError) as error:
            raise jwt.DecodeError("iat and exp must be seconds since 1970") from error
        now = self._now()
        if ends <= now - LEEWAY:
            raise jwt.ExpiredSignatureError
        if issued > now + LEEWAY:
            raise jwt.ImmatureSignatureError
        return SignIn(claims["sub"], issued, ends + LEEWAY)

    @contextmanager
    def asking(self, claim: Claim) -> Iterator[Asking]:
        """While this holds, `caller` knows who sent the message that is being answered."""
        message = claim.message
        caller = Caller(
            conversation=claim.conversation,
            channel=message.channel,
            sender=message.sender,
            remote_address=message.remote_address,
            customer_id=None if message.in_group else message.signed_in_as,
            verified_at=None if message.in_group else message.signed_in_at,
            account=message.account,
            in_group=message.in_group,
        )
        asking = self._asking[claim.conversation] = Asking(claim, caller, claim.proofs)
        try:
            yield asking
        finally:
            self._asking.pop(claim.conversation, None)

    def turn(self, conversation: str) -> Asking:
        """The turn that runs there; KeyError when none does."""
        return self._asking[conversation]

    async def caller(self, conversation: str) -> Caller:
        """Who asks in this conversation, with what they have proven lately; KeyError outside a turn."""
        turn = self._asking[conversation]
        asking = turn.caller
        if asking.in_group:
            return asking
        noted, turn.proofs = turn.proofs, None
        if noted is None:
            noted = await self._database.read(proofs.noted, asking.proof_key)
        proven = proofs.counting(noted, since=self._now() - self._proof_lasts)
        customer_id, verified_at = asking.customer_id, asking.verified_at
        if customer_id is None and proven.customer is not None:
            customer_id, verified_at = proven.customer
        return replace(
            asking,
            customer_id=customer_id,
            verified_at=verified_at,
            proven_orders=proven.orders,
            phone=proven.phone,
        )

    async def level(self, conversation: str) -> str:
        """What whoever asks there has proven: `L0` to `L3`."""
        return self.level_of(await self.caller(conversation))

    def level_of(self, caller: Caller) -> str:
        """L0: an address; L1: an order's digits; L2: possession of account or phone; L3: the same, only just."""
        if caller.customer_id is None:
            return "L1" if caller.proven_orders else "L0"
        proven_at = caller.verified_at
        return "L3" if proven_at is not None and self._now() - proven_at < self._recent else "L2"

    async def others(self, conversation: str) -> list[Address]:
        """From where else the customer writes whose message is being answered there."""
        here = self._asking[conversation].caller.address
        ways = await self._database.read(linking.ways_of, conversation)
        return [way.address for way in ways if way.address != here]

    async def add_phone(self, address: Address, phone: str) -> None:
        """The platform itself says that this number belongs to whoever writes from `address`.

        For channels only, and only where the platform vouches for it: a shared contact must be the sender's own.
        """
        await self._database.run(proofs.prove_phone, address.key, phone, at=self._now())

    async def forget_proofs(self, address: Address) -> None:
        """Somebody else is signed in there now: what was proven before counts no more."""
        await self._database.run(proofs.forget, address.key)


def sign(customer_id: str, secret: str, *, now: datetime, lasts: timedelta) -> str:
    """A token as the shop would make it for a signed-in customer; for trying things out."""
    claims = {"sub": customer_id, "aud": AUDIENCE, "iat": now, "exp": now + lasts}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)
