"""Settings say what is wrong with them, all at once and by name."""

from __future__ import annotations

import re

import pytest
from pydantic_core import PydanticUndefined

from bot import settings
from bot.errors import SettingsError
from bot.settings import DEMO_SECRET, ROOT, Settings

OWN = "a-secret-of-our-own-with-40-characters-ok"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"GUITAI_{name.upper()}", raising=False)


def _read(**given: object) -> Settings:
    return settings.read(_env_file=None, **given)


def test_the_demo_needs_no_setting_at_all() -> None:
    assert _read(demo=True).signing_secret == DEMO_SECRET


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUITAI_PORT", "8080")
    assert _read(demo=True).port == 8080


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUITAI_PORT", "8080")
    assert _read(demo=True, port=0).port == 0


@pytest.mark.parametrize("secret", ["", DEMO_SECRET, "short"])
@pytest.mark.parametrize("name", ["customer_token_secret", "rest_token"])
def test_outside_the_demo_a_missing_weak_or_demo_secret_stops_the_start_with_its_name(name: str, secret: str) -> None:
    good = {"customer_token_secret": OWN, "rest_token": OWN}
    assert _read(**good).rest_token == OWN
    with pytest.raises(SettingsError, match=f"GUITAI_{name.upper()} is"):
        _read(**{**good, name: secret})


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        _read(demo=True, port=99999, turn_seconds=0, shop_timezone="Mars/Olympus")
    assert all(name in str(refused.value) for name in ("GUITAI_PORT", "GUITAI_TURN_SECONDS", "GUITAI_SHOP_TIMEZONE"))


def test_each_setting_stands_in_the_example_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = dict(re.findall(r"^(#? ?GUITAI_\w+)=(.*)$", "\n".join(lines), re.MULTILINE))
    values = {name.removeprefix("# ").removeprefix("GUITAI_").lower(): value for name, value in named.items()}
    assert values.keys() == Settings.model_fields.keys()
    for name, value in values.items():
        default = Settings.model_fields[name].default
        if f"GUITAI_{name.upper()}" in named and default is not PydanticUndefined:
            assert value == (str(default).lower() if isinstance(default, bool) else str(default))
