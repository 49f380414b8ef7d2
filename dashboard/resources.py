"""The engine, cached: the only file with st.cache_*. Everything is keyed by names and texts, never by objects that change.

A finished run never changes, so what was computed from it holds until `forget`; torch is imported on first use of a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.scorer import Scorer
from engine import archive, languages, perturbations, runs, store
from engine import catalog as models_known
from engine import config as configs
from engine import estimate as estimates
from engine.config import TASKS, RunConfig
from engine.data import miniature
from engine.errors import InputError
from engine.evaluation import significance
from engine.miniature import lexicon
from engine.results import AttackResult, Attribution, Example, Perturbed, Prediction


def root() -> str:
    """The folder that runs live in; part of every key below, so that another folder is another cache."""
    return str(runs.root().resolve())


# ---- Models


def models() -> list[models_known.ModelCard]:
    """The models that can be probed, those that came with Babelproof first."""
    return _models(root())


@st.cache_data(ttl=5, max_entries=8, show_spinner=False)
def _models(root: str) -> list[models_known.ModelCard]:
    return models_known.list_models(Path(root))


def tasks_with_models() -> list[str]:
    """Tasks that can be probed: those of the models, or the first one while there is no model."""
    return list(dict.fromkeys(card.task for card in models())) or [TASKS[0]]


def scorer(model: str) -> Scorer:
    """The loaded model of this name."""
    return _scorer(model, root())


@st.cache_resource(max_entries=4, show_spinner="Loading the model …")
def _scorer(model: str, root: str) -> Scorer:
    from engine import models as engine_models

    return Scorer(engine_models.load(model, Path(root)))


def predict(model: str, examples: Sequence[Example]) -> list[Prediction]:
    """What the model says; texts it has seen before cost nothing."""
    return scorer(model).predict(examples)


def methods() -> dict[str, Any]:
    """The attribution methods by name."""
    from engine import attribution

    return attribution.METHODS


def attack(model: str, name: str, example: Example, budget: int, seed: int) -> AttackResult:
    """The attack on this example; its clean prediction is the one that is shown already."""
    return _attack(model, name, example, budget, seed, root())


@st.cache_data(max_entries=200, show_spinner="Attacking …")
def _attack(model: str, name: str, example: Example, budget: int, seed: int, root: str) -> AttackResult:
    return perturbations.attack(_scorer(model, root).predict, name, example, budget=budget, seed=seed)


def attribute(model: str, method: str, example: Example, target: str) -> Attribution:
    """The score of every word for the target label."""
    return _attribute(model, method, example, target, root())


@st.cache_data(max_entries=500, show_spinner="Attributing …")
def _attribute(model: str, method: str, example: Example, target: str, root: str) -> Attribution:
    from engine import attribution

    return attribution.attribute(_scorer(model, root).model, method, example, target=target)


# ---- Texts


@st.cache_data(max_entries=1000, show_spinner=False)
def detect(text: str) -> str:
    """The language code that the text seems to be in."""
    return languages.detect(text)


@st.cache_data(max_entries=100, show_spinner=False)
def worked_examples(task: str, language: str) -> list[Example]:
    """Examples to begin with; empty where the miniature does not speak the language."""
    try:
        return miniature.worked_examples(task, language) if language in miniature.languages("", task) else []
    except InputError:  # another task than the miniature's
        return []


@st.cache_data(max_entries=2, show_spinner=False)
def example_languages() -> list[str]:
    """Languages that have worked examples."""
    return sorted(lexicon.languages(), key=lambda code: (code != "en", code))


@st.cache_data(max_entries=2000, show_spinner=False)
def perturb(name: str, example: Example, severity: float, seed: int) -> tuple[Example, Perturbed, Perturbed | None]:
    """The perturbed example and what was done to each of its texts."""
    return perturbations.perturb_example(name, example, severity, seed, parallel=parallel(example))


def parallel(example: Example) -> dict[str, Example] | None:
    """The same worked example in the other languages, or None for a text that somebody typed."""
    for candidate in worked_examples(example.task, example.language):
        if (candidate.text, candidate.text_pair) == (example.text, example.text_pair):
            everywhere = [e for code in example_languages() for e in worked_examples(example.task, code)]
            return {e.language: replace(e, id=example.id, label=example.label) for e in everywhere if e.id == candidate.id}
    return None


# ---- Runs and their scores


@st.cache_data(ttl=5, max_entries=8, show_spinner=False)
def _catalog(root: str) -> pd.DataFrame:
    return store.catalog(Path(root))


def catalog() -> pd.DataFrame:
    """One row per run, newest first; at most five seconds old."""
    return _catalog(root())


def run_ids() -> list[str]:
    """Ids of all runs, whatever their state: the newest first, but samples last, in the order of the models, and those without a model last of all."""
    table, order = catalog(), {card.name: place for place, card in enumerate(models())}
    samples = sorted(table.loc[table["shipped"], "run_id"], key=lambda name: order.get(name, len(order)))
    return [*table.loc[~table["shipped"], "run_id"], *samples]


def run(run_id: str) -> runs.Run:
    """The run as it stands now."""
    return runs.find(run_id, Path(root()))


def finished() -> list[str]:
    """Ids of the runs that have scores, in the order of `run_ids`."""
    done = set(catalog().query("state == 'finished'")["run_id"])
    return [name for name in run_ids() if name in done]


def companions(run_id: str) -> list[str]:
    """Ids of the other runs that were scored on a task and source of this one, in the order of `finished`."""
    names = finished()
    data = scores(names)[["run_id", "task", "source"]].drop_duplicates()
    alike = set(data.merge(data.loc[data["run_id"] == run_id, ["task", "source"]])["run_id"])
    return [name for name in names if name in alike and name != run_id]


def comparable() -> list[str]:
    """The first two runs (see finished) that were scored on the same data; fewer where no two were."""
    found = ([name, *companions(name)[:1]] for name in finished())
    return next((pair for pair in found if len(pair) == 2), finished()[:1])


def problems() -> pd.DataFrame:
    """Runs whose folder is damaged, and what is wrong with them."""
    return store.problems(Path(root()))


def scores(run_ids: Sequence[str]) -> pd.DataFrame:
    """The score rows of these runs, with run_id."""
    return _scores(tuple(run_ids), root())


@st.cache_data(max_entries=50, show_spinner=False)
def _scores(run_ids: tuple[str, ...], root: str) -> pd.DataFrame:
    return store.scores(run_ids, Path(root))


def board(run_id: str) -> pd.DataFrame:
    """One run's accuracy and consistency per language and perturbation."""
    return _board(run_id, root())


