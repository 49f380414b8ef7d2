"""The model card of a trained run, from its own records: `python -m engine.training.card RUN [--write]`.

Sections follow Mitchell et al. 2019 (Model cards for model reporting) as far as the records go; the front matter is what the Hugging
Face hub reads.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from engine import runs
from engine.config import CodeSwitch, RsDa, RunConfig, Stage
from engine.errors import InputError
from engine.evaluation import metrics

FILE = "README.md"
ZERO_SHOT = "Every other language is zero-shot."
SWITCHED = "All labels are English, and code-switching put words of other languages into the texts."
CONSISTENT = "All labels are English; texts of other languages were read in training as translations of English ones, without labels."
EDITS = ("typo", "swap", "drop", "insert", "substitute")
LICENCES = {
    "miniature": "authored here, CC BY 4.0",
    "everyday": "authored here, CC BY 4.0",
    "folder:nli_en": "MNLI, TaxiNLI, SICK and counterfactually augmented pairs; MNLI and SNLI terms, C-UDA, CC BY-NC-SA",
    "folder:xnli": "XNLI, CC BY-NC 4.0",
    "folder:sib200": "SIB-200, CC BY-SA 4.0",
}
"""What is known of the sources that shipped models were trained or scored on."""
UNKNOWN_LICENCE = "see the terms of the source"
# What is true of every model that ships. Whoever publishes another knows its limits and its encoder better than its records do.
ENCODER = """`mini` is a small encoder of 18.1 million weights that began with four layers and the vectors of all-MiniLM-L6-v2 (Apache-2.0), an English sentence encoder that others trained on the
*training* pairs of SNLI and MultiNLI among much else, and was pretrained on parallel text of twenty languages (`engine/miniature/MODEL_CARD.md`, `docs/encoders.md`)."""
LIMITS = """On the miniature's scenes the figures above hold; on free text the model is far weaker (see the real and the everyday data among the figures, where it was scored on any), and in languages outside the tables
nothing was measured. It is made to show methods and to test software, not to decide anything. Where a licence of the training data
excludes commercial use, treat the weights likewise."""


def card(run: runs.Run) -> str:
    """The card as a file beside the weights. Raises InputError for a run that trained nothing or is not finished."""
    text = body(run)
    config = run.config or RunConfig()
    tags = ["cross-lingual", "robustness", config.stages[-1].tasks[0].task, config.stages[-1].objective.name]
    languages = sorted({code for one in (run, *evaluations(run)) for code in runs.read_scores(one)["language"]})
    front = ["---", "language:", *(f"- {code}" for code in languages), "license: other", "library_name: transformers", "pipeline_tag: text-classification",
             "tags:", *(f"- {tag}" for tag in tags), "---"]  # fmt: skip
    return "\n".join(front) + f"\n\n# {run.id}\n\n{text}"


def body(run: runs.Run) -> str:
    """The card without title and front matter. Raises InputError for a run that trained nothing or is not finished."""
    if run.config is None or not run.config.stages or run.state != "finished":
        raise InputError(f"The run {run.id} has no trained model to describe: it is {run.state}, or it only evaluated one.")
    config, made = run.config, runs.read_provenance(run)
    trained_on = "; ".join(f"{name} `{digest}`" for name, digest in sorted(made.get("data", {}).items()) if name.endswith(" train"))
    parts = [
        f"`{config.encoder}` fine-tuned in English; {len(config.stages)} {'stage' if len(config.stages) == 1 else 'stages'}, seed {config.seed}. "
        f"{_transfer(config)} Made by Babelproof at commit `{made.get('commit') or 'unknown'}` "
        f"({made.get('device', 'unknown device')}, {made.get('dtype', 'unknown precision')}).",
        *([ENCODER] if run.shipped and config.encoder == "mini" else []),
        "## Training", *(_stage(n, stage) for n, stage in enumerate(config.stages, 1)),
        "Checkpoints are chosen by English development accuracy." + (f" SHA-256 of the training data: {trained_on}." if trained_on else ""),
        "## Figures", *([f"Training made such changes itself, so they show it nothing new: {', '.join(f'`{p}`' for p in known)}."] if (known := seen(config)) else []),
        *itertools.chain.from_iterable(map(_figures, (run, *evaluations(run)))), *(["## Limits", LIMITS] if run.shipped else []),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _transfer(config: RunConfig) -> str:
    """What training saw of other languages."""
    switched, consistent = "codeswitch" in seen(config), any(stage.consistency for stage in config.stages)
    return " ".join([SWITCHED] * switched + [CONSISTENT] * consistent or [ZERO_SHOT])


def seen(config: RunConfig) -> list[str]:
    """The perturbations whose like the training data got: RS-DA's synonyms and edits, code-switching."""
    objectives = [stage.objective for stage in config.stages]
    smoothed = [o for o in objectives if isinstance(o, RsDa)]
    found = ["synonym"] if smoothed else []
    found += EDITS if any(o.noise for o in smoothed) else ()
    return found + (["codeswitch"] if any(isinstance(o, CodeSwitch) for o in objectives) else [])


