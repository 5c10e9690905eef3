"""Settings, read once from the environment and `.env`, checked at start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds config.yml, domain.yml and data/."""

DEMO_SECRET = "demo-secret-not-for-production-use"  # noqa: S105 - refused outside the demo
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{1,190}")
_TELEGRAM_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
SECRET_CHARACTERS = 32
"""How short a secret may be."""
WECHAT_TOKEN_CHARACTERS = 16
"""The same where WeChat's console takes 32 at most."""
WeChatMode = Literal["plain", "compatible", "safe"]
"""How an account is pushed to: open, both ways in one, or sealed."""


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
    public_url: str = ""
    """Our own address on the internet, such as https://chat.shop.example; platforms call us there."""
    telegram_token: str = ""
    """The bot's token from @BotFather; empty when there is no such channel."""
    telegram_secret: str = ""
    """What Telegram shows with each update it sends to `public_url`; empty to ask Telegram for updates instead."""
    telegram_url: str = "https://api.telegram.org"
    """The Bot API server."""
    telegram_proxy: str = ""
    """HTTP proxy through which Telegram is reached; empty for none."""
    wechat_app_id: str = ""
    """An official account's AppID; empty when there is no such channel."""
    wechat_secret: str = ""
    wechat_token: str = ""
    """The Token of the console's server settings: signs what WeChat sends."""
    wechat_mode: WeChatMode = "safe"
    wechat_aes_key: str = ""
    """The EncodingAESKey, 43 letters and digits; needed in compatible and safe mode."""
    wechat_previous_aes_key: str = ""
    """The one before, while the console changes over."""
    wechat_url: str = "https://api.weixin.qq.com"
    """The API of official accounts and mini programs."""
    wechat_answer_seconds: Annotated[float, Field(gt=0, le=4.3)] = 4.0
    """A turn that is done within this rides in the answer; WeChat waits for five seconds."""
    wechat_messages: Annotated[int, Field(ge=1)] = 5
    """How many messages one of the customer's lets us send, within `wechat_window_hours`."""
    wechat_window_hours: Annotated[int, Field(ge=1)] = 48
    wechat_brief_messages: Annotated[int, Field(ge=1)] = 3
    """The same after a tapped menu, a scanned code or a new follower, within `wechat_brief_seconds`."""
    wechat_brief_seconds: Annotated[int, Field(ge=1)] = 60
    wechat_mini_app_id: str = ""
    """A mini program's AppID, for its customer messages; empty when there is no such channel."""
    wechat_mini_secret: str = ""
    wechat_mini_token: str = ""
    wechat_mini_mode: WeChatMode = "safe"
    wechat_mini_aes_key: str = ""
    wechat_mini_previous_aes_key: str = ""
    wechat_mini_entered_messages: Annotated[int, Field(ge=1)] = 2
    """How many messages somebody lets us send who has only come in, within `wechat_brief_seconds`."""
    wechat_kf_corp_id: str = ""
    """A company's id at WeCom, for 微信客服; empty when there is no such channel."""
    wechat_kf_secret: str = ""
    wechat_kf_token: str = ""
    wechat_kf_aes_key: str = ""
    wechat_kf_previous_aes_key: str = ""
    wechat_kf_url: str = "https://qyapi.weixin.qq.com"
    """The API of WeCom."""
    email_address: str = ""
    """The mailbox that customers write to; empty when there is no such channel."""
    email_user: str = ""
    """With which it is opened; the address when empty."""
    email_password: str = ""
    email_imap_url: str = ""
    """Where letters are read: imaps://imap.shop.example/INBOX."""
    email_smtp_url: str = ""
    """Where letters are sent: smtps://smtp.shop.example, or smtp://… with STARTTLS."""
    email_authserv: str = ""
    """How our own mail server signs its Authentication-Results; empty to trust no sender's address."""
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
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name} is not a time zone such as Asia/Shanghai") from error
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

    @field_validator("telegram_token")
    @classmethod
    def _telegrams_token(cls, token: str) -> str:
        if token and not _TELEGRAM_TOKEN.fullmatch(token):
            raise ValueError("a token from @BotFather looks like 123456:AbC-…")
        return token

    @model_validator(mode="after")
    def _telegram_knows_where(self) -> Settings:
        if not self.telegram_secret:
            return self
        if not _TELEGRAM_SECRET.fullmatch(self.telegram_secret):
            raise ValueError("GUITAI_TELEGRAM_SECRET may have 256 of A-Z, a-z, 0-9, _ and -")
        if not self.public_url:
            raise ValueError("GUITAI_PUBLIC_URL is empty; Telegram sends its updates there. Or leave the secret empty")
        return self

    @model_validator(mode="after")
    def _wechat_is_whole(self) -> Settings:
        accounts = {
            "wechat": (self.wechat_app_id, self.wechat_mode),
            "wechat_mini": (self.wechat_mini_app_id, self.wechat_mini_mode),
            "wechat_kf": (self.wechat_kf_corp_id, "safe"),
        }
        for account, (app_id, mode) in accounts.items():
            if app_id:
                self._check_account(f"{account}_", mode)
        return self

    def _check_account(self, prefix: str, mode: str) -> None:
        """Raises ValueError unless one of WeChat's accounts has all that it needs."""
        least = 1 if self.demo else WECHAT_TOKEN_CHARACTERS
        for name, characters in ((f"{prefix}secret", 1), (f"{prefix}token", least)):
            value = getattr(self, name)
            if not value or value == DEMO_SECRET:
                raise ValueError(f"GUITAI_{name.upper()} is empty or the demo's; take it from WeChat's console")
            if len(value) < characters:
                raise ValueError(f"GUITAI_{name.upper()} is shorter than {characters} characters")
        for name in (f"{prefix}aes_key", f"{prefix}previous_aes_key"):
            value = getattr(self, name)
            if value and not _AES_KEY.fullmatch(value):
                raise ValueError(f"GUITAI_{name.upper()} must have 43 letters and digits")
        if mode != "plain" and not getattr(self, f"{prefix}aes_key"):
            raise ValueError(f"GUITAI_{prefix.upper()}AES_KEY is empty; {mode} mode needs it")

    @model_validator(mode="after")
    def _email_is_whole(self) -> Settings:
        if not self.email_address:
            return self
        if not _EMAIL.fullmatch(self.email_address):
            raise ValueError("GUITAI_EMAIL_ADDRESS is not an address such as help@shop.example")
        kinds = {"email_imap_url": ("imaps", "imap"), "email_smtp_url": ("smtps", "smtp", "smtp+plain")}
        for name, (secure, *others) in kinds.items():
            scheme = getattr(self, name).partition("://")[0]
            if scheme not in (secure, *others):
                raise ValueError(f"GUITAI_{name.upper()} is not an address such as {secure}://mail.shop.example")
            if not self.demo and scheme in ("imap", "smtp+plain"):
                raise ValueError(f"GUITAI_{name.upper()} would send the password in the clear; use {secure}://")
        if not self.email_password:
            raise ValueError("GUITAI_EMAIL_PASSWORD is empty; set it to the mailbox's password")
        return self

    @model_validator(mode="after")
    def _secrets_outside_the_demo(self) -> Settings:
        if self.demo:
            return self
        names = ["customer_token_secret", "rest_token"]
        if self.callback_url:
            names.append("callback_token")
        if self.telegram_secret:
            names.append("telegram_secret")
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
