"""Settings, read once from the environment and `.env`, checked at start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds config.yml, domain.yml and data/."""

DEMO_SECRET = "demo-secret-not-for-production-use"  # noqa: S105 - refused outside the demo
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
SECRET_CHARACTERS = 32
"""How short a secret may be."""


class Settings(BaseSettings):
    """Every setting, with its unit in its name. The environment's name is `GUITAI_` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="GUITAI_", env_file=".env", extra="ignore", frozen=True)

    demo: bool = False
    """Serve the demo shop, with open doors and demo secrets."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 5005
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    """Processes that serve; one that dies is started anew."""
    root: Path = ROOT
    """Where config.yml, domain.yml and data/ are."""
    models: Path = ROOT / "models"
    database_url: str = f"sqlite:///{ROOT / 'var' / 'guitai.db'}"
    """SQLAlchemy URL of Guitai's own data: SQLite or PostgreSQL."""
    redis_url: str = ""
    """Wake-ups and shared limits over several processes; empty for one process."""
    shop_url: str = "demo"
    """`demo`, or the base URL of the shop's systems (docs/shop-api.yml)."""
    demo_database_url: str = f"sqlite:///{ROOT / 'var' / 'demo-shop.db'}"
    """Where the demo shop's orders are kept, apart from Guitai's own data: an SQLite file."""
    shop_token: str = ""
    """Bearer token sent to the shop's systems."""
    shop_connect_seconds: Annotated[float, Field(gt=0)] = 1.0
    shop_total_seconds: Annotated[float, Field(gt=0)] = 3.0
    shop_timezone: str = "Asia/Shanghai"
    wording_url: str = ""
    """Base URL of an OpenAI-compatible endpoint that rephrases FAQ answers and sums up handoffs; empty for none."""
    wording_model: str = ""
    wording_key: str = ""
    """Bearer token sent to that endpoint."""
    wording_seconds: Annotated[float, Field(gt=0)] = 2.0
    customer_token_secret: str = ""
    """HS256 key with which the shop signs who is signed in."""
    rest_token: str = ""
    """Bearer token of POST /webhooks/rest/webhook; open in the demo when empty."""
    proof_minutes: Annotated[int, Field(ge=1)] = 30
    """How long a shown order, or a one-time code, opens what it opened."""
    proof_tries: Annotated[int, Field(ge=1)] = 5
    """Wrong digits allowed per visitor and per order in `proof_window_minutes`."""
    proof_window_minutes: Annotated[int, Field(ge=1)] = 15
    turn_seconds: Annotated[float, Field(gt=0)] = 8.0
    """The time budget of one turn."""
    episode_rest_minutes: Annotated[int, Field(ge=1)] = 240
    """After this much silence a message begins a new talk, which knows the language and the customer."""
    episode_turns: Annotated[int, Field(ge=2)] = 200
    """Messages after which a talk is begun anew, so that answering stays quick."""
    button_minutes: Annotated[int, Field(ge=1)] = 1440
    """How long a button can be pressed."""
    queue_idle_minutes: Annotated[int, Field(ge=1)] = 30
    """A customer who waits for a person and writes again after this much silence is helped by the bot meanwhile."""
    desk_assignment: Literal["auto", "pull"] = "auto"
    """Whether who waits is given to colleagues who have room, or they take them themselves."""
    desk_idle_minutes: Annotated[int, Field(ge=1)] = 30
    """A talk with a colleague in which nobody writes for so long goes back to the bot."""
    desk_place_seconds: Annotated[int, Field(ge=0)] = 60
    """How often who waits is told, at most, that their place has changed."""
    default_language: Literal["zh", "en"] = "zh"
    """What is spoken before the customer's language is known."""
    messages_per_minute: Annotated[int, Field(ge=0)] = 120
    """Messages taken from one sender over REST; 0 for no limit."""
    callback_url: str = ""
    """Where the callback channel sends replies; empty when there is no such channel."""
    callback_token: str = ""
    """Bearer token of the callback channel, shown by both sides."""
    callback_deduplicates: bool = True
    """The receiver throws a reply away whose Idempotency-Key it has seen."""
    web_origins: str = ""
    """Pages that may show the widget, with commas between: `https://shop.example,https://www.shop.example`."""
    files: Path = ROOT / "var" / "files"
    """Where files are kept that customers send."""
    file_bytes: Annotated[int, Field(ge=1)] = 10_000_000
    """How big such a file may be."""
    send_tries: Annotated[int, Field(ge=1)] = 30
    """How often a reply is sent before it is set aside; over about two hours."""
    drain_seconds: Annotated[float, Field(ge=0)] = 10.0
    """How long a stop waits for running turns."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_text: Annotated[int, Field(ge=1)] = 2000
    """Characters of a message that are read; the customer is told when a message is longer."""

    @field_validator("shop_timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name} is not a time zone such as Asia/Shanghai")
        return name

    @field_validator("web_origins")
    @classmethod
    def _exact_origins(cls, listed: str) -> str:
        for origin in filter(None, (part.strip() for part in listed.split(","))):
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin} is not an origin such as https://shop.example, without a path")
        return listed

    @model_validator(mode="after")
    def _wording_needs_a_model(self) -> Settings:
        if self.wording_url and not self.wording_model:
            raise ValueError("GUITAI_WORDING_MODEL is empty; name the model that GUITAI_WORDING_URL is to use")
        return self

    @model_validator(mode="after")
    def _secrets_outside_the_demo(self) -> Settings:
        if self.demo:
            return self
        names = ["customer_token_secret", "rest_token"]
        if self.callback_url:
            names.append("callback_token")
        for name in names:
            value = getattr(self, name)
            if not value or value == DEMO_SECRET:
                raise ValueError(f"GUITAI_{name.upper()} is empty or the demo's; set it to a secret of your own")
            if len(value) < SECRET_CHARACTERS:
                raise ValueError(f"GUITAI_{name.upper()} is shorter than {SECRET_CHARACTERS} characters")
        return self

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The pages of `web_origins`."""
        return tuple(part.strip() for part in self.web_origins.split(",") if part.strip())

    @property
    def signing_secret(self) -> str:
        """The key of customers' tokens: the setting, or the demo's."""
        return self.customer_token_secret or DEMO_SECRET


def read(**overrides: object) -> Settings:
    """The settings from the environment, `overrides` winning.

    Raises:
        SettingsError: one or more settings are missing or wrong; the text names each.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            message = fault["msg"].removeprefix("Value error, ")
            lines.append(f"GUITAI_{name}: {message}" if name else message)
        raise SettingsError("; ".join(lines)) from error
