"""Prints the figures of the shipped runs as markdown: `python -m tests.results`, or `--write` to put them into docs/results.md and README.md."""

import re
import sys
from pathlib import Path

import pandas as pd

from engine import runs
from engine.evaluation import metrics, significance

PAGE = Path(__file__).resolve().parents[1] / "docs" / "results.md"
MODELS = {"nli": ("mini-standard", "mini-adv", "mini-rsrp", "mini-rsda"), "topic": ("mini-topic", "mini-topic-rsda")}
"""Shipped models by task; the first of each is what the others are compared with."""
SEEDS = {model: (model, *(f"{model}-seed{seed}" for seed in (2, 3))) for model in MODELS["topic"]}
"""Shipped runs that differ in the seed alone, by model: training a head is cheap."""
SECTIONS = (
    ("nli", "", "Inference on the miniature's test split, 600 pairs per language",
     "BABELPROOF_DATA=PATH python -m engine train --config engine/miniature/recipes/mini-standard.json"),
    ("nli", "-xnli", "Inference on XNLI's development split, 2,490 pairs per language (chance 33.3)",
     "BABELPROOF_DATA=PATH python -m engine evaluate --model mini-standard --task nli --source folder:xnli --languages en,ar,bg,de,el,es,fr,hi,ru,sw,th,tr,ur,vi,zh --split dev"),
    ("nli", "-everyday", "Everyday pairs, test split, 900 pairs per language (chance 33.3)", "python -m engine evaluate --model mini-standard --task nli --source everyday"),
    ("topic", "", "Topics on the miniature's test split, 600 sentences per language", "BABELPROOF_DATA=PATH python -m engine train --config engine/miniature/recipes/mini-topic.json"),
    ("topic", "-sib200", "Topics on SIB-200's development split, 99 sentences per language (chance about 25, the commonest class)",
     "BABELPROOF_DATA=PATH python -m engine evaluate --model mini-topic --task topic --source folder:sib200 --languages en,ar,bg,de,el,es,fi,fr,hi,id,ja,ko,ru,sw,ta,th,tr,ur,vi,zh --split dev"),
)  # fmt: skip
"""Task, suffix of the runs' names, heading, and the command that makes the first run."""


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


def accuracies(task: str, suffix: str, perturbation: str) -> str:
    """Accuracy per language and model, with the mean and the lowest of the languages other than English, and the transfer gap."""
    found = {}
    for model in MODELS[task]:
        scores = metrics.standard(runs.read_scores(shipped(model + suffix)))
        found[model] = scores[scores.perturbation == perturbation].set_index("language")["value"]
    others = sorted(set(next(iter(found.values())).index) - {"en"})
    rows = [["model", "en", *others, "mean of the others", "lowest", "gap"]]
    for model, values in found.items():
        mean = values[others].mean()
        rows.append([f"`{model}`", *(percent(values[x]) for x in ("en", *others)), percent(mean), percent(values[others].min()), percent(values["en"] - mean)])
    return table(rows)


def losses(task: str, suffix: str, perturbations: list[tuple[str, float]]) -> str:
    """Points lost under each perturbation, all languages together, and how many more or fewer than standard, with 95% intervals."""
    first, *rest = MODELS[task]
    rows = [["perturbation", "severity", *(f"`{m}` loses" for m in MODELS[task]), *(f"`{m}` minus standard" for m in rest)]]
    base, *others = [runs.read_predictions(shipped(m + suffix)) for m in MODELS[task]]
    for perturbation, severity in perturbations:
        drops = [significance.drop_difference(other, base, perturbation, severity) for other in others]
        cells = [f"{percent(d.difference)} [{percent(d.low)}, {percent(d.high)}]" for d in drops]
        rows.append([f"`{perturbation}`", str(severity), percent(drops[0].drop_b), *(percent(d.drop_a) for d in drops), *cells])
    return table(rows)


def seeds() -> str:
    """Mean and standard deviation over the seeds, in English and in the mean of the other languages, under what all of them were scored under."""
    rows = [["model", "condition", "en", "deviation", "mean of the others", "deviation"]]
    for model, names in SEEDS.items():
        found = pd.concat(metrics.standard(runs.read_scores(shipped(name))).assign(run=name) for name in names)
        for (perturbation, severity), scores in found.groupby(["perturbation", "severity"], sort=False):
            if scores["run"].nunique() == len(names):
                english, others = (scores[(scores["language"] == "en") == wanted].groupby("run")["value"].mean() for wanted in (True, False))
                condition = "clean" if perturbation == "clean" else f"`{perturbation}` at {severity}"
                rows.append([f"`{model}`", condition, *(percent(v) for part in (english, others) for v in (part.mean(), part.std()))])
    return table(rows)


def page() -> str:
    """The whole of docs/results.md."""
    parts = [
        "# Results of the shipped models",
        "Printed by `python -m tests.results` from the runs in `engine/miniature/runs/`. Accuracy in points; seed 1 where nothing else is said. Labels are English "
        "alone, in training and in choosing: other languages are zero-shot, but that the inference models have read 3,200 everyday training pairs in each of the miniature's languages, without "
        "labels, beside the English (`consistency`). The gap is English minus the mean of the others.",
    ]
    for task, suffix, heading, command in SECTIONS:
        scores = metrics.standard(runs.read_scores(shipped(MODELS[task][0] + suffix)))
        settings = list(dict.fromkeys(zip(scores.perturbation, scores.severity, strict=True)))
        noisy = [(p, s) for p, s in settings if p != "clean"]
        parts += [f"## {heading}", f"`{command}` (and so on for the others)."]
        for perturbation, severity in settings:
            parts += [f"### {'Clean' if perturbation == 'clean' else f'`{perturbation}` at {severity}'}", accuracies(task, suffix, perturbation)]
        if noisy:
            parts += ["### Points lost, all languages together", "Negative differences: steadier than standard. Intervals resample items with all their languages.",
                      losses(task, suffix, noisy)]
    parts += ["## Topics with three seeds",
              "The miniature's test split. `BABELPROOF_DATA=PATH python -m engine train --config engine/miniature/recipes/mini-topic-seed2.json` (and so on). "
              "The encoder is the same one, so what varies is the head: its start and the order of examples.", seeds()]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def summary() -> str:
    """The README's figures: a line per model and task, and what perturbations cost."""
    parts = []
    for task, suffix, heading, _ in SECTIONS:
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in accuracies(task, suffix, "clean").splitlines()]
        parts += [f"{heading}, clean:", table([[*row[:2], *row[-3:]] for i, row in enumerate(rows) if i != 1])]
    scores = metrics.standard(runs.read_scores(shipped(MODELS["nli"][0])))
    noisy = [(p, s) for p, s in dict.fromkeys(zip(scores.perturbation, scores.severity, strict=True)) if p != "clean"]
    parts += ["Points lost under perturbation (inference, the miniature, all languages together), and the difference from standard with its 95% interval (negative: steadier):",
              losses("nli", "", noisy)]  # fmt: skip
    return "\n\n".join(parts) + "\n"


README = PAGE.parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- figures -->\n).*?(<!-- end -->)", re.DOTALL)


def readme(text: str) -> str:
    """The README with its figures as the shipped runs have them."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{summary()}\n{found[2]}", text)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(page())