@st.cache_data(max_entries=50, show_spinner=False)
def _board(run_id: str, root: str) -> pd.DataFrame:
    return store.heatmap(run_id, Path(root))


def matrix(run_id: str) -> pd.DataFrame:
    """One run's accuracy per pair of languages; empty where it was not scored on mixed pairs."""
    return store.matrix(run_id, Path(root()))


def summary(run_ids: Sequence[str]) -> pd.DataFrame:
    """Source accuracy, mean of the others, transfer gap and worst language, per run, task, source and perturbation."""
    return _summary(tuple(run_ids), root())


@st.cache_data(max_entries=50, show_spinner=False)
def _summary(run_ids: tuple[str, ...], root: str) -> pd.DataFrame:
    return store.summary(run_ids, Path(root))


@dataclass(frozen=True)
class Condition:
    """What runs are compared under: a task, where its examples come from, a perturbation and its severity."""

    task: str
    source: str
    perturbation: str
    severity: float


def predictions(run_id: str, language: str | None = None, perturbation: str | None = None) -> pd.DataFrame:
    """Predictions of a run, of one language and perturbation or of all."""
    return _predictions(run_id, language, perturbation, root())


@st.cache_data(max_entries=30, show_spinner=False)
def _predictions(run_id: str, language: str | None, perturbation: str | None, root: str) -> pd.DataFrame:
    return store.predictions([run_id], language, perturbation, Path(root))


def compared(run_ids: Sequence[str], condition: Condition) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every other run against the first, per language and over all languages. A positive difference favours the other run."""
    return _compared(tuple(run_ids), condition, root())


@st.cache_data(max_entries=50, show_spinner=False)
def _compared(run_ids: tuple[str, ...], condition: Condition, root: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    first, *others = (_under(run_id, condition) for run_id in run_ids)
    each = [significance.compare(other, first).assign(run_id=name) for name, other in zip(run_ids[1:], others, strict=True)]
    means = [significance.compare_means(other, first).assign(run_id=name) for name, other in zip(run_ids[1:], others, strict=True)]
    table = pd.concat(each, ignore_index=True)
    # All rows on the screen are one family of tests, whichever run they belong to.
    table["p_holm"] = significance.holm(table["p"].to_numpy())
    return table, pd.concat(means, ignore_index=True)


def _under(run_id: str, condition: Condition) -> pd.DataFrame:
    rows = predictions(run_id, perturbation=condition.perturbation)
    same = rows["language_pair"].isna() | (rows["language_pair"] == rows["language"])
    chosen = (rows["task"] == condition.task) & (rows["source"] == condition.source) & (rows["severity"] == condition.severity)
    return rows[same & chosen]


def disagreements(run_ids: Sequence[str], language: str, perturbation: str, limit: int) -> pd.DataFrame:
    """Examples on which these runs give different labels."""
    return store.disagreements(run_ids, language, perturbation, limit, Path(root()))


def different_settings(run_ids: Sequence[str]) -> pd.DataFrame:
    """A row per setting in which the runs differ, a column per run; nothing that they share."""
    first, *others = (runs.find(run_id) for run_id in run_ids)
    found = {other.id: runs.diff(first, other).set_index("setting") for other in others}
    base = pd.concat([frame["a"] for frame in found.values()])
    base = base[~base.index.duplicated()]
    columns = {first.id: base} | {name: frame["b"].reindex(base.index).fillna(base) for name, frame in found.items()}
    return pd.DataFrame(columns).astype(str).rename_axis("setting").reset_index()


def archived(run_id: str) -> bytes:
    """The run as a zip archive."""
    with TemporaryDirectory() as folder:
        return archive.export(run_id, Path(folder) / f"{run_id}.zip").read_bytes()


def estimate(config: RunConfig) -> estimates.Estimate:
    """What a run of these settings will cost."""
    return _estimate(configs.run_id(config), root(), config)


@st.cache_data(max_entries=100, show_spinner=False)
def _estimate(run_id: str, root: str, _config: RunConfig) -> estimates.Estimate:
    return estimates.estimate(_config, Path(root))


def forget() -> None:
    """Drop what is remembered about runs, after one was started or deleted."""
    for cached in (_catalog, _models, _scores, _board, _summary, _predictions, _compared, _scorer, _attack, _attribute, _estimate):
        cached.clear()
