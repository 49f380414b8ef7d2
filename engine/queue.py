"""Where runs are worked on: a process of its own on this machine, which outlives the page, the tab and the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from engine import runs
from engine.errors import InputError
from engine.runs import Run

REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE = 10.0
"""Seconds that a cancelled process has to save its work before it is killed."""

_submitting = threading.Lock()


def submit(run: Run) -> int:
    """Start `python -m engine train` on the run in a detached process, with its output in the run's log; returns its id.

    A run that failed, was cancelled or lost continues from what it saved. Raises InputError when it is running or finished.
    """
    # Two clicks on the same button arrive in two threads; the second must see the process of the first.
    with _submitting:
        run = runs.find(run.id, run.path.parent)
        if run.state == "running" or runs.process(run):
            raise InputError(f"The run {run.id} is running already.")
        if runs.finished(run) or run.config is None:
            raise InputError(run.message or f"The run {run.id} is finished; change a setting, such as the seed, to train again.")
        started = _start(run)
        runs.set_process(run, started.pid)
    threading.Thread(target=_wait, args=(run, started), name=f"wait-{run.id}", daemon=True).start()
    return started.pid


def command(run: Run) -> list[str]:
    """The command line that works on the run."""
    return [sys.executable, "-m", "engine", "train", "--run", run.id, "--runs", str(run.path.parent.resolve())]


def _start(run: Run) -> subprocess.Popen[bytes]:
    with open(runs.log_file(run), "ab") as log:
        return subprocess.Popen(
            command(run),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_environment(run.path.parent),
        )


def _environment(root: Path) -> dict[str, str]:
    """This process's environment, plus the way to the engine and a fair share of the cores.

    Processes with as many threads as there are cores slow each other down many times over, so those of a run are its share.
    """
    busy = sum(runs.process(run) is not None for run in runs.all_runs(root, shipped=False))
    share = str(max(1, _cores() // (busy + 1)))
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    defaults = {"OMP_NUM_THREADS": share, "TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}
    return defaults | os.environ | {"PYTHONPATH": path}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _wait(run: Run, started: subprocess.Popen[bytes]) -> None:
    """Collect the ended process, so that it is no zombie, and leave a message where it ended with an error of its own."""
    status = started.wait()
    if status > 0 and run.path.exists() and runs.find(run.id, run.path.parent).state == "lost":
        runs.fail(run, f"The process ended with status {status}; the end of the log says why.")


def cancel(run_id: str, root: Path | None = None, patience: float = PATIENCE) -> Run:
    """Ask a run to stop, and end its process when it has not stopped by itself within `patience` seconds.

    The process is asked by a mark in the run's folder and by SIGTERM; then its group is killed, and no other process.
    Raises InputError for an unknown and for a finished run.
    """
    run = runs.find(run_id, root)
    runs.request_cancel(run)
    process = runs.process(run)
    if process:
        _end(process, patience)
    return runs.find(run_id, root)


def _end(process: psutil.Process, patience: float) -> None:
    try:
        process.terminate()
        process.wait(patience)
    except psutil.TimeoutExpired:
        _kill(process)
    except psutil.NoSuchProcess:
        return


def _kill(process: psutil.Process) -> None:
    try:
        # A run started from a shell script shares its group with the script, which must live on.
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait(5)
    except (ProcessLookupError, psutil.Error):
        return
