"""A dashboard of its own and a real Chromium that works on it: what the browser tests do with pages.

Nothing here sleeps: every step waits for what it needs to see, up to WAIT. A page that logs an error, shows an exception or
opens a dialog is remembered in `Visitor.problems`.
"""

import contextlib
import csv
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

ROOT = Path(__file__).parents[1]
WAIT = 90_000
"""Milliseconds that anything may take on a busy machine."""
PROCESS = 300_000
"""Milliseconds that a new process, which has to load torch, may take there."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
ALLOWED = (
    # Streamlit looks for its server below the page's own address first, and finds it at the root.
    re.compile(r"404 .*/(probe|data|train|run|benchmarks|compare)/_stcore/(health|host-config)$"),
)
"""Errors on the console that say nothing about the dashboard."""
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def executable() -> str:
    """The installed Chromium. Fails, rather than skips, where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, f"The browser tests need Chromium: install it with `apt-get install chromium`, or put one of {', '.join(NAMES)} on the PATH."
    return found


@contextlib.contextmanager
def served(runs_folder: Path, log: Path):
    """The address of a dashboard on a free port over this folder of runs; its process ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port), "--server.headless", "true"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"BABELPROOF_RUNS": str(runs_folder)}, stdout=out, stderr=out)
    address = f"http://localhost:{port}"
    try:
        _answers(address, process, log)
        yield address
    finally:
        _end(process)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:  # it waits for connections that a browser keeps open
        process.kill()
        process.wait()


def _answers(address: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + PROCESS / 1000
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as reply:
            if reply.status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"The dashboard did not start:\n{log.read_text()}")


@dataclass
class Visitor:
    """One person at one browser window, and everything that went wrong in front of them."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT)
        self.page.on("console", lambda message: self._note(message.type, f"{message.text} {message.location.get('url', '')}"))
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _note(self, kind: str, said: str) -> None:
        if kind == "error" and not any(pattern.search(said.replace("(Not Found)", "")) for pattern in ALLOWED):
            self.problems.append(f"console: {said}")

    # ---- Going places

    def open(self, path: str = "") -> "Visitor":
        """Go to an address of the dashboard and wait until it is drawn."""
        self.page.goto(path if path.startswith("http") else f"{self.address}/{path}")
        return self.drawn()

    def follow(self, title: str) -> "Visitor":
        """Go to a page by its name in the navigation, as a person does; the session stays."""
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        heading = "Babelproof" if title == "Overview" else title
        expect(self.page.get_by_role("heading", name=heading, exact=True, level=1)).to_be_visible(timeout=WAIT)
        return self.drawn()

    def drawn(self) -> "Visitor":
        """Wait until the page has a title, its script has ended and nothing stale or unloaded is left."""
        self.page.locator("h1").first.wait_for()
        self.page.locator(IDLE).wait_for()
        expect(self.page.locator("[data-testid=stSkeleton], [data-stale=true]")).to_have_count(0, timeout=WAIT)
        return self

    # ---- Reading

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    def keyed(self, key: str) -> Locator:
        """The part of the page with this widget or container key."""
        return self.page.locator(f".st-key-{key}")

    def see(self, said: str | re.Pattern, timeout: float = WAIT) -> None:
        """Wait until the page says this."""
        expect(self.main).to_contain_text(said, timeout=timeout)

    def table(self, name: str, having: str = "", headers: Sequence[str] = ()) -> list[list[str]]:
        """The cells of a data table as text, row by row, the headers first, once a cell says `having` and they have these headers.

        They come from the table that screen readers get, which holds the rows in sight and follows what is drawn by a moment:
        say what is new in it where the page had a table of this name before.
        """
        grid = self.page.get_by_test_id("stDataFrame").filter(has=self.page.locator(f"[aria-label*='Table {name} with']")).locator("table[role=grid]")
        grid.locator("tbody td").filter(has_text=having).first.wait_for(state="attached")
        if headers:
            expect(grid.locator("thead th")).to_have_text(list(headers), timeout=WAIT)
        rows = "table => [...table.querySelectorAll('tr')].map(r => [...r.querySelectorAll('th,td')].map(c => c.textContent))"
        return grid.evaluate(rows)

    def saved(self, name: str) -> list[list[str]]:
        """The rows of a data table as its CSV file has them, the headers first: all of them, also those out of sight."""
        with self.page.expect_download() as waiting:
            self.keyed(f"download_{name}").get_by_role("button").click()
        with open(waiting.value.path(), encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))

    def marks(self, chart: str) -> list[str]:
        """What every mark of the chart of this description says of itself, after waiting for the chart to be drawn."""
        drawn = self.page.locator(f"[data-testid=stVegaLiteChart][aria-label='{chart}'] [role=graphics-symbol]")
        drawn.first.wait_for(state="attached")
        return drawn.evaluate_all("all => all.map(mark => mark.getAttribute('aria-label'))")

    def sound(self) -> None:
        """Nothing went wrong in front of this visitor."""
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        assert self.problems == []

    # ---- Doing

    def field(self, label: str, within: str = "") -> Locator:
        return (self.keyed(within) if within else self.main).get_by_label(label, exact=True)

    def press(self, name: str) -> None:
        self.main.get_by_role("button", name=re.compile(rf"(^|\s){re.escape(name)}$")).click()

    def choose(self, key: str, names: list[str]) -> None:
        """Exactly these options in a picker of several."""
        picker = self.keyed(key)
        if picker.get_by_label("Clear all").count():
            picker.get_by_label("Clear all").click()
            expect(picker.locator("[data-tag]")).to_have_count(0, timeout=WAIT)
        for name in names:
            self._take(picker.get_by_role("combobox"), name, picker.locator(f"[data-tag][aria-label='{name}']").first.is_visible)
        self.page.keyboard.press("Escape")

    def pick(self, key: str, title: str) -> None:
        """The option of this title in a picker of one; long lists are only drawn in part, so it is typed first."""
        picker = self.keyed(key).get_by_role("combobox")
        self._take(picker, title, lambda: picker.input_value() == title)

    def _take(self, typed: Locator, name: str, taken: Callable[[], bool]) -> None:
        """Choose the option of this name until it is taken.

        A rerun of the page closes the menu or builds its options anew, and a press that is under way at that moment is lost, as a person's
        would be.
        """
        option = self.page.get_by_role("option", name=name, exact=True)
        end = time.monotonic() + WAIT / 1000
        while not taken():
            assert time.monotonic() < end, f"The option {name} could not be taken."
            if not option.is_visible():
                typed.fill("")
                typed.fill(name)
            with contextlib.suppress(TimeoutError):
                option.click(timeout=3_000)
                self._soon(taken)

    def _soon(self, taken: Callable[[], bool]) -> None:
        """Give the page a moment to show what was done."""
        end = time.monotonic() + 2
        while time.monotonic() < end and not taken():
            self.page.wait_for_timeout(50)


@contextlib.contextmanager
def visiting(browser: Browser, address: str, scheme: str = "light"):
    """A visitor in a fresh session, without anything that another one left behind."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme=scheme, accept_downloads=True)
    try:
        yield Visitor(context.new_page(), address)
    finally:
        context.close()
