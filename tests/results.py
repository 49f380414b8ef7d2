"""Prints the figures of the shipped runs as markdown: `python -m tests.results`, or `--write` to put them into docs/results.md."""

import sys
from pathlib import Path

import pandas as pd

from engine import runs
from engine.evaluation import metrics, significance

PAGE = Path(__file__).resolve().parents[1] / "docs" / "results.md"
MODELS = ("mini-standard", "mini-adv", "mini-rsda")
NOTES = {"miniature": "the miniature's test split, 600 pairs per language", "folder:xnli": "XNLI development, 2,490 pairs per language"}


def shipped(name: str) -> runs.Run:
    """A shipped run, whatever runs the user has beside it."""
    return runs.find(name, runs.SHIPPED)


def percent(value: float, digits: int = 1) -> str:
    """A share in points, empty where there is none."""
    return "" if pd.isna(value) else f"{round(100 * value, digits) + 0.0:.{digits}f}"  # adding 0.0 turns -0.0 into 0.0


def table(rows: list[list[str]]) -> str:
    """A markdown table; the first row is its header."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def accuracies(names: list[str], perturbation: str) -> str:
    """Accuracy per language and run, with the mean of the languages other than English and the transfer gap."""
    found = {}
    for name, model in zip(names, MODELS, strict=True):
        scores = metrics.standard(runs.read_scores(shipped(name)))
        scores = scores[scores.perturbation == perturbation]
        found[model] = scores.set_index("language")["value"]
    languages = ["en", *sorted(set(next(iter(found.values())).index) - {"en"})]
    rows = [["model", *languages, "mean of the others", "gap"]]
    for model, values in found.items():
        others = values[[x for x in languages if x != "en"]].mean()
        rows.append([f"`{model}`", *(percent(values[x]) for x in languages), percent(others), percent(values["en"] - others)])
    return table(rows)


def losses(names: list[str], perturbations: list[tuple[str, float]]) -> str:
    """Points lost under each perturbation, all languages together, and how many fewer than standard, with 95% intervals."""
    rows = [["perturbation", "severity", *(f"`{m}` loses" for m in MODELS), "ADV minus standard", "RS-DA minus standard"]]
    base, *others = [runs.read_predictions(shipped(n)) for n in names]
    for perturbation, severity in perturbations:
        drops = [significance.drop_difference(other, base, perturbation, severity) for other in others]
        cells = [f"{percent(d.difference)} [{percent(d.low)}, {percent(d.high)}]" for d in drops]
        rows.append([f"`{perturbation}`", str(severity), percent(drops[0].drop_b), *(percent(d.drop_a) for d in drops), *cells])
    return table(rows)


def page() -> str:
    """The whole of docs/results.md."""
    parts = [
        "# Results of the shipped models",
        "Printed by `python -m tests.results` from the runs in `engine/miniature/runs/`. Accuracy in points; one seed. Trained and chosen in "
        "English: every other language is zero-shot. The gap is English minus the mean of the others.",
    ]
    for suffix, source, command in (
        ("", "miniature", "python -m engine train --config engine/miniature/recipes/mini-standard.json"),
        ("-xnli", "folder:xnli", "python -m engine evaluate --model mini-standard --task nli --source folder:xnli --languages "
         "en,ar,bg,de,el,es,fr,hi,ru,sw,th,tr,ur,vi,zh --perturbations typo:0.2"),
    ):
        names = [m + suffix for m in MODELS]
        scores = metrics.standard(runs.read_scores(shipped(names[0])))
        settings = list(dict.fromkeys(zip(scores.perturbation, scores.severity, strict=True)))
        noisy = [(p, s) for p, s in settings if p != "clean"]
        parts += [f"## {NOTES[source][0].upper() + NOTES[source][1:]}", f"`{command}` (and so on for the other two)."]
        for perturbation, severity in settings:
            parts += [f"### {'Clean' if perturbation == 'clean' else f'`{perturbation}` at {severity}'}", accuracies(names, perturbation)]
        parts += ["### Points lost, all languages together", "Negative differences: steadier than standard. Intervals resample items with all their languages.",
                  losses(names, noisy)]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page())