def evaluations(run: runs.Run) -> list[runs.Run]:
    """The finished runs beside this one that evaluated its model on sources that it was not scored on itself."""
    own = {task.source for task in run.config.evaluation.tasks} if run.config else set()
    alone = [r for r in runs.all_runs(run.path.parent) if r.config and not r.config.stages and r.config.encoder == run.id and r.state == "finished"]
    return [r for r in alone if r.config and not own & {task.source for task in r.config.evaluation.tasks}]


def _stage(number: int, stage: Stage) -> str:
    """One stage as a sentence."""
    settings = [f"{k} {v}" for k, v in vars(stage.objective).items()]
    sources = [
        f"`{t.source}` ({t.task}{f', {t.limit:,} examples' if t.limit else ''}; {LICENCES.get(t.source, UNKNOWN_LICENCE)})" for t in stage.tasks
    ]
    return (
        f"{number}. **{stage.objective.name}**{' (' + ', '.join(settings) + ')' if settings else ''} on {' and '.join(sources)}: {stage.epochs} epoch{'s' if stage.epochs > 1 else ''}, "
        f"batches of {stage.batch_size * stage.accumulation}, peak rate {stage.learning_rate:g}, frozen: {stage.frozen}{f', consistency {stage.consistency:g}' if stage.consistency else ''}."
    )


def _figures(run: runs.Run) -> Iterator[str]:
    """What one run measured, a table for each task and source."""
    for (task, source), scores in metrics.standard(runs.read_scores(run)).groupby(["task", "source"], sort=False):
        licence, most = LICENCES.get(source, UNKNOWN_LICENCE), int(scores["n"].max())
        yield f"Run `{run.id}`: accuracy in points, {task} on `{source}` ({licence}), up to {most:,} examples per language.\n\n{_table(scores)}"


def _table(scores: pd.DataFrame) -> str:
    """Accuracy by language, clean and under each perturbation."""
    scores = scores.assign(condition=[p if p == "clean" else f"{p} {s:g}" for p, s in zip(scores.perturbation, scores.severity, strict=True)])
    wide = scores.pivot_table(index="language", columns="condition", values="value", sort=False)
    order = sorted(wide.index, key=lambda code: (code != "en", code))
    conditions = ["clean", *(c for c in wide.columns if c != "clean")]
    rows = [["language", *conditions], *([code, *(_points(wide.loc[code, c]) for c in conditions)] for code in order)]
    if others := [code for code in order if code != "en"]:
        rows.append(["mean without English", *(_points(wide.loc[others, c].mean()) for c in conditions)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _points(value: float) -> str:
    return "" if pd.isna(value) else f"{100 * value:.1f}"


def write(run: runs.Run) -> Path:
    """Write the card beside the weights; its place."""
    path = runs.checkpoint(run) / FILE
    path.write_text(card(run), encoding="utf-8")
    return path


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="+")
    parser.add_argument("--write", action="store_true", help="Write it beside the weights, and print its place instead.")
    options = parser.parse_args()
    for name in options.run:
        try:
            run = runs.find(name)
            print(write(run) if options.write else card(run))
        except InputError as error:
            parser.error(str(error))


if __name__ == "__main__":
    main()
