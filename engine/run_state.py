"""Whether an unfinished run is alive: its process, heartbeat, cancel request and failure, as marks in its folder."""

from __future__ import annotations

import math
import os
import socket
import time
from pathlib import Path
from typing import Any

import psutil

from engine import files

SILENCE = 120.0
"""Seconds without a heartbeat after which a run counts as lost."""

PROCESS, HEARTBEAT, CANCEL, FAILURE = "process.json", "heartbeat", "cancel", "failure.json"
MARKS = (PROCESS, HEARTBEAT, CANCEL, FAILURE)


def state(folder: Path) -> tuple[str, str]:
    """State and message of a run without a manifest: queued, running, failed, cancelled or lost."""
    failure, recorded, silence = files.read_json(folder / FAILURE), files.read_json(folder / PROCESS), silent(folder)
    if failure:
        return "failed", str(failure.get("message", ""))
    cancelled = (folder / CANCEL).exists()
    if _may_live(recorded) and silence < SILENCE:
        return "running", "Cancelling." if cancelled else ""
    if cancelled:
        return "cancelled", ""
    if not recorded and math.isinf(silence):
        return "queued", ""
    why = f"no sign of life for {silence:.0f} seconds" if _may_live(recorded) else "its process is gone"
    return "lost", f"The run stopped without a word: {why}. Start it again and it continues from what it saved."


def silent(folder: Path) -> float:
    """Seconds since the last heartbeat; infinity when there was none."""
    try:
        return time.time() - (folder / HEARTBEAT).stat().st_mtime
    except OSError:
        return math.inf


def process(folder: Path) -> psutil.Process | None:
    """The living process on this machine that works on the run; None when there is none, or when it is this very process.

    A started process finds itself recorded already by who started it, and must not take itself for a competitor.
    """
    recorded = files.read_json(folder / PROCESS)
    found = _alive(recorded) if recorded.get("host") == socket.gethostname() else None
    return None if found is None or found.pid == os.getpid() else found


def set_process(folder: Path, pid: int) -> None:
    """Record the process that works on the run. A new one forgets an earlier failure or cancelling; the same one does not."""
    try:
        created = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    recorded = files.read_json(folder / PROCESS)
    if recorded.get("host") != socket.gethostname() or recorded.get("pid") != pid or not _same(recorded, created):
        for name in (FAILURE, CANCEL):
            (folder / name).unlink(missing_ok=True)
        files.write_json(folder / PROCESS, {"pid": pid, "created": created, "host": socket.gethostname()})
    heartbeat(folder)


def heartbeat(folder: Path) -> None:
    """Say that the run is alive."""
    with files.disk(folder):
        (folder / HEARTBEAT).touch()


def fail(folder: Path, message: str) -> None:
    """Mark the run as failed, with a sentence for the person who started it."""
    files.write_json(folder / FAILURE, {"message": message, "time": files.now()})


def _may_live(recorded: dict[str, Any]) -> bool:
    """Whether the process may be alive; where none is recorded or it is on another machine, only the heartbeat can tell."""
    return recorded.get("host") != socket.gethostname() or _alive(recorded) is not None


def _alive(recorded: dict[str, Any]) -> psutil.Process | None:
    try:
        found = psutil.Process(int(recorded["pid"]))
        alive = _same(recorded, found.create_time()) and found.status() != psutil.STATUS_ZOMBIE
        return found if alive else None
    except (psutil.Error, KeyError, ValueError, TypeError):
        return None


def _same(recorded: dict[str, Any], created: float) -> bool:
    # Process ids are reused, so the creation time tells processes apart; it moves a little when the clock is set.
    return abs(created - float(recorded.get("created", math.inf))) < 2.0
