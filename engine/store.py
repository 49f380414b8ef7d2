"""Comparisons over finished runs, in SQL: the only file that uses DuckDB.

There is no catalog file. One in-memory DuckDB reads the Parquet files of the runs that a call names; connecting and querying
takes some 20 ms, which leaves nothing for a cache on disk to save, and a file could go stale, be locked by a writer, or need
another version of DuckDB. So the run folders stay the only truth, readers never block anyone, and a call costs as much as
the runs it names. Each call works on its own cursor, because one DuckDB connection refuses a second thread.

Runs whose files cannot be read are left out of every answer and listed by `problems`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from engine import damage, runs, tables
from engine.errors import InputError
from engine.evaluation import metrics
from engine.runs import Run

ROW_CAP = 10_000
TIMEOUT = 30.0
"""Seconds after which a query is interrupted."""
SOURCE_LANGUAGE = "en"

# A page that cannot be decoded raises many kinds of errors, but never these.
_PLAIN_MISTAKES = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.PermissionException)
_SCORES = ["run_id", *tables.SCORES.names]
_PREDICTIONS = ["run_id", *tables.PREDICTIONS.names]
# The run is the folder that the file lies in.
_READ = "SELECT parse_path(filename)[-2] AS run_id, * EXCLUDE (filename) FROM read_parquet(?, filename = true, union_by_name = true)"
_STANDARD = "coalesce(language_pair, language) = language"


def catalog(root: Path | None = None) -> pd.DataFrame:
    """Every run, newest first, with its settings in short and its mean accuracies on clean text where it is finished.

    Columns: run_id, state, kind (train or evaluate), encoder, objective (of the last stage), task, seed, created, shipped,
    accuracy_source (English), accuracy_others (mean of the other languages, each counting the same), message.
    """
    return _catalog(runs.all_runs(root))


def _catalog(found: list[Run]) -> pd.DataFrame:
    accuracies = _clean_accuracies(damage.usable(found))
    rows = [_describe(run) | accuracies.get((run.id, _task(run)), {}) for run in found]
    columns = ["run_id", "state", "kind", "encoder", "objective", "task", "seed", "created", "shipped"]
    frame = pd.DataFrame(rows, columns=[*columns, "accuracy_source", "accuracy_others", "message"])
    return frame.astype({"seed": "Int64", "shipped": bool, "accuracy_source": float, "accuracy_others": float})


def _describe(run: Run) -> dict[str, Any]:
    broken = damage.problem(run)
    known = {"run_id": run.id, "state": run.state, "created": run.created, "shipped": run.shipped, "message": run.message or broken}
    if run.config is None:
        return known
    objective = run.config.stages[-1].objective.name if run.config.stages else ""
    settings = {"kind": run.config.kind, "encoder": run.config.encoder, "objective": objective, "seed": run.config.seed}
    return known | settings | {"task": _task(run)}


def _task(run: Run) -> str:
    return run.config.evaluation.tasks[0].task if run.config and run.config.evaluation.tasks else ""


def _clean_accuracies(usable: list[Run]) -> dict[tuple[str, str], dict[str, float]]:
    sql = f"""
        SELECT run_id, task, avg(value) FILTER (language = '{SOURCE_LANGUAGE}') AS accuracy_source,
               avg(value) FILTER (language <> '{SOURCE_LANGUAGE}') AS accuracy_others
        FROM ({_READ}) WHERE metric = 'accuracy' AND perturbation = 'clean' AND {_STANDARD} GROUP BY ALL"""
    frame = _over(usable, runs.scores_file, sql, [], ["run_id", "task", "accuracy_source", "accuracy_others"])
    return {
        (row.run_id, row.task): {"accuracy_source": row.accuracy_source, "accuracy_others": row.accuracy_others}
        for row in frame.itertuples()
    }


def scores(run_ids: Sequence[str], root: Path | None = None) -> pd.DataFrame:
    """The scores of these runs, in their order: run_id and the columns of scores.parquet. Runs without scores are left out."""
    frame = _over(_named(run_ids, root), runs.scores_file, _READ, [], _SCORES)
    return _in_order(frame, run_ids)


def predictions(
    run_ids: Sequence[str], language: str | None = None, perturbation: str | None = None, root: Path | None = None
) -> pd.DataFrame:
    """The predictions of these runs, in their order, of one language and perturbation or (None) of all.

    Columns: run_id and those of predictions.parquet. Runs without predictions are left out.
    """
    sql = f"SELECT * FROM ({_READ}) WHERE (? IS NULL OR language = ?) AND (? IS NULL OR perturbation = ?)"
    chosen = [language, language, perturbation, perturbation]
    return _in_order(_over(_named(run_ids, root), runs.predictions_file, sql, chosen, _PREDICTIONS), run_ids)


def disagreements(
    run_ids: Sequence[str], language: str, perturbation: str = "clean", limit: int = 200, root: Path | None = None
) -> pd.DataFrame:
    """Items of a language that all these runs scored and on which their labels differ, at most `limit`, by id.

    Columns: id, text, text_pair, gold, and one per run with its label. Texts are those of the first run: a perturbed text can
    differ between runs with different seeds.
    """
    usable = damage.usable(_named(run_ids, root))
    names = [run.id for run in usable]
    labels = ", ".join(f"max(predicted) FILTER (run_id = {_quoted(name)}) AS {_identifier(name)}" for name in names)
    first = f"FILTER (run_id = {_quoted(names[0])})" if names else ""
    sql = f"""
        SELECT id, max(text) {first} AS text, max(text_pair) {first} AS text_pair, max(gold) AS gold, {labels}
        FROM ({_READ}) WHERE language = ? AND perturbation = ? AND {_STANDARD}
        GROUP BY task, source, id, severity
        HAVING count(DISTINCT run_id) = ? AND count(DISTINCT predicted) > 1
        ORDER BY task, source, id, severity LIMIT ?"""
    chosen = [language, perturbation, len(names), limit]
    return _over(usable, runs.predictions_file, sql, chosen, ["id", "text", "text_pair", "gold", *names])


def heatmap(run_id: str, root: Path | None = None) -> pd.DataFrame:
    """Accuracy of one run per language and perturbation, beside its own clean accuracy.

    Columns: task, source, language, perturbation, severity, value, low, high, n, applicable, drop (clean - value; NaN on the
    clean rows), consistency.
    """
    own = scores([run_id], root)
    key = ["task", "source", "language", "perturbation", "severity"]
    accuracy = metrics.standard(own)[[*key, "value", "low", "high", "n", "applicable"]]
    return accuracy.merge(metrics.drops(own)[[*key, "drop", "consistency"]], on=key, how="left")


def matrix(run_id: str, root: Path | None = None) -> pd.DataFrame:
    """Generalized transfer of one run: clean accuracy per pair of languages, empty where it was not scored.

    Columns: task, source, language (of the first text), language_pair (of the second), value, low, high, n.
    """
    own = scores([run_id], root)
    clean = own[(own["metric"] == "accuracy") & (own["perturbation"] == metrics.CLEAN)]
    if (clean["language"] == clean["language_pair"]).all():
        clean = clean.iloc[:0]
    return clean[["task", "source", "language", "language_pair", "value", "low", "high", "n"]].reset_index(drop=True)


def summary(run_ids: Sequence[str], root: Path | None = None) -> pd.DataFrame:
    """Transfer per run: run_id and the columns of engine.evaluation.metrics.transfer."""
    columns = ["run_id", *metrics.transfer(pd.DataFrame(columns=_SCORES)).columns]
    found = scores(run_ids, root)
    frames = [metrics.transfer(own).assign(run_id=run_id) for run_id, own in found.groupby("run_id", sort=False)]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def problems(root: Path | None = None) -> pd.DataFrame:
    """Runs that comparisons leave out because their files cannot be read. Columns: run_id, message."""
    found = [(run.id, damage.problem(run)) for run in runs.all_runs(root)]
    return pd.DataFrame([row for row in found if row[1]], columns=["run_id", "message"])


def query(sql: str, root: Path | None = None, timeout: float = TIMEOUT) -> pd.DataFrame:
    """The answer to one SELECT over the tables runs, scores and predictions of all finished runs.

    Nothing can be changed, and no file, network or program variable is reachable. At most ROW_CAP rows come back, and
    `.attrs["capped"]` says whether there were more. Raises InputError with DuckDB's message for bad SQL, for anything but a
    single SELECT, and when the timeout (in seconds) passes.
    """
    found = runs.all_runs(root)
    connection = _sandbox(found)
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError("Write exactly one SELECT statement; nothing else is allowed here.")
        frame = _within(timeout, connection, sql)
    except duckdb.InterruptException:
        raise InputError(f"The query ran for more than {timeout:g} seconds and was stopped. Filter the rows, or name fewer tables.") from None
    except duckdb.Error as error:
        files = [file(run) for run in damage.usable(found) for file in (runs.scores_file, runs.predictions_file)]
        if not isinstance(error, _PLAIN_MISTAKES) and damage.find_inside(files):
            return query(sql, root, timeout)
        raise InputError(f"DuckDB refuses this query. {error}") from None
    finally:
        connection.close()
    answer = frame.iloc[:ROW_CAP]
    answer.attrs["capped"] = len(frame) > ROW_CAP
    return answer


def _within(timeout: float, connection: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    timer = threading.Timer(timeout, connection.interrupt)
    timer.start()
    try:
        return connection.sql(sql).limit(ROW_CAP + 1).df()
    finally:
        timer.cancel()


def _sandbox(found: list[Run]) -> duckdb.DuckDBPyConnection:
    """A connection of its own with the three tables, locked before anyone's SQL reaches it."""
    usable = damage.usable(found)
    # Replacement scans would let a query read the variables of this program.
    connection = duckdb.connect(":memory:", config={"python_enable_replacements": False, "temp_directory": "", "memory_limit": "2GB"})
    connection.register("catalog", _catalog(found))
    connection.execute("CREATE TABLE runs AS FROM catalog")
    connection.unregister("catalog")
    allowed = []
    for table, file, schema in (("scores", runs.scores_file, tables.SCORES), ("predictions", runs.predictions_file, tables.PREDICTIONS)):
        paths = [str(file(run).resolve()) for run in usable]
        allowed += paths
        if paths:
            listed = "[" + ", ".join(_quoted(path) for path in paths) + "]"
            connection.execute(f"CREATE VIEW {table} AS {_READ.replace('?', listed)}")
        else:
            connection.register("empty", pa.schema([("run_id", pa.string()), *schema]).empty_table())
            connection.execute(f"CREATE TABLE {table} AS FROM empty")
            connection.unregister("empty")
    connection.execute(f"SET allowed_paths = [{', '.join(_quoted(path) for path in allowed)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _named(run_ids: Sequence[str], root: Path | None) -> list[Run]:
    return [runs.find(run_id, root) for run_id in dict.fromkeys(run_ids)]


@lru_cache(maxsize=1)
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"python_enable_replacements": False})


def _over(found: list[Run], file: Callable[[Run], Path], sql: str, values: list[Any], columns: list[str]) -> pd.DataFrame:
    """The answer of SQL over one file of each sound run; the empty table when there is none, since DuckDB refuses no files."""
    paths = [file(run) for run in damage.usable(found)]
    if not paths:
        return pd.DataFrame(columns=columns)
    cursor = _connection().cursor()
    try:
        frame: pd.DataFrame = cursor.execute(sql, [[str(path) for path in paths], *values]).df()
    except duckdb.Error as error:
        if damage.find_inside(paths):
            return _over(found, file, sql, values, columns)
        raise InputError(f"The saved results cannot be read: {error}") from error
    finally:
        cursor.close()
    return frame[columns]


def _in_order(frame: pd.DataFrame, run_ids: Sequence[str]) -> pd.DataFrame:
    """The runs in the order asked for, each in the order of its file."""
    place = {run_id: i for i, run_id in enumerate(dict.fromkeys(run_ids))}
    return frame.sort_values("run_id", key=lambda ids: ids.map(place), kind="stable", ignore_index=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
