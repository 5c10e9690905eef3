"""How quickly an edit reaches customers: `python -m bench.studio`, with a thousand FAQ loaded and four workers.

It copies the bot in this folder, adds the questions of `bench.studio_content`, trains, serves, and publishes from a
process of its own beside the workers, as one of them would. Seconds run from the wish to publish until every worker
has signed and no customer gets an old answer any more. `--stock PYTHON` also lets a stock Rasa 3.6.21 train the same.
Figures are of one machine at one moment: compare them only with others of the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench import studio_content

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 4
ONE, OTHER = "faq/sofa_weight", "faq/piano_custom"
ASK_ONE, ASK_OTHER = "how heavy is the sofa", "engraving on the piano"
EDITION = re.compile(r"edition (\d+)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where content and models are kept; a new one by default")
    parser.add_argument("--edits", type=int, default=5, help="text edits and wording edits that are timed")
    parser.add_argument("--publishes", type=int, default=100, help="publications under load")
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second meanwhile")
    parser.add_argument("--stock", type=Path, help="the Python of a stock Rasa 3.6.21")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="guitai-bench-studio-"))
    figures = prepare(folder)
    figures |= asyncio.run(measured(folder, options))
    if options.stock:
        figures["stock_rasa_retrain_seconds"] = stock_seconds(folder, options.stock)
    sys.stdout.write(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


def prepare(folder: Path) -> dict[str, Any]:
    """The content, and a model of it."""
    root, models = folder / "bot", folder / "models"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "data", root / "data")
    studio_content.write(root / "data" / "faq")
    from bot.engine import training

    for name in ("guitai.db", "guitai.db-wal", "guitai.db-shm"):
        (folder / name).unlink(missing_ok=True)
    newest = training.latest(models)
    if newest is not None and training.is_current(newest, root):
        return {}
    shutil.rmtree(models, ignore_errors=True)
    began = time.perf_counter()
    command = [sys.executable, "-m", "bot.engine.training", str(root), str(models)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return {"guitai_train_seconds": round(time.perf_counter() - began, 1)}


def stock_seconds(folder: Path, python: Path) -> float:
    """A stock Rasa trains everything again after one wording has changed."""
    with tempfile.TemporaryDirectory(prefix="guitai-stock-") as name:
        copy = Path(name)
        shutil.copytree(folder / "bot", copy, dirs_exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
        command = [str(python), "-m", "rasa", "train", "--quiet"]

        def train() -> float:
            began = time.perf_counter()
            subprocess.run(command, check=True, cwd=copy, env=environment, stdout=subprocess.DEVNULL)
            return time.perf_counter() - began

        train()  # so that what did not change is in Rasa's cache
        file = next((copy / "data" / "faq").glob("loaded_45.yml"))
        file.write_text(
            file.read_text(encoding="utf-8").replace("    - ", "    - 请问一下\n    - ", 1), encoding="utf-8"
        )
        return round(train(), 1)


class Files:
    """What is published next."""

    def __init__(self) -> None:
        self.next: dict[str, str | None] = {}

    async def gather(self, keys: Collection[str] | None) -> Any:
        from bot.publishing.work import Gathered

        return Gathered(self.next)

    async def went_live(self, gathered: object, *, publication: str, who: str) -> None:
        """Nobody keeps drafts here."""

    async def went_back(self, publication: str, *, who: str) -> None:
        """Nor looks back."""


class Editor:
    """Changes content and publishes it, beside the workers that serve."""

    def __init__(self, root: Path, publishing: Any, files: Files, client: httpx.AsyncClient) -> None:
        self.root, self.publishing, self.files, self.client = root, publishing, files, client
        self.edition = 0

    def path(self, label: str) -> Path:
        needle = f"- intent: {label}\n"
        folder = self.root / "data" / "faq"
        return next(one for one in sorted(folder.glob("loaded_*.yml")) if needle in one.read_text(encoding="utf-8"))

    def says(self, *labels: str) -> None:
        """These answers name the next edition."""
        self.edition += 1
        for label in labels:
            path = self.path(label)
            name = path.relative_to(self.root).as_posix()
            text = self.files.next.get(name) or path.read_text(encoding="utf-8")
            block = re.compile(rf"(  utter_{label}:\n(?:  .*\n)*?  - text: \")[^\"]*(\"\n)")
            text, count = block.subn(rf"\g<1>This is edition {self.edition}.\g<2>", text)
            assert count == 1, label
            self.files.next[name] = text

    def learns(self, label: str, wording: str) -> None:
        """One wording more."""
        path = self.path(label)
        text = path.read_text(encoding="utf-8")
        start = f"- intent: {label}\n  examples: |\n"
        assert start in text
        self.files.next[path.relative_to(self.root).as_posix()] = text.replace(start, f"{start}    - {wording}\n")

    async def publish(self) -> tuple[str, float]:
        """The publication's state once every worker has signed, and after how many seconds that was."""
        began = time.perf_counter()
        number = await self.publishing.publisher.start(None, "bench")
        while True:
            found = await self.publishing.publisher.find(number)
            if found.state in ("refused", "failed", "live"):
                break
            await asyncio.sleep(0.01)
        seconds = time.perf_counter() - began
        if found.revision is None:
            sys.stderr.write(f"{found.state}: {found.reasons}\n")
        self.files.next = {}
        return "live" if found.revision else found.state, seconds

    async def answered(self, text: str, expected: str) -> float:
        """When, by the clock, the last answer came that was not as expected: every worker is asked again and again."""
        last = time.perf_counter()
        right = 0
        while right < 10 * WORKERS:
            said = await asyncio.gather(*(asked(self.client, text) for _ in range(WORKERS)))
            now = time.perf_counter()
            good = [expected in " ".join(one) for one in said]
            last, right = (last, right + sum(good)) if all(good) else (now, 0)
        return last

    async def timed(self, text: str, expected: str) -> float | None:
        """Seconds from the wish to the first right answer from every worker; None when it was not published."""
        began = time.perf_counter()
        watching = asyncio.create_task(self.answered(text, expected))
        state, seconds = await self.publish()
        if state != "live":
            watching.cancel()
            return None
        return max(await watching - began, seconds)


