"""How channels show a bubble, for the studio's previews: by the very code that sends it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.messages import Language
from bot.studio.preview import Render
from channels.telegram.bubbles import pieces
from channels.wechat.outgoing import Menu, Picture, parts
from channels.wechat.texts import Texts


def renders(root: Path) -> dict[str, Render]:
    """By channel; `root` holds the content."""
    texts: dict[Language, Texts] = {}

    def wechat(bubble: Mapping[str, Any], language: Language) -> dict[str, Any]:
        if language not in texts:
            texts[language] = Texts.read(root / "data" / "wechat.yml", language=language)
        return {"messages": [_wechat(part) for part in parts(bubble, texts[language])]}

    return {"web": _web, "wechat": wechat, "telegram": _telegram}


def _web(bubble: Mapping[str, Any], _: Language) -> dict[str, Any]:
    titles = [{"title": button["title"]} for button in bubble.get("buttons", ())]
    return {"text": bubble["text"], "buttons": titles, "image": bubble.get("image")}


def _wechat(part: object) -> dict[str, Any]:
    if isinstance(part, Menu):
        return {"text": part.head, "buttons": [{"title": each["title"]} for each in part.buttons]}
    if isinstance(part, Picture):
        return {"text": "", "image": part.url}
    return {"text": getattr(part, "text", "")}


def _telegram(bubble: Mapping[str, Any], _: Language) -> dict[str, Any]:
    shown = pieces(bubble)
    messages = [
        {"type": "image" if piece.image else "text", "text": piece.text, "image": piece.image or None}
        for piece in shown
    ]
    return {"messages": messages, "keyboard": [[{"title": title}] for piece in shown for title, _ in piece.buttons]}
