"""Run folders: states, atomic finishing, damage, deleting, handing on."""

import errno
import json
import math
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from engine import archive, files, run_state, runs, tables
from engine.config import Adv, RsDa, RunConfig, Stage
from engine.errors import InputError


def predictions(rows=2):
    return pd.DataFrame(
        {
            "task": "nli",
            "source": "miniature",
            "id": [str(i) for i in range(rows)],
            "language": "sw",
            "language_pair": "sw",
            "perturbation": "clean",
            "severity": 0.0,
            "gold": ["entailment", None][:rows],
            "predicted": "entailment",
            "correct": [True, False][:rows],
            "probabilities": [{"entailment": 0.75, "neutral": 0.25}] * rows,
            "text": "Paka analala.",
            "text_pair": [None, "Mnyama analala."][:rows],
            "applicable": True,
            "queries": 1,
            "truncated": 0,
        }
    )


def scores():
    return pd.DataFrame(
        [["nli", "miniature", "sw", "sw", "clean", 0.0, "accuracy", 0.5, 0.1, 0.9, 2, 1.0]], columns=tables.SCORES.names
    )


pytestmark = pytest.mark.usefixtures("no_shipped_runs")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def run(root):
    return runs.create(RunConfig(), root)


@pytest.fixture
def finished(run):
    return runs.finish(run, predictions(), scores(), {"commit": "abc", "versions": {"torch": "2.13.0"}})


