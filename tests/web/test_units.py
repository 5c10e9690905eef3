"""What of the widget needs no browser: its own tests, run by the Node that builds it, and what it weighs."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
DIST = WEB / "dist"
NODE = Path(sys.executable).with_name("node")

LOADER_BYTES = 3_000
WIDGET_BYTES = 25_000
FALLBACK_BYTES = 1_000
"""Of the script that is loaded only where sockets are blocked."""


def _weight(*paths: Path) -> int:
    """Bytes on the wire."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_the_widgets_own_tests_pass() -> None:
    run = subprocess.run(  # noqa: S603 - our own tests
        [NODE, "--test", "tests/*.test.ts"], cwd=WEB, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]


def test_a_shop_loads_three_kilobytes_before_anybody_clicks() -> None:
    assert _weight(DIST / "widget.js") <= LOADER_BYTES


def test_the_widget_weighs_at_most_25_kilobytes() -> None:
    loaded, fallback = _files_of("widget.html")
    assert _weight(*loaded) <= WIDGET_BYTES
    assert [path.name.partition("-")[0] for path in fallback] == ["stream"]
    assert _weight(*fallback) <= FALLBACK_BYTES


def _files_of(page: str) -> tuple[list[Path], list[Path]]:
    """Scripts and styles that a page loads, and those it may load later."""
    names = re.findall(r'"/web/static/([^"]+)"', (DIST / page).read_text(encoding="utf-8"))
    loaded = [DIST / "static" / name for name in names]
    later: list[Path] = []
    for path in loaded:  # grows while it is read
        text = path.read_text(encoding="utf-8")
        loaded += [path.parent / name for name in re.findall(r'(?:from|import)"\./([^"]+)"', text)]
        later += [path.parent / name for name in re.findall(r'import\("\./([^"]+)"\)', text)]
    return loaded, later


def test_pages_name_files_that_exist_and_hold_no_script_of_their_own() -> None:
    for name in ("widget.html", "demo.html"):
        page = (DIST / name).read_text(encoding="utf-8")
        named = [part.split('"')[0] for part in page.split('"/web/static/')[1:]]
        assert len(named) == 2
        assert all((DIST / "static" / file).is_file() for file in named)
        assert page.count("<script") == page.count("<script src=") + page.count('<script type="module" src=')
        assert "style=" not in page


def test_no_registry_is_named_in_the_lock() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text(encoding="utf-8")
