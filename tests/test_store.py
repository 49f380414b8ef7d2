"""Comparisons over run folders: what each table holds, broken runs, and a query page that can reach nothing else."""

import subprocess
import sys
import threading

import pandas as pd
import pytest

from engine import queue, runs, store, tables
from engine.config import Adv, Evaluation, RunConfig, Stage
from engine.errors import InputError
from engine.evaluation.metrics import scores as derive

LABELS = ("a", "b")
pytestmark = pytest.mark.usefixtures("no_shipped_runs")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def cell(predicted, language="en", language_pair=None, perturbation="clean", severity=0.0, gold="a"):
    """Rows of one cell; items are numbered, every gold label is the same."""
    return [
        {
            "task": "nli", "source": "miniature", "id": f"item-{i}", "language": language, "language_pair": language_pair or language,
            "perturbation": perturbation, "severity": severity, "gold": gold, "predicted": label, "correct": label == gold,
            "probabilities": {label: 1.0}, "text": f"{language} {i}", "text_pair": f"{perturbation} {i}",
            "applicable": True, "queries": 1, "truncated": 0,
        }
        for i, label in enumerate(predicted)
    ]  # fmt: skip


def finished(root, config, *cells):
    predictions = pd.DataFrame([row for rows in cells for row in rows], columns=tables.PREDICTIONS.names)
    return runs.finish(runs.create(config, root), predictions, derive(predictions), {})


@pytest.fixture
def standard(root):
    """English 3/4, Swahili 2/4, Chinese 0/4; under typo English 2/4."""
    return finished(
        root, RunConfig(seed=1), cell("aaab"), cell("aabb", "sw"), cell("bbbb", "zh"), cell("aabb", perturbation="typo", severity=0.2)
    )


@pytest.fixture
def robust(root):
    return finished(
        root, RunConfig(seed=2, stages=(Stage(objective=Adv()),)), cell("aaaa"), cell("abab", "sw"), cell("aaaa", perturbation="typo", severity=0.2)
    )


def test_everything_is_empty_but_there_without_runs(root):
    assert store.catalog(root).empty and list(store.catalog(root).columns)[0] == "run_id"
    assert list(store.scores([], root).columns) == ["run_id", *tables.SCORES.names]
    assert list(store.predictions([], root=root).columns) == ["run_id", *tables.PREDICTIONS.names]
    assert store.disagreements([], "en", root=root).empty
    assert store.summary([], root).empty and store.problems(root).empty
    for table in ("runs", "scores", "predictions"):
        assert store.query(f"SELECT * FROM {table}", root).empty
    assert list(store.query("SELECT * FROM scores", root).columns) == ["run_id", *tables.SCORES.names]


def test_the_catalog_has_settings_and_accuracies(root, standard, robust):
    waiting = runs.create(RunConfig("xlm-roberta-base", stages=(), seed=3), root)
    found = store.catalog(root).set_index("run_id")
    row = found.loc[standard.id]
    assert (row["state"], row["kind"], row["encoder"], row["objective"], row["task"], row["seed"]) == (
        "finished", "train", "mini", "standard", "nli", 1,
    )  # fmt: skip
    assert (row["accuracy_source"], row["accuracy_others"]) == (0.75, 0.25)
    assert (found.loc[robust.id, "objective"], found.loc[robust.id, "accuracy_source"]) == ("adv", 1.0)
    row = found.loc[waiting.id]
    assert (row["state"], row["kind"], row["objective"]) == ("queued", "evaluate", "")
    assert pd.isna(row["accuracy_source"]) and not row["shipped"]


def test_catalog_accuracies_leave_mixed_pairs_out(root):
    run = finished(root, RunConfig(), cell("aaaa"), cell("aabb", "sw"), cell("bbbb", "en", "sw"))
    found = store.catalog(root).set_index("run_id").loc[run.id]
    assert (found["accuracy_source"], found["accuracy_others"]) == (1.0, 0.5)