@pytest.fixture
def child():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def gone():
    """The id of a process that has ended and was reaped."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


def test_equal_settings_are_the_same_run(root):
    first = runs.create(RunConfig(seed=3), root)
    assert runs.create(RunConfig(seed=3), root) == first
    assert first.state == "queued" and first.config == RunConfig(seed=3)
    assert runs.create(RunConfig(seed=4), root).id != first.id


def test_create_refuses_a_folder_with_other_settings(run, root):
    settings = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps(settings | {"seed": 99}))
    with pytest.raises(InputError, match="other settings"):
        runs.create(RunConfig(), root)


def test_root_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("BABELPROOF_RUNS", str(tmp_path / "elsewhere"))
    run = runs.create(RunConfig())
    assert run.path.parent == tmp_path / "elsewhere"
    monkeypatch.delenv("BABELPROOF_RUNS")
    assert runs.root() == Path("runs")


@pytest.mark.parametrize("run_id", ["", "..", "a..b", "../x", "/etc", "a/b", "A", "-a", "a b", "x" * 101, "a\n"])
def test_ids_that_could_leave_the_folder_are_refused(run_id, root):
    with pytest.raises(InputError, match="not a run id"):
        runs.find(run_id, root)


def test_an_unknown_run_names_the_nearest(run, root):
    with pytest.raises(InputError, match=f"Did you mean {run.id}"):
        runs.find(run.id[:-1], root)


def test_an_unknown_run_in_an_empty_folder(root):
    with pytest.raises(InputError, match="holds no runs yet"):
        runs.find("mini-adv", root)


def test_all_runs_are_sorted_newest_first_and_strangers_are_left_out(root):
    old, new = runs.create(RunConfig(seed=1), root), runs.create(RunConfig(seed=2), root)
    os.utime(old.path / "config.json", (1_000_000, 1_000_000))
    (root / "notes").mkdir()
    (root / "file.txt").write_text("not a run")
    assert [run.id for run in runs.all_runs(root)] == [new.id, old.id]


def test_no_folder_is_no_runs(tmp_path):
    assert runs.all_runs(tmp_path / "missing") == []


def test_shipped_runs_are_listed_found_and_shadowed(monkeypatch, root, tmp_path):
    shipped = runs.create(RunConfig(seed=7), tmp_path / "shipped")
    own = runs.create(RunConfig(seed=8), root)
    assert {(run.id, run.shipped) for run in runs.all_runs(root)} == {(shipped.id, True), (own.id, False)}
    assert runs.find(shipped.id, root).shipped
    assert [run.id for run in runs.all_runs(root, shipped=False)] == [own.id]
    runs.create(RunConfig(seed=7), root)
    assert not runs.find(shipped.id, root).shipped
    assert len(runs.all_runs(root)) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seed": -1}', '{"colour": 1}', '{"stages": [{"objective": {"name": ["adv"]}}]}'])
def test_an_unreadable_config_is_a_failed_run_with_a_message(run, root, text):
    (run.path / "config.json").write_text(text)
    (found,) = runs.all_runs(root)
    assert (found.state, found.config) == ("failed", None)
    assert "config.json" in found.message and run.id in found.message


def test_a_run_that_lost_its_config_is_shown_as_failed(finished, root):
    (finished.path / "config.json").unlink()
    assert [run.state for run in runs.all_runs(root)] == ["failed"]


def state(run, root):
    return runs.find(run.id, root).state


def test_states_of_a_run_with_a_process(run, root, child):
    assert state(run, root) == "queued"
    runs.set_process(run, child.pid)
    assert state(run, root) == "running"
    assert runs.process(run).pid == child.pid
    runs.request_cancel(run)
    assert runs.cancel_requested(run)
    assert (runs.find(run.id, root).state, runs.find(run.id, root).message) == ("running", "Cancelling.")
    child.kill()
    psutil.Process(child.pid).wait(5)
    assert runs.process(run) is None
    assert state(run, root) == "cancelled"


def test_a_zombie_is_not_running(run, root, child):
    runs.set_process(run, child.pid)
    child.kill()
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert state(run, root) == "lost"


def test_a_gone_process_is_lost(run, root):
    pid = gone()
    files.write_json(run.path / "process.json", {"pid": pid, "created": 1.0, "host": run_state.socket.gethostname()})
    runs.heartbeat(run)
    found = runs.find(run.id, root)
    assert found.state == "lost" and "process is gone" in found.message


def test_a_reused_process_id_is_not_the_run(run, root, child):
    files.write_json(run.path / "process.json", {"pid": child.pid, "created": 1.0, "host": run_state.socket.gethostname()})
    runs.heartbeat(run)
    assert state(run, root) == "lost"


def test_a_silent_process_is_lost_until_it_beats_again(run, root, child):
    runs.set_process(run, child.pid)
    long_ago = time.time() - 121
    os.utime(run.path / "heartbeat", (long_ago, long_ago))
    found = runs.find(run.id, root)
    assert found.state == "lost" and "no sign of life for 121 seconds" in found.message
    runs.heartbeat(run)
    assert state(run, root) == "running"


def test_on_another_machine_only_the_heartbeat_tells(run, root):
    files.write_json(run.path / "process.json", {"pid": 1, "created": 1.0, "host": "another machine"})
    assert state(run, root) == "lost"
    runs.heartbeat(run)
    assert state(run, root) == "running"
    assert runs.process(run) is None


def test_a_queued_run_is_cancelled_at_once(run, root):
    runs.request_cancel(run)
    assert state(run, root) == "cancelled"


def test_a_failure_is_kept_until_another_process_starts(run, root, child):
    runs.set_process(run, child.pid)
    runs.fail(run, "Out of memory; use a smaller batch.")
    runs.set_process(run, child.pid)
    found = runs.find(run.id, root)
    assert (found.state, found.message) == ("failed", "Out of memory; use a smaller batch.")
    runs.set_process(run, os.getpid())
    assert state(run, root) == "running"


def test_progress_skips_half_written_lines_and_goes_on_after_them(run):
    assert runs.read_progress(run).empty
    runs.append_progress(run, step=1, loss=2.5)
    with open(run.path / "progress.jsonl", "a") as file:
        file.write('{"step": 2, "lo')
    assert list(runs.read_progress(run)["step"]) == [1]
    runs.append_progress(run, step=3, loss=math.nan)
    frame = runs.read_progress(run)
    assert list(frame["step"]) == [1, 3]
    assert frame["loss"][0] == 2.5 and math.isnan(frame["loss"][1])


def test_progress_is_a_heartbeat(run, root):
    runs.append_progress(run, step=1)
    assert state(run, root) == "running"


def test_the_log_gives_its_last_lines(run):
    assert runs.read_log(run) == ""
    for i in range(5):
        runs.append_log(run, f"line {i} \N{SNOWMAN}")
    lines = runs.read_log(run, lines=2).splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["line 3 \N{SNOWMAN}", "line 4 \N{SNOWMAN}"]
    (run.path / "log.txt").write_bytes(b"\xff broken\n")
    assert "broken" in runs.read_log(run)


def test_parts_are_kept_one_by_one(run):
    runs.write_part(run, "0-nli-sw", predictions())
    runs.write_part(run, "0-nli-de", predictions(1))
    assert runs.parts(run) == ["0-nli-de", "0-nli-sw"]
    pd.testing.assert_frame_equal(runs.read_part(run, "0-nli-sw"), predictions(), check_dtype=False)
    with pytest.raises(InputError, match="cannot name a part"):
        runs.write_part(run, "../x", predictions())


def test_finishing_writes_everything_and_removes_the_marks(run, root, child):
    runs.set_process(run, child.pid)
    runs.write_part(run, "0-nli-sw", predictions())
    runs.resume_file(run).write_bytes(b"optimizer")
    runs.checkpoint(run).mkdir()
    (runs.checkpoint(run) / "model.safetensors").write_bytes(b"abc")
    done = runs.finish(run, predictions(), scores(), {"seed": 1})
    assert done.state == "finished" and done.created == run.created
    assert {f.name for f in run.path.iterdir()} == {
        "config.json", "provenance.json", "manifest.json", "predictions.parquet", "scores.parquet", "checkpoint",
    }  # fmt: skip
    listed = json.loads((run.path / "manifest.json").read_text())["files"]
    assert listed["checkpoint/model.safetensors"] == {
        "bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }
    assert set(listed) == {
        "config.json", "provenance.json", "predictions.parquet", "scores.parquet", "checkpoint/model.safetensors",
    }  # fmt: skip


def test_what_was_finished_reads_back(finished):
    read = runs.read_predictions(finished)
    assert list(read.columns) == tables.PREDICTIONS.names
    assert read["probabilities"][0] == {"entailment": 0.75, "neutral": 0.25}
    assert list(read["correct"]) == [True, False]
    assert read["gold"].isna().tolist() == [False, True]
    pd.testing.assert_frame_equal(runs.read_scores(finished), scores(), check_dtype=False)
    assert runs.read_provenance(finished)["commit"] == "abc"


def test_a_finished_run_never_changes(finished):
    with pytest.raises(InputError, match="never changes"):
        runs.finish(finished, predictions(), scores(), {})
    with pytest.raises(InputError, match="nothing to cancel"):
        runs.request_cancel(finished)


def test_nothing_scored_is_not_finished(run):
    with pytest.raises(InputError, match="no predictions"):
        runs.finish(run, predictions(0), scores(), {})
    with pytest.raises(InputError, match="lacks the column correct"):
        runs.finish(run, predictions().drop(columns="correct"), scores(), {})
    assert not (run.path / "manifest.json").exists()


def test_a_crash_before_the_manifest_leaves_the_run_unfinished(run, root, monkeypatch):
    def crash(folder, left_out):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "inventory", crash)
    with pytest.raises(KeyboardInterrupt):
        runs.finish(run, predictions(), scores(), {})
    assert state(run, root) == "queued"
    monkeypatch.undo()
    assert runs.finish(run, predictions(), scores(), {}).state == "finished"


def test_a_full_disk_is_a_clear_error_and_leaves_no_halves(run, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="The disk is full: .*predictions.parquet"):
        runs.finish(run, predictions(), scores(), {})
    assert [f.name for f in run.path.iterdir()] == ["config.json"]


def test_a_truncated_table_is_a_failed_run_that_names_itself(finished, root):
    file = finished.path / "predictions.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    found = runs.find(finished.id, root)
    assert found.state == "failed" and "predictions.parquet" in found.message and "damaged" in found.message
    with pytest.raises(InputError, match=f"{finished.id} cannot be read"):
        runs.read_predictions(found)


def test_a_missing_table_is_a_failed_run(finished, root):
    (finished.path / "scores.parquet").unlink()
    found = runs.find(finished.id, root)
    assert (found.state, found.message) == ("failed", f"scores.parquet of run {finished.id} is missing.")
    with pytest.raises(InputError, match="has no scores.parquet"):
        runs.read_scores(found)


@pytest.mark.parametrize("text", ["", "[]", '{"files": {}}', '{"files": 3}'])
def test_a_broken_manifest_is_a_failed_run(finished, root, text):
    (finished.path / "manifest.json").write_text(text)
    found = runs.find(finished.id, root)
    assert found.state == "failed" and "manifest.json" in found.message


def test_delete_removes_all_but_refuses_running_and_shipped(finished, root, tmp_path, child):
    runs.delete(finished.id, root)
    assert list(root.iterdir()) == []
    busy = runs.create(RunConfig(seed=5), root)
    runs.set_process(busy, child.pid)
    with pytest.raises(InputError, match="is running"):
        runs.delete(busy.id, root)
    shipped = runs.create(RunConfig(seed=6), tmp_path / "shipped")
    with pytest.raises(InputError, match="shipped"):
        runs.delete(shipped.id, root)
    assert shipped.path.exists() and busy.path.exists()


def test_deleting_a_linked_run_leaves_what_it_links_to(run, root, tmp_path):
    run.path.rename(tmp_path / "big-disk")
    run.path.symlink_to(tmp_path / "big-disk")
    runs.delete(run.id, root)
    assert list(root.iterdir()) == [] and (tmp_path / "big-disk" / "config.json").exists()


def test_export_holds_the_run_and_unpacks_to_one(finished, root, tmp_path):
    with zipfile.ZipFile(archive.export(finished.id, tmp_path / "run.zip", root)) as zipped:
        assert zipped.testzip() is None
        zipped.extractall(tmp_path / "elsewhere")
    assert runs.find(finished.id, tmp_path / "elsewhere").state == "finished"


def test_export_refuses_what_it_would_overwrite(finished, root, tmp_path):
    (tmp_path / "there.zip").write_text("mine")
    (tmp_path / "folder.zip").mkdir()
    for to, why in [
        ("there.zip", "exists already"),
        ("folder.zip", "ends in .zip"),
        ("run.tar", "ends in .zip"),
        ("no/run.zip", "create it first"),
    ]:
        with pytest.raises(InputError, match=why):
            archive.export(finished.id, tmp_path / to, root)
    assert (tmp_path / "there.zip").read_text() == "mine"


def test_diff_shows_only_what_differs(root):
    a = RunConfig(stages=(Stage(objective=Adv(radius=0.5)),))
    b = replace(a, stages=(Stage(objective=RsDa()),), seed=2)
    one = runs.finish(runs.create(a, root), predictions(), scores(), {"commit": "abc", "seconds": 1.0})
    two = runs.finish(runs.create(b, root), predictions(), scores(), {"commit": "def", "seconds": 2.0})
    frame = runs.diff(one, two).set_index("setting")
    assert frame.loc["seed"].tolist() == ["1", "2"]
    assert frame.loc["stages[0].objective.name"].tolist() == ["adv", "rsda"]
    assert frame.loc["stages[0].objective.radius"].tolist() == ["0.5", "(not set)"]
    assert frame.loc["provenance.commit"].tolist() == ["abc", "def"]
    assert "stages[0].epochs" not in frame.index and "provenance.seconds" not in frame.index
    assert runs.diff(one, one).empty


def test_provenance_is_plain_json_and_names_the_versions():
    record = runs.provenance(RunConfig(seed=9), {"miniature/test": "f00d"}, 12.3456, 1000, "cpu")
    assert json.loads(json.dumps(record)) == record
    assert (record["seed"], record["seconds"], record["tokens"], record["device"]) == (9, 12.346, 1000, "cpu")
    assert record["data"] == {"miniature/test": "f00d"}
    assert record["versions"]["numpy"] == np.__version__


def test_runs_and_store_start_without_torch():
    code = "import sys, engine.runs, engine.store, engine.queue, engine.evaluation; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
