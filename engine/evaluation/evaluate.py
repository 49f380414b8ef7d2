"""Scoring a model: every language clean, perturbed, and against hypotheses in other languages, saved a language at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import pandas as pd

from engine import data, perturbations, runs, tables, tasks
from engine.config import Evaluation, PerturbationSetting, TaskData
from engine.errors import InputError, did_you_mean
from engine.evaluation.metrics import CLEAN
from engine.results import Example, Prediction
from engine.runs import Run

CHUNK = 256
"""Texts that a model gets at once, of about equal length; between two chunks progress is reported and cancelling heard."""
FROM_PARALLEL = "hypothesis_language"
"""The perturbation that takes its texts from the same item in another language."""

OnProgress = Callable[[int, int, str], None]
"""(languages done, languages in all, what is being scored); called after every chunk too. Raising in it stops the evaluation."""


class Predictor(Protocol):
    """What evaluation needs of a model."""

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    def predict(self, examples: list[Example]) -> list[Prediction]:
        """One prediction per example, in their order."""
        ...


@dataclass(frozen=True)
class _Item:
    """One row to be: the example that the model reads, and the standard example that it came from."""

    read: Example
    original: Example
    language_pair: str
    perturbation: str = CLEAN
    severity: float = 0.0
    applicable: bool = True


def evaluate(
    model: Predictor,
    evaluation: Evaluation,
    *,
    seed: int,
    run: Run | None = None,
    on_progress: OnProgress | None = None,
) -> pd.DataFrame:
    """Predictions with the columns of predictions.parquet; seed decides the perturbations.

    With a run, each language is saved as a part when it is done, and parts that are there already are not scored again.
    Within a language each distinct pair of texts is scored once. Raises InputError for labels that the model does not know,
    examples without a label, unknown languages, and sources that are not parallel where that is needed.
    """
    check(evaluation)
    todo = [(number, task, language) for number, task in enumerate(evaluation.tasks) for language in _languages(task, evaluation)]
    frames = []
    for done, (number, task, language) in enumerate(todo):
        what = f"{task.task} in {language}"

        def report(finished: int = done, what: str = what) -> None:
            if run:
                runs.heartbeat(run)
            if on_progress:
                on_progress(finished, len(todo), what)

        name = f"{number}-{task.task}-{language}"
        frame = _saved(run, name)
        if frame is None:
            frame = _keep(run, name, _language(model, task, language, evaluation, seed, report))
        frames.append(frame)
        report(done + 1)
    return pd.concat(frames, ignore_index=True)


def check(evaluation: Evaluation) -> None:
    """Raise InputError for a perturbation or language that does not exist, before any time is spent on training."""
    for setting in evaluation.perturbations:
        perturbations.get(setting.name)
    for task in evaluation.tasks:
        known = data.languages(task)
        for language in evaluation.languages:
            if language not in known:
                raise InputError(did_you_mean(language, known, f"language of {task.source}"))


def _languages(task: TaskData, evaluation: Evaluation) -> tuple[str, ...]:
    return tuple(dict.fromkeys(evaluation.languages or data.languages(task)))


def _saved(run: Run | None, name: str) -> pd.DataFrame | None:
    if run is None or name not in runs.parts(run):
        return None
    try:
        return runs.read_part(run, name)
    except InputError:
        return None  # A damaged part costs its language again, nothing more.


def _keep(run: Run | None, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame itself, or as it reads back from its part, so that a resumed run returns exactly the same."""
    if run is None:
        return frame
    runs.write_part(run, name, frame)
    return runs.read_part(run, name)


def _language(
    model: Predictor, task: TaskData, language: str, evaluation: Evaluation, seed: int, report: Callable[[], None]
) -> pd.DataFrame:
    examples = data.examples(task, language, evaluation.split, evaluation.limit)
    _check_labels(model, task, examples)
    items = list(_items(task, language, examples, evaluation, seed))
    predictions = _predict(model, [item.read for item in items], report)
    rows = [_row(task, item, prediction) for item, prediction in zip(items, predictions, strict=True)]
    return pd.DataFrame(rows, columns=tables.PREDICTIONS.names)