def test_scores_come_in_the_order_asked_for(root, standard, robust):
    found = store.scores([robust.id, standard.id], root)
    assert found["run_id"].drop_duplicates().tolist() == [robust.id, standard.id]
    own = found[found["run_id"] == standard.id].drop(columns="run_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(own, runs.read_scores(standard), check_dtype=False)


def test_predictions_are_filtered(root, standard, robust):
    assert len(store.predictions([standard.id], root=root)) == 16
    found = store.predictions([standard.id, robust.id], "en", "typo", root)
    assert found["predicted"].tolist() == list("aabbaaaa")
    assert found["probabilities"][0] == {"a": 1.0}
    whole = store.predictions([robust.id], root=root).drop(columns="run_id")
    pd.testing.assert_frame_equal(whole, runs.read_predictions(robust), check_dtype=False)


def test_disagreements_by_hand(root, standard, robust):
    found = store.disagreements([standard.id, robust.id], "sw", root=root)
    # aabb against abab
    assert found.columns.tolist() == ["id", "text", "text_pair", "gold", standard.id, robust.id]
    assert found.values.tolist() == [["item-1", "sw 1", "clean 1", "a", "a", "b"], ["item-2", "sw 2", "clean 2", "a", "b", "a"]]
    assert len(store.disagreements([standard.id, robust.id], "sw", limit=1, root=root)) == 1
    assert store.disagreements([standard.id, robust.id], "en", "typo", root=root)["id"].tolist() == ["item-2", "item-3"]


def test_disagreements_need_items_that_all_runs_scored(root, standard, robust):
    assert store.disagreements([standard.id, robust.id], "zh", root=root).empty
    assert store.disagreements([standard.id], "sw", root=root).empty


def test_the_heatmap_has_drop_and_consistency(root, standard):
    found = store.heatmap(standard.id, root).set_index(["language", "perturbation"])
    assert found.loc[("en", "typo"), ["value", "drop", "consistency"]].tolist() == [0.5, 0.25, 0.75]
    assert found.loc[("sw", "clean"), "value"] == 0.5 and pd.isna(found.loc[("sw", "clean"), "drop"])
    assert len(found) == 4


def test_the_matrix_of_mixed_pairs(root, standard):
    run = finished(root, RunConfig(seed=9), cell("aaaa"), cell("aabb", "en", "sw"), cell("bbbb", "sw", "en"))
    found = store.matrix(run.id, root).set_index(["language", "language_pair"])["value"]
    assert found.to_dict() == {("en", "en"): 1.0, ("en", "sw"): 0.5, ("sw", "en"): 0.0}
    assert store.matrix(standard.id, root).empty


def test_the_summary_is_transfer_per_run(root, standard, robust):
    found = store.summary([standard.id, robust.id], root).set_index(["run_id", "perturbation"])
    assert found.loc[(standard.id, "clean"), "gap"] == 0.5
    assert found.loc[(robust.id, "clean"), "gap"] == 0.5
    assert found.loc[(standard.id, "clean"), "worst_language"] == "zh"


def test_unfinished_runs_are_left_out_and_unknown_ones_refused(root, standard):
    waiting = runs.create(RunConfig(seed=4), root)
    assert store.scores([waiting.id], root).empty
    assert set(store.scores([waiting.id, standard.id], root)["run_id"]) == {standard.id}
    with pytest.raises(InputError, match="Unknown run"):
        store.scores(["nothing"], root)


def test_a_truncated_run_is_left_out_and_listed(root, standard, robust):
    file = runs.predictions_file(robust)
    file.write_bytes(file.read_bytes()[:-8])
    assert set(store.predictions([standard.id, robust.id], root=root)["run_id"]) == {standard.id}
    assert store.query("SELECT count(*) AS n FROM predictions", root)["n"][0] == 16
    assert store.catalog(root).set_index("run_id").loc[robust.id, "state"] == "failed"
    problem = store.problems(root)
    assert problem["run_id"].tolist() == [robust.id] and "predictions.parquet" in problem["message"][0]


def test_a_broken_footer_of_the_right_size_is_left_out_and_listed(root, standard, robust):
    file = runs.scores_file(robust)
    file.write_bytes(b"x" * file.stat().st_size)
    assert set(store.scores([standard.id, robust.id], root)["run_id"]) == {standard.id}
    assert store.problems(root)["run_id"].tolist() == [robust.id]
    assert len(store.query("SELECT DISTINCT run_id FROM scores", root)) == 1


def test_a_broken_page_is_found_when_it_is_met(root, standard, robust):
    file = runs.predictions_file(robust)
    content = file.read_bytes()
    file.write_bytes(content[:4] + b"\xff" * 600 + content[604:])
    assert set(store.predictions([standard.id, robust.id], root=root)["run_id"]) == {standard.id}
    problem = store.problems(root)
    assert problem["run_id"].tolist() == [robust.id] and "damaged" in problem["message"][0]
    assert set(store.query("SELECT DISTINCT run_id, text FROM predictions", root)["run_id"]) == {standard.id}


def test_a_query_leaves_a_broken_page_out_too(root, standard, robust):
    file = runs.predictions_file(robust)
    content = file.read_bytes()
    file.write_bytes(content[:4] + b"\xff" * 600 + content[604:])
    found = store.query("SELECT * FROM predictions", root)
    assert set(found["run_id"]) == {standard.id}
    assert store.problems(root)["run_id"].tolist() == [robust.id]


def test_an_unreadable_config_is_listed(root, standard):
    (standard.path / "config.json").write_text("{")
    assert store.problems(root)["run_id"].tolist() == [standard.id]
    assert store.scores([standard.id], root).empty
    assert store.catalog(root)["state"].tolist() == ["failed"]


def test_a_failed_run_is_no_problem_of_the_store(root):
    run = runs.create(RunConfig(), root)
    runs.fail(run, "Out of memory.")
    assert store.problems(root).empty
    assert store.catalog(root)["message"].tolist() == ["Out of memory."]


def test_a_query_joins_the_three_tables(root, standard, robust):
    found = store.query(
        """SELECT objective, count(*) AS n, any_value(value) AS accuracy FROM runs
           JOIN predictions USING (run_id) JOIN scores USING (run_id, language, perturbation)
           WHERE language = 'en' AND perturbation = 'clean' AND metric = 'accuracy' GROUP BY objective ORDER BY objective""",
        root,
    )
    assert found.values.tolist() == [["adv", 4, 1.0], ["standard", 4, 0.75]]
    assert found.attrs["capped"] is False


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE runs", "CREATE TABLE x AS SELECT 1", "INSERT INTO runs SELECT * FROM runs", "COPY runs TO 'stolen.csv'",
        "SET threads = 1", "PRAGMA version", "ATTACH 'x.db'", "INSTALL httpfs", "LOAD httpfs", "EXPORT DATABASE 'x'", "CALL pragma_version()",
        "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE runs", "", "-- nothing", ";",
    ],
)  # fmt: skip
def test_only_one_select_is_allowed(sql, root, standard):
    with pytest.raises(InputError, match="exactly one SELECT"):
        store.query(sql, root)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{file}')", "SELECT * FROM read_csv('{file}')", "FROM '{file}'", "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')", "SELECT * FROM read_blob('{file}')",
        "SELECT * FROM query('SELECT * FROM read_text(''{file}'')')", "SELECT * FROM secret_frame", "SELECT getenv('HOME')",
    ],
)  # fmt: skip
def test_nothing_outside_is_reachable(sql, root, standard, tmp_path):
    secret_frame = pd.DataFrame({"secret": ["hidden"]})
    secret = tmp_path / "secret.csv"
    secret.write_text(secret_frame["secret"][0])
    with pytest.raises(InputError, match="DuckDB refuses"):
        store.query(sql.format(file=secret, folder=tmp_path), root)


