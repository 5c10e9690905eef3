"""How quickly an edit reaches customers: `python -m bench.studio`, with a thousand FAQ loaded and four workers.

It copies the bot in this folder, adds the questions of `bench.studio_content`, trains, serves, and edits, approves and
publishes through the studio's API. Seconds run from the wish to publish until every worker has signed and no customer
gets an old answer any more. `--stock PYTHON` also lets a stock Rasa 3.6.21 train the same.
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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from bench import studio_content

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 4
LONGEST_SECONDS = 900.0
"""How long getting ready may take."""
DEMO_PASSWORD = "guitai-demo"
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


class Editor:
    """Changes entries, approves them as an admin may, and publishes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.edition = 0
        self.changed: set[str] = set()

    async def sign_in(self) -> None:
        self.client.headers["x-guitai"] = "1"
        who = {"name": "admin", "password": DEMO_PASSWORD, "totp": ""}
        (await self.client.post("/api/sign-in", json=who)).raise_for_status()

    async def warm(self) -> None:
        """Until every worker is ready to teach, as it is soon after editors opened their list of publications."""
        began = time.perf_counter()
        while time.perf_counter() - began < LONGEST_SECONDS:
            tries = [self._post("try", {"text": ASK_ONE}) for _ in range(4 * WORKERS)]
            if all(response.status_code == 200 for response in await asyncio.gather(*tries)):
                return
        raise SystemExit("the workers are not ready to teach")

    async def says(self, *labels: str) -> None:
        """These answers name the next edition."""
        self.edition += 1
        for label in labels:
            entry = await self._entry(label)
            entry["answers"]["en"][0]["text"] = f"This is edition {self.edition}."
            await self._approve(entry)

    async def learns(self, label: str, wording: str) -> None:
        """One wording more."""
        entry = await self._entry(label)
        entry["examples"]["en" if wording.isascii() else "zh"].append(wording)
        await self._approve(entry)

    async def publish(self) -> tuple[str, float]:
        """How it ended, and after how many seconds every worker had signed."""
        began = time.perf_counter()
        response = await self._post("publish", {"keys": sorted(self.changed)})
        number = response.raise_for_status().json()["publication"]
        self.changed.clear()
        while True:
            found = (await self.client.get(f"/api/studio/publications/{number}")).raise_for_status().json()
            if found["state"] not in ("waiting", "running"):
                break
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - began
        if found["revision"] is None or found["state"] != "live":
            sys.stderr.write(f"{found['state']}: {found['reasons']}\n")
        sys.stderr.write(f"{seconds:.2f} {[(one['name'], one['seconds']) for one in found['stages']]}\n")
        return ("live" if found["revision"] else found["state"]), seconds

    async def timed(self, text: str, expected: str) -> float | None:
        """Seconds from the wish to the first right answer from every worker; None when it was not published."""
        began = time.perf_counter()
        watching = asyncio.create_task(self._answered(text, expected))
        state, seconds = await self.publish()
        if state != "live":
            watching.cancel()
            return None
        return max(await watching - began, seconds)

    async def _answered(self, text: str, expected: str) -> float:
        """When the last answer came that was not as expected: every worker is asked again and again."""
        last, right = time.perf_counter(), 0
        while right < 10 * WORKERS:
            said = await asyncio.gather(*(asked(self.client, text) for _ in range(WORKERS)))
            if all(expected in " ".join(one) for one in said):
                right += len(said)
            else:
                last, right = time.perf_counter(), 0
            await asyncio.sleep(0.2)  # or asking would be all that the workers do
        return last

    async def _entry(self, label: str) -> dict[str, Any]:
        found = await self.client.get(f"/api/studio/entries/{quote(label, safe='')}")
        entry: dict[str, Any] = found.raise_for_status().json()
        return entry

    async def _approve(self, entry: dict[str, Any]) -> None:
        where = f"entries/{quote(entry['key'], safe='')}"
        body = {"revision": entry["revision"], "entry": entry}
        saved = await self.client.put(f"/api/studio/{where}", json=body)
        (await self._post(f"{where}/review", {})).raise_for_status()
        (
            await self._post(f"{where}/approve", {"revision": saved.raise_for_status().json()["revision"]})
        ).raise_for_status()
        self.changed.add(entry["key"])

    async def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return await self.client.post(f"/api/studio/{path}", json=body, headers={"connection": "close"})


async def asked(client: httpx.AsyncClient, text: str) -> list[str]:
    """A stranger's question over new connections, so that any worker may take it; repeated until it is answered."""
    sender, message = os.urandom(8).hex(), os.urandom(8).hex()
    body = {"sender": sender, "message": text, "message_id": message}
    while True:
        response = await client.post("/webhooks/rest/webhook", json=body, headers={"connection": "close"})
        if response.status_code != 503:
            return [str(one.get("text", "")) for one in response.raise_for_status().json()]
        await asyncio.sleep(float(response.headers.get("retry-after", "1")))


async def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    async with served(folder) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        editor = Editor(client)
        await editor.sign_in()
        began = time.perf_counter()
        await editor.warm()
        figures: dict[str, Any] = {"getting_ready_seconds": round(time.perf_counter() - began, 1)}
        texts, wordings = [], []
        for _ in range(options.edits):
            await editor.says(ONE, OTHER)
            texts.append(await editor.timed(ASK_ONE, f"edition {editor.edition}"))
        answers = {f"faq/{one.key}": studio_content.answer(one) for one in studio_content.questions()}
        for label, wording in WORDINGS[: options.edits]:
            await editor.learns(label, wording)
            chinese, english = answers[label]
            wordings.append(await editor.timed(wording, english if wording.isascii() else chinese))
        figures |= {"text_edit_seconds": spread(texts), "wording_edit_seconds": spread(wordings)}
        return figures | {"under_load": await under_load(editor, options)}


WORDINGS = (
    ("faq/sofa_sizes", "我家电梯小，这沙发塞得进吗"),
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
    try:
        for number in range(options.publishes):
            await editor.says(ONE, OTHER)
            if number % 10 == 9:
                await editor.learns("faq/guitar_colours", f"guitar in shade number {number}")
            state, took = await editor.publish()
            states.append(state)
            seconds.append(took)
    finally:
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


if __name__ == "__main__":
    main()
