"""Has the dialogues of `bots/dialogues.py` with a stock Rasa 3.6.21 and writes down the events.

Run it with that Rasa's Python from the root of the repository, after changing the corner bot or the dialogues:
    path/to/stock/bin/python -m tests.bot.engine.record_stock
and after changing the policy, to see that a stock Rasa does the same with it as with its own:
    path/to/stock/bin/python -m tests.bot.engine.record_stock check
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import rasa
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import SQLTrackerStore
from rasa.model_training import train
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from tests.bot.engine.bots import corner_actions
from tests.bot.engine.bots.dialogues import DIALOGUES, PRESS, comparable

HERE = Path(__file__).parent
RECORDED = HERE / "stock_events.json"
OUR_POLICY = "bot.engine.policy.IndexedRulePolicy"


class ActionServer(EndpointConfig):
    """Answers like an action server over HTTP, JSON included, without the HTTP."""

    def __init__(self) -> None:
        super().__init__("http://localhost:5055/webhook")
        self._executor = ActionExecutor()
        for action in corner_actions.ALL:
            self._executor.register_action(action())

    async def request(self, *_: Any, **options: Any) -> Any:
        call = json.loads(json.dumps(options["json"]))
        try:
            return json.loads(json.dumps(await self._executor.run(call)))
        except ActionExecutionRejection as error:
            said = json.dumps({"error": str(error), "action_name": error.action_name})
            raise ClientResponseError(400, "rejected", said) from error


def trained(folder: Path, policy: str) -> str:
    """The corner bot trained by stock Rasa."""
    shutil.copytree(HERE / "bots" / "corner", folder / "corner")
    config = folder / "corner" / "config.yml"
    config.write_text(config.read_text().replace(OUR_POLICY, policy))
    result = train(
        domain=str(folder / "corner" / "domain.yml"),
        config=str(config),
        training_files=str(folder / "corner" / "data"),
        output=str(folder / "models"),
    )
    return str(result.model)


async def recorded_with(policy: str) -> str:
    with tempfile.TemporaryDirectory() as name:
        store = SQLTrackerStore(Domain.empty(), dialect="sqlite", db=str(Path(name) / "events.db"))
        agent = Agent.load(trained(Path(name), policy), tracker_store=store, action_endpoint=ActionServer())
        recorded = {}
        for title, dialogue in DIALOGUES.items():
            for number, said in enumerate(dialogue, start=1):
                await agent.handle_message(
                    UserMessage(said.lstrip(PRESS), CollectingOutputChannel(), title, message_id=f"m-{number}")
                )
            tracker = await store.retrieve_full_tracker(title)
            recorded[title] = [comparable(event.as_dict()) for event in tracker.events]
    return written(recorded)


def written(recorded: dict[str, list[dict[str, Any]]]) -> str:
    """JSON with one event per line."""
    dialogues = []
    for title, events in recorded.items():
        lines = ",\n".join(json.dumps(event, ensure_ascii=False) for event in events)
        dialogues.append(f"{json.dumps(title)}: [\n{lines}\n]")
    return "{\n" + ",\n".join(dialogues) + "\n}\n"


if __name__ == "__main__":
    if rasa.__version__ != "3.6.21":
        sys.exit(f"this is Rasa {rasa.__version__}; the recording is of 3.6.21")
    if sys.argv[1:] == ["check"]:
        same = asyncio.run(recorded_with(OUR_POLICY)) == RECORDED.read_text(encoding="utf-8")
        sys.exit(0 if same else "a stock Rasa has other events with our policy than with its own")
    RECORDED.write_text(asyncio.run(recorded_with("RulePolicy")), encoding="utf-8")