def test_bad_sql_shows_what_duckdb_says(root, standard):
    with pytest.raises(InputError, match="nonsense"):
        store.query("SELECT nonsense FROM scores", root)
    with pytest.raises(InputError, match="syntax error"):
        store.query("SELEC 1", root)


def test_rows_are_capped_and_said_to_be(root, monkeypatch):
    found = store.query("SELECT * FROM range(10001) ORDER BY range DESC", root)
    assert (len(found), found.attrs["capped"], found["range"][0]) == (10_000, True, 10_000)
    assert store.query("SELECT * FROM range(10000)", root).attrs["capped"] is False


def test_a_query_that_takes_too_long_is_stopped(root):
    with pytest.raises(InputError, match="more than 0.2 seconds"):
        store.query("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b", root, timeout=0.2)


def test_runs_with_odd_folder_names_are_safe(tmp_path):
    root = tmp_path / "o'brien"
    run = finished(root, RunConfig(), cell("ab"))
    assert store.query("SELECT count(*) AS n FROM predictions", root)["n"][0] == 2
    assert len(store.predictions([run.id], root=root)) == 2


def test_threads_do_not_disturb_each_other(root, standard, robust):
    expected, seen = len(store.scores([standard.id, robust.id], root)), []

    def read():
        for _ in range(10):
            seen.append(len(store.scores([standard.id, robust.id], root)))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 60