async def asked(client: httpx.AsyncClient, text: str) -> list[str]:
    """A stranger's question over a new connection, so that any worker may take it."""
    sender = os.urandom(8).hex()
    response = await client.post(
        "/webhooks/rest/webhook", json={"sender": sender, "message": text}, headers={"connection": "close"}
    )
    response.raise_for_status()
    return [str(one.get("text", "")) for one in response.json()]


async def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    async with (
        served(folder) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as client,
        editing(folder, client) as editor,
    ):
        began = time.perf_counter()
        await editor.publishing.publisher.warm()
        figures: dict[str, Any] = {"remembering_seconds": round(time.perf_counter() - began, 1)}
        texts, wordings = [], []
        for _ in range(options.edits):
            editor.says(ONE, OTHER)
            texts.append(await editor.timed(ASK_ONE, f"edition {editor.edition}"))
        answers = {f"faq/{one.key}": studio_content.answer(one) for one in studio_content.questions()}
        for label, wording in WORDINGS[: options.edits]:
            editor.learns(label, wording)
            chinese, english = answers[label]
            wordings.append(await editor.timed(wording, english if wording.isascii() else chinese))
        figures |= {"text_edit_seconds": spread(texts), "wording_edit_seconds": spread(wordings)}
        return figures | {"under_load": await under_load(editor, options)}


WORDINGS = (
    ("faq/sofa_weight", "搬这张沙发得几个人抬"),
    ("faq/air_fryer_noise", "will the neighbours hear my air fryer humming"),
    ("faq/mattress_smell", "新床垫一股胶水气"),
    ("faq/tea_set_bulk", "we need forty tea sets for an office party"),
    ("faq/drone_age", "我家小学生玩得了无人机不"),
    ("faq/carpet_storage", "rolling up the carpet over summer, any tips"),
    ("faq/piano_accessories", "电钢琴的踏板和琴凳是一起送的吗"),
    ("faq/umbrella_lifetime", "does the umbrella survive more than a season"),
)


