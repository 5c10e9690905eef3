"""Dialogues with the corner bot, had once with a stock Rasa and again with our engine, and how to compare them.

Runs on Python 3.10 too.
"""

from __future__ import annotations

from typing import Any

PRESS = "»"
"""Begins what is said by pressing a button: its payload follows."""

DIALOGUES: dict[str, list[str]] = {
    "greeting": ["hello"],
    "greeting in Chinese": ["你好", "谢谢"],
    "switching the language": ["hello", "你好", "hello", "运费多少"],
    "two frequent questions": ["what does delivery cost", "do you wrap gifts", "运费多少"],
    "not understood": ["banana", "banana", "hello"],
    "no rule for bare data": ["GT2600010042", "hello"],
    "no rule for bare data after talk": ["hello", "8812", "8812", "thank you"],
    "no rule for yes": ["yes", "好的", "hello"],
    "tracking, asked twice": ["where is my order", "GT2600010042", "8812"],
    "tracking, number given": ["where is my order GT2600010042", "8812"],
    "tracking in Chinese": ["我的订单到哪了", "GT2600010042", "8812"],
    "tracking again with everything known": ["where is my order GT2600010042", "8812", "where is my order"],
    "both values in one answer": ["where is my order", "GT2600010042 8812"],
    "refused value": ["where is my order GT2600010042", "0000", "0000", "8812"],
    "question in between": ["where is my order", "what does delivery cost", "GT2600010042", "8812"],
    "two questions in between": [
        "where is my order",
        "what does delivery cost",
        "do you wrap gifts",
        "GT2600010042",
        "8812",
    ],
    "routine in between": ["where is my order", "where is your store in Shanghai", "GT2600010042", "8812"],
    "greeting in between": ["where is my order", "hello", "GT2600010042", "thank you", "8812"],
    "nonsense in between": ["where is my order", "banana", "GT2600010042", "banana", "8812"],
    "language switched in between": ["where is my order", "运费多少", "GT2600010042", "谢谢", "8812"],
    "correction": ["where is my order GT2600010042", "no, the other one, GT2600010043", "8812"],
    "correction in Chinese": ["订单GT2600010042到哪了", "不是这个，是GT2600010043", "8812"],
    "dropped": ["where is my order", "forget it", "hello"],
    "dropped and taken up again": ["where is my order", "算了", "where is my order", "GT2600010042", "8812"],
    "dropped without a task": ["forget it", "算了"],
    "return, yes": ["I want to return it", "GT2600010042", "yes"],
    "return, no": ["我要退货", "GT2600010042", "不要"],
    "return by buttons": ["I want to return it", "GT2600010042", PRESS + "/affirm"],
    "return refused by button": ["I want to return it", "GT2600010042", PRESS + "/deny", "hello"],
    "button with an entity": ["where is my order", PRESS + '/inform{"order_number": "GT2600010042"}', "8812"],
    "button for a routine": [PRESS + '/track_order{"order_number": "GT2600010042"}', "8812"],
    "one routine takes over from another": ["where is my order", "I want to return it", "GT2600010042", "yes"],
    "taken over and back": [
        "I want to return it",
        "where is my order",
        "GT2600010042",
        "8812",
        "I want to return it",
        "yes",
    ],
    "return after tracking": [
        "where is my order GT2600010042",
        "8812",
        "I want to return it",
        "yes",
        "I want to return it",
    ],
    "a person": ["a person please", "hello"],
    "a person instead of an answer": ["where is my order", "转人工", "hello"],
    "store without a city": ["where is your store", "where is your store in Shanghai", "上海有店吗"],
    "restart": ["where is my order GT2600010042", "start all over", "where is my order", "GT2600010043"],
    "restart by button": ["hello", PRESS + "/restart", "where is my order"],
    "restart at once": ["start all over", "hello"],
    "new session by button": ["where is my order GT2600010042", PRESS + "/session_start", "hello", "where is my order"],
    "long": ["hello", "what does delivery cost"] * 12 + ["where is my order", "GT2600010042", "hello", "8812"],
}

_VARYING = {"utter_welcome"}
"""Responses of several variations, of which stock Rasa picks one at random."""


def comparable(event: dict[str, Any]) -> dict[str, Any]:
    """What both engines must agree on in an event: all but times, ids, policy names and the text of buttons."""
    kind = event["event"]
    if kind == "user":
        intent = event["parse_data"]["intent"]
        return {
            "event": kind,
            "intent": intent.get("full_retrieval_intent_name") or intent["name"],
            "entities": sorted([one["entity"], one["value"]] for one in event["parse_data"]["entities"]),
        }
    if kind == "bot":
        data = {key: value for key, value in (event.get("data") or {}).items() if value}
        uttered = event["metadata"].get("utter_action")
        return {"event": kind, "utter_action": uttered, "text": None if uttered in _VARYING else event["text"], **data}
    dropped = {"timestamp", "metadata", "policy", "confidence"}
    return {key: value for key, value in event.items() if key not in dropped}
