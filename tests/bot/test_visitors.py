"""Visitors' tokens and links to files are ours, for a while, and for one purpose each."""

from __future__ import annotations

import jwt
import pytest

from bot.visitors import Visitors
from tests.fakes import FakeClock

SECRET = "s" * 40


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def visitors(clock: FakeClock) -> Visitors:
    return Visitors(secret=SECRET, now=clock)


def test_a_token_names_the_same_visitor_until_it_ends(visitors: Visitors, clock: FakeClock) -> None:
    made = visitors.welcome()
    again = visitors.read(made.token)
    assert again == made
    clock.forward(days=2)
    renewed = visitors.read(made.token)
    assert renewed is not None
    assert renewed.id == made.id
    assert renewed.token != made.token
    clock.forward(days=179)
    assert visitors.read(made.token) is None
    assert visitors.read(renewed.token) is not None


def test_visitors_are_told_apart(visitors: Visitors) -> None:
    assert visitors.welcome().id != visitors.welcome().id


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 10])
def test_what_is_no_token_names_nobody(visitors: Visitors, token: str) -> None:
    assert visitors.read(token) is None


@pytest.mark.parametrize("changed", [{"exp": "soon"}, {"iat": None}, {"sub": None}, {"sub": 5}, {"exp": 10**30}])
def test_a_token_with_odd_claims_names_nobody(visitors: Visitors, changed: dict[str, object]) -> None:
    claims = jwt.decode(visitors.welcome().token, options={"verify_signature": False}) | changed
    odd = jwt.encode({name: value for name, value in claims.items() if value is not None}, visitors._token_key)
    assert visitors.read(odd) is None


def test_another_house_s_token_names_nobody(clock: FakeClock, visitors: Visitors) -> None:
    assert visitors.read(Visitors(secret="o" * 40, now=clock).welcome().token) is None


def test_a_link_opens_its_own_file_for_an_hour(visitors: Visitors, clock: FakeClock) -> None:
    key = visitors.link("a")
    assert visitors.opens("a", key)
    assert not visitors.opens("b", key)
    later, _, signature = key.partition(".")
    for forged in ("", ".", "x", f"{int(later) + 9}.{signature}", f"{later}.é", f"{later}."):
        assert not visitors.opens("a", forged)
    clock.forward(minutes=61)
    assert not visitors.opens("a", key)