async def under_load(editor: Editor, options: argparse.Namespace) -> dict[str, Any]:
    """Publish again and again while customers ask two things at once: both answers must be of one edition."""
    stop = asyncio.Event()
    counts = {"asked": 0, "failed": 0, "mixed": 0, "incomplete": 0}
    waits: list[float] = []

    async def ask() -> None:
        counts["asked"] += 1
        began = time.perf_counter()
        try:
            said = await asked(editor.client, f"{ASK_ONE}? {ASK_OTHER}?")
        except httpx.HTTPError as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            counts["failed"] += 1
            return
        waits.append((time.perf_counter() - began) * 1000)
        editions = EDITION.findall(" ".join(said))
        counts["mixed"] += len(set(editions)) > 1
        counts["incomplete"] += len(editions) < 2

    async def customers() -> None:
        async with asyncio.TaskGroup() as talking:
            while not stop.is_set():
                talking.create_task(ask())
                await asyncio.sleep(1 / options.rate)

    asking = asyncio.create_task(customers())
    seconds, states = [], []
    for number in range(options.publishes):
        editor.says(ONE, OTHER)
        if number % 10 == 9:
            editor.learns("faq/guitar_colours", f"guitar in shade number {number}")
        state, took = await editor.publish()
        states.append(state)
        seconds.append(took)
    stop.set()
    await asking
    return {
        "publications": {state: states.count(state) for state in sorted(set(states))},
        "seconds": spread(seconds),
        **counts,
        "answer_ms": spread(waits),
    }


def spread(values: list[Any]) -> dict[str, Any]:
    known = sorted(value for value in values if value is not None)
    if not known:
        return {"none": len(values)}
    shown = {"p50": statistics.median(known), "p95": known[int(len(known) * 0.95)], "max": known[-1]}
    return {name: round(value, 2) for name, value in shown.items()} | {"times": len(known)}


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """The real server, with four workers."""
    environment = {
        **os.environ,
        "GUITAI_DEMO": "true",
        "GUITAI_ROOT": str(folder / "bot"),
        "GUITAI_MODELS": str(folder / "models"),
        "GUITAI_DATABASE_URL": f"sqlite:///{folder}/guitai.db",
        "GUITAI_DEMO_DATABASE_URL": f"sqlite:///{folder}/shop.db",
        "GUITAI_MESSAGES_PER_MINUTE": "0",
    }
    serve = ["serve", "--demo", "--port", "0", "--workers", str(WORKERS)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from bot.cli import main; main()",
        *serve,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = ""
    while not (found := re.search(r"http://localhost:\d+", said)):
        line = (await process.stdout.readline()).decode(errors="replace")
        if not line:
            raise SystemExit(said)
        said += line
    silence = asyncio.create_task(process.stdout.read())
    try:
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
        log = (await silence).decode(errors="replace")
        sys.stderr.write("".join(f"{line}\n" for line in log.splitlines() if "ERROR" in line.upper())[:4000])


@asynccontextmanager
async def editing(folder: Path, client: httpx.AsyncClient) -> AsyncIterator[Editor]:
    """A process of the same house that serves nobody and publishes."""
    from bot.engine import training
    from bot.engine.engine import Engine
    from bot.live import InProcess
    from bot.publishing.build import build
    from bot.publishing.following import Follower
    from bot.publishing.start import starting
    from bot.store.database import opened

    database = opened(f"sqlite:///{folder}/guitai.db")

    async def otherwise() -> Path:
        newest = training.latest(folder / "models")
        assert newest is not None
        return newest

    start = await starting(folder / "bot", folder / "models", database, otherwise=otherwise)
    follower = Follower(Engine.load(start.model, actions=None), base=start.model.name, revision=start.revision)
    files = Files()
    publishing = build(
        follower,
        root=folder / "bot",
        models=folder / "models",
        database=database,
        live=InProcess(),
        worker="bench",
        now=lambda: datetime.now(UTC),
        watch_seconds=0,
    )
    publishing.publisher.publishes(files)
    following = asyncio.create_task(publishing.watch.work())
    try:
        yield Editor(folder / "bot", publishing, files, client)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await publishing.publisher.aclose()
        await database.aclose()


if __name__ == "__main__":
    main()
