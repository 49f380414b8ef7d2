"""Commands over saved runs: runs list, show, diff, export, delete, and sql."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine import config as configs
from engine import text
from engine.commands import given
from engine.commands.answers import say
from engine.errors import InputError
from engine.runs import Run

ACTIONS = {"list": 0, "show": 1, "diff": 2, "export": 1, "delete": 1}
"""What can be done with runs, and how many run ids it takes."""


def saved_runs(options: argparse.Namespace) -> Any:
    """One of the actions on runs."""
    from engine import archive, runs, store

    wanted, ids = ACTIONS[options.action], options.ids
    if len(ids) != wanted:
        raise InputError(f"runs {options.action} takes {wanted or 'no'} run id{'s' if wanted != 1 else ''}, got {len(ids)}.")
    root = given.root(options)
    match options.action:
        case "list":
            return store.catalog(root).to_dict("records")
        case "show":
            return _shown(runs.find(ids[0], root))
        case "diff":
            return runs.diff(*(runs.find(i, root) for i in ids)).to_dict("records")
        case "export":
            if not options.to:
                raise InputError("runs export needs --to FILE, the zip file to write.")
            return {"file": str(archive.export(ids[0], Path(options.to), root))}
        case _:
            runs.delete(ids[0], root)
            return {"deleted": ids[0]}


def _shown(run: Run) -> dict[str, Any]:
    from engine import runs

    finished = run.state == "finished"
    return {
        "run_id": run.id, "state": run.state, "message": run.message, "shipped": run.shipped, "created": run.created,
        "config": configs.to_dict(run.config) if run.config else None,
        "provenance": runs.read_provenance(run) if finished else None,
        "scores": runs.read_scores(run).to_dict("records") if finished else [],
    }  # fmt: skip


def sql(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows that a query gives."""
    from engine import store

    found = store.query(text.check(options.query, "query"), given.root(options))
    if found.attrs["capped"]:
        say(f"There are more rows; these are the first {len(found)}.")
    return found.to_dict("records")