def _check_labels(model: Predictor, task: TaskData, examples: Sequence[Example]) -> None:
    for example in examples:
        if example.label is None:
            raise InputError(f"The example {example.id!r} of {task.source} ({example.language}) has no label, so it cannot be scored.")
    tasks.check_labels(task.task, model.labels, model.name, {e.label for e in examples if e.label is not None})


def _items(task: TaskData, language: str, examples: list[Example], evaluation: Evaluation, seed: int) -> Iterator[_Item]:
    """All rows of a language: clean, then each perturbation, then hypotheses in the other languages."""
    for example in examples:
        yield _Item(example, example, example.language_pair or language)
    parallel = _parallel(task, language, evaluation)
    for setting in dict.fromkeys(evaluation.perturbations):
        for example in examples:
            others = parallel.get(example.id) if setting.name == FROM_PARALLEL else None
            read = _perturbed(setting, example, seed, others)
            changed = (read.text, read.text_pair) != (example.text, example.text_pair)
            yield _Item(read, example, example.language_pair or language, setting.name, setting.severity, changed)
    if evaluation.generalized:
        yield from _generalized(task, language, examples, parallel)


def _perturbed(setting: PerturbationSetting, example: Example, seed: int, others: Mapping[str, Example] | None) -> Example:
    """The perturbed example, or the example itself where its language or text cannot be perturbed.

    A single odd text among thousands (a control character, say) must not end a run after its training; the share of examples
    that were changed is saved with every score.
    """
    try:
        return perturbations.perturb_example(setting.name, example, setting.severity, seed, others)[0]
    except InputError:
        return example


def _parallel(task: TaskData, language: str, evaluation: Evaluation) -> Mapping[str, dict[str, Example]]:
    """The items by id and language, read only where something needs them."""
    if not evaluation.generalized and all(p.name != FROM_PARALLEL for p in evaluation.perturbations):
        return {}
    among = _languages(task, evaluation)
    # To a language chosen alone, all others of the source lend their hypotheses.
    among = among if len(among) > 1 else tuple(dict.fromkeys([language, *data.languages(task)]))
    return data.parallel(task, evaluation.split, evaluation.limit, among)


def _generalized(
    task: TaskData, language: str, examples: list[Example], parallel: Mapping[str, dict[str, Example]]
) -> Iterator[_Item]:
    """Each first text with the second text of the same item in every other language (generalized cross-lingual transfer)."""
    found = False
    for example in examples:
        for other, twin in parallel.get(example.id, {}).items():
            if other == language or twin.text_pair is None:
                continue
            if twin.label != example.label:
                raise InputError(
                    f"{task.source} is not parallel: the item {example.id!r} is {example.label} in {language} but {twin.label} in {other}. "
                    "Switch off generalized evaluation for this source."
                )
            found = True
            yield _Item(replace(example, text_pair=twin.text_pair, language_pair=other), example, other)
    if not found:
        raise InputError(
            f"{task.source} has no pairs whose ids are shared between {language} and another language, so generalized evaluation "
            "is not possible. Switch it off, or choose a parallel source of text pairs with several languages."
        )


def _predict(model: Predictor, examples: Sequence[Example], report: Callable[[], None]) -> list[Prediction]:
    """Predictions in order; equal pairs of texts are scored once."""
    distinct = list({(e.text, e.text_pair): e for e in examples}.values())
    distinct.sort(key=lambda e: len(e.text) + len(e.text_pair or ""))
    known: dict[tuple[str, str | None], Prediction] = {}
    for start in range(0, len(distinct), CHUNK):
        chunk = distinct[start : start + CHUNK]
        for example, prediction in zip(chunk, model.predict(chunk), strict=True):
            known[example.text, example.text_pair] = prediction
        report()
    return [known[e.text, e.text_pair] for e in examples]


def _row(task: TaskData, item: _Item, prediction: Prediction) -> dict[str, object]:
    gold = item.original.label
    return {
        "task": task.task,
        "source": task.source,
        "id": item.original.id,
        "language": item.original.language,
        "language_pair": item.language_pair,
        "perturbation": item.perturbation,
        "severity": item.severity,
        "gold": gold,
        "predicted": prediction.label,
        "correct": prediction.label == gold,
        "probabilities": prediction.probabilities,
        "text": item.read.text,
        "text_pair": item.read.text_pair,
        "applicable": item.applicable,
        "queries": 1,
        "truncated": prediction.truncated,
    }
