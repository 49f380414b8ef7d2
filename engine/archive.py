"""A run as a zip archive, for another machine or a co-author: whole, even where its checkpoint shares weights with an encoder."""

from __future__ import annotations

from pathlib import Path

from engine import catalog, files, runs, shared
from engine.errors import InputError


def export(run_id: str, to: Path, root: Path | None = None) -> Path:
    """Write the archive of a run to `to`. Raises InputError for an unknown or running run, and when `to` cannot be written."""
    run, to = runs.find(run_id, root), Path(to)
    if run.state == "running":
        raise InputError(f"The run {run.id} is running; export it when it has finished.")
    with shared.completed(run.path, runs.checkpoint(run).name, catalog.shareable()) as folder:
        if folder != run.path:
            runs.seal(run, folder)  # other files, other sizes
        files.archive(folder, to, left_out=runs.TRANSIENT)
    return to
