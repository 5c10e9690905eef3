"""People sign in with a password, and perhaps a one-time password; guessing gets nobody anywhere."""

from __future__ import annotations

import pyotp
import pytest
from argon2 import PasswordHasher

from bot import accounts
from bot.accounts import Accounts, NewAccount, SignInRefused, TooManyTries
from bot.store import accounts as store
from bot.store.database import Database
from tests.fakes import FakeClock

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
RIGHT = "right password"
LI = NewAccount("li", "李静", "Li Jing", ("agent",))


class People:
    """Accounts over a database with one person in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.accounts = Accounts(database=database, now=self.clock, hasher=CHEAP)

    async def add(self, *, totp: str | None = None) -> None:
        added = await accounts.add(
            self.database, LI, password_hash=CHEAP.hash("right password"), totp_secret=totp, now=self.clock()
        )
        assert added

    async def sign_in(self, name: str = "li", password: str = RIGHT, totp: str = "", address: str = "1.2.3.4") -> str:
        return (await self.accounts.sign_in(name, password, totp, address=address))[1]


@pytest.fixture
def people(sqlite_database: Database) -> People:
    return People(sqlite_database)


async def test_whoever_signs_in_is_known_by_their_session(database: Database) -> None:
    people = People(database)
    await people.add()
    account, token = await people.accounts.sign_in(" Li ", "right password", "", address="1.2.3.4")
    assert (account.name, account.called("zh"), account.called("en")) == ("li", "李静", "Li Jing")
    known = await people.accounts.who(token)
    assert known is not None
    assert known.id == account.id
    assert await people.accounts.who(token + "x") is None
    assert await people.accounts.who(None) is None


async def test_the_database_has_neither_password_nor_token(people: People) -> None:
    await people.add()
    token = await people.sign_in()
    stored = await people.database.read(
        lambda connection: connection.exec_driver_sql("SELECT token_hash FROM sessions").scalar_one()
    )
    account = await people.database.read(store.find, "li")
    assert token not in stored
    assert account is not None
    assert account.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(("name", "password"), [("li", "wrong password"), ("nobody", "right password"), ("", "")])
async def test_a_wrong_name_sounds_like_a_wrong_password(people: People, name: str, password: str) -> None:
    await people.add()
    with pytest.raises(SignInRefused) as refused:
        await people.sign_in(name, password)
    assert str(refused.value) == "name, password or one-time password is wrong"


async def test_a_name_that_nobody_has_takes_as_long(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(kept.rpartition("$")[0].rpartition("$")[0])  # how costly it is, without salt and hash
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    await people.add()
    for name in ("li", "nobody"):
        with pytest.raises(SignInRefused):
            await people.sign_in(name, "wrong password", address=name)
    assert len(verified) == 2
    assert len(set(verified)) == 1


async def test_guessing_ends_after_a_few_tries_also_with_the_right_word(people: People) -> None:
    await people.add()
    for _ in range(accounts.GUESSES):
        with pytest.raises(SignInRefused):
            await people.sign_in(password="wrong password")
    with pytest.raises(TooManyTries):
        await people.sign_in()
    people.clock.forward(minutes=16)
    assert await people.sign_in()


async def test_guessing_names_from_one_address_ends_too(people: People) -> None:
    await people.add()
    for place in range(3 * accounts.GUESSES):
        with pytest.raises(SignInRefused):
            await people.sign_in(f"name{place}")
    with pytest.raises(TooManyTries):
        await people.sign_in()
    assert await people.sign_in(address="5.6.7.8")


async def test_a_whole_office_may_sign_in_from_one_address(people: People) -> None:
    await people.add()
    for _ in range(4 * accounts.GUESSES):
        assert await people.sign_in()


async def test_a_session_ends_when_nobody_uses_it(people: People) -> None:
    await people.add()
    token = await people.sign_in()
    people.clock.forward(hours=11)
    assert await people.accounts.who(token) is not None
    people.clock.forward(hours=11)
    assert await people.accounts.who(token) is not None, "it was used meanwhile"
    people.clock.forward(hours=12, seconds=1)
    assert await people.accounts.who(token) is None


async def test_signing_out_ends_the_session(people: People) -> None:
    await people.add()
    token, other = await people.sign_in(), await people.sign_in()
    await people.accounts.sign_out(token)
    assert await people.accounts.who(token) is None
    assert await people.accounts.who(other) is not None


async def test_a_changed_or_disabled_account_is_signed_out(people: People) -> None:
    await people.add()
    token = await people.sign_in()
    assert await people.database.run(store.change, "li", disabled=True)
    assert await people.accounts.who(token) is None
    with pytest.raises(SignInRefused):
        await people.sign_in()


async def test_a_one_time_password_counts_once(people: People) -> None:
    secret = accounts.new_totp()
    await people.add(totp=secret)
    code = pyotp.TOTP(secret).at(people.clock())
    with pytest.raises(SignInRefused):
        await people.sign_in()
    assert await people.sign_in(totp=code)
    with pytest.raises(SignInRefused):
        await people.sign_in(totp=code)
    people.clock.forward(seconds=60)
    assert await people.sign_in(totp=pyotp.TOTP(secret).at(people.clock()))


async def test_an_old_hash_is_made_anew(people: People) -> None:
    await people.add()
    people.accounts = Accounts(
        database=people.database,
        now=people.clock,
        hasher=PasswordHasher(time_cost=2, memory_cost=16, parallelism=1),
    )
    await people.sign_in()
    account = await people.database.read(store.find, "li")
    assert account is not None
    assert "m=16,t=2" in account.password_hash


async def test_a_name_is_given_once(people: People) -> None:
    await people.add()
    again = NewAccount(" LI ", "别人", "Somebody", ("agent",))
    assert not await accounts.add(people.database, again, password_hash="x", now=people.clock())


async def test_the_demo_has_its_people_once(people: People) -> None:
    for _ in range(2):
        await accounts.ensure_demo(people.database, now=people.clock())
    listed = await people.database.read(store.listed)
    assert [account.name for account in listed] == ["admin", "chen", "editor", "li", "sam", "wang"]


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_has_a_sensible_length(password: str) -> None:
    with pytest.raises(ValueError, match="10 to 256"):
        accounts.hashed(password)