# ---- The queue


STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


@pytest.fixture
def job(root, monkeypatch):
    """A queued run whose process runs the given Python code instead of a training."""

    def make(code):
        monkeypatch.setattr(queue, "command", lambda run: [sys.executable, "-c", code])
        return runs.create(RunConfig(), root)

    return make


def until(holds, seconds=10.0):
    import time

    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.02)


def test_the_command_names_run_and_folder(root):
    run = runs.create(RunConfig(), root)
    assert queue.command(run) == [sys.executable, "-m", "engine", "train", "--run", run.id, "--runs", str(root.resolve())]


def test_a_submitted_run_is_running_in_a_session_of_its_own_and_cancels(root, job):
    run = job("import os, time; print('session', os.getsid(0) == os.getpid(), os.environ['OMP_NUM_THREADS'].isdigit(), flush=True); time.sleep(60)")
    pid = queue.submit(run)
    assert runs.find(run.id, root).state == "running" and runs.process(run).pid == pid
    until(lambda: "session True True" in runs.read_log(run))
    with pytest.raises(InputError, match="running already"):
        queue.submit(run)
    assert queue.cancel(run.id, root).state == "cancelled"
    assert runs.process(run) is None


def test_a_process_that_ignores_sigterm_is_killed(root, job):
    run = job(STUBBORN)
    queue.submit(run)
    until(lambda: "ready" in runs.read_log(run))
    assert queue.cancel(run.id, root, patience=0.3).state == "cancelled"
    assert runs.process(run) is None


def test_killing_ends_the_group_and_no_other_process(root, job):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    run = job("import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\nprint(child.pid, flush=True)\n" + STUBBORN)
    queue.submit(run)
    until(lambda: "ready" in runs.read_log(run))
    import psutil

    child = psutil.Process(int(runs.read_log(run).split()[0]))
    queue.cancel(run.id, root, patience=0.3)
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_process_that_fails_leaves_a_message_and_can_be_started_again(root, job):
    run = job("import sys; print('no such data'); sys.exit(2)")
    queue.submit(run)
    until(lambda: runs.find(run.id, root).state == "failed")
    assert "status 2" in runs.find(run.id, root).message and "no such data" in runs.read_log(run)
    job("import time; time.sleep(60)")
    queue.submit(run)
    assert runs.find(run.id, root).state == "running"
    queue.cancel(run.id, root)


def test_a_killed_process_is_lost(root, job):
    run = job("import time; time.sleep(60)")
    queue.submit(run)
    runs.process(run).kill()
    until(lambda: runs.find(run.id, root).state == "lost")


def test_a_finished_run_is_neither_submitted_nor_cancelled(root, standard):
    with pytest.raises(InputError, match="is finished"):
        queue.submit(standard)
    with pytest.raises(InputError, match="nothing to cancel"):
        queue.cancel(standard.id, root)


def test_cancelling_what_never_started(root):
    run = runs.create(RunConfig(evaluation=Evaluation(limit=1)), root)
    assert queue.cancel(run.id, root).state == "cancelled"


def test_the_documented_queries_run(root, standard, robust):
    text = (queue.REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8")
    drops, confidence = (q for q in text.split("```sql")[1].split("```")[0].split(";") if q.strip())
    found = store.query(drops, root)
    assert found[["run_id", "drop"]].values.tolist() == [[standard.id, 0.25], [robust.id, 0.0]]
    assert set(store.query(confidence, root)["language"]) == {"en", "sw", "zh"}


def test_every_column_is_documented():
    text = (queue.REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for name in [*tables.PREDICTIONS.names, *tables.SCORES.names, *store.catalog().columns]:
        assert f"`{name}`" in text or f", {name}" in text or f"{name}," in text, name
    for state in runs.STATES:
        assert f"| `{state}` |" in text
