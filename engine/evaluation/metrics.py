"""What predictions amount to: accuracy with its interval, consistency, transfer gap and robustness drop.

`scores` is the one function that derives scores from predictions; everything else is derived from scores.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import pandas as pd

from engine import tables

ITEM = ["task", "source", "id", "language"]
CELL = ["task", "source", "language", "language_pair", "perturbation", "severity"]
SETTING = ["task", "source", "perturbation", "severity"]
CLEAN = "clean"


def wilson(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson 1927); NaN for n = 0.

    With p = correct / n and z the normal quantile: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). Unlike the normal
    approximation it stays within [0, 1] and has a width where every item or none is right.
    """
    if not 0 <= correct <= n:
        raise ValueError(f"{correct} of {n} is no share.")
    if n == 0:
        return math.nan, math.nan
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = correct / n
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the ends the exact bound is the end itself; rounding must not put the value outside its interval.
    low = 0.0 if correct == 0 else (centre - half) / scale
    high = 1.0 if correct == n else (centre + half) / scale
    return low, high


def scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of every cell (task, source, language pair, perturbation, severity), and consistency of the perturbed ones.

    Takes the columns of predictions.parquet and gives those of scores.parquet, cells in the order of their first row.
    Consistency is the share of items whose predicted label equals the one for the same item's clean text, right or wrong;
    items that were not scored clean do not count, and without any the value is NaN with n = 0.
    """
    rows = predictions.assign(same=_same_as_clean(predictions))
    found: list[dict[str, object]] = []
    for cell, group in rows.groupby(CELL, sort=False, dropna=False):
        named = dict(zip(CELL, cell, strict=True)) | {"applicable": float(group["applicable"].mean())}
        found.append(named | _share("accuracy", group["correct"]))
        if named["perturbation"] != CLEAN:
            found.append(named | _share("consistency", group["same"].dropna()))
    return pd.DataFrame(found, columns=tables.SCORES.names)


def _share(metric: str, hits: pd.Series) -> dict[str, object]:
    n, right = len(hits), int(hits.sum())
    low, high = wilson(right, n)
    return {"metric": metric, "value": right / n if n else math.nan, "low": low, "high": high, "n": n}


def _same_as_clean(predictions: pd.DataFrame) -> pd.Series:
    """Whether each row's label equals its item's clean one; missing where the item was not scored clean. Aligned with the rows."""
    standard = predictions["language_pair"].isna() | (predictions["language_pair"] == predictions["language"])
    clean = predictions[standard & (predictions["perturbation"] == CLEAN)]
    before = clean.drop_duplicates(ITEM).set_index(ITEM)["predicted"].rename("before")
    joined = predictions[[*ITEM, "predicted"]].join(before, on=ITEM)
    same = (joined["predicted"] == joined["before"]).astype(object)
    return same.where(joined["before"].notna(), None)


def standard(scores: pd.DataFrame, metric: str = "accuracy") -> pd.DataFrame:
    """The rows of one metric whose two texts are in the same language, that is without generalized transfer."""
    same = scores["language_pair"].isna() | (scores["language_pair"] == scores["language"])
    return scores[same & (scores["metric"] == metric)]


def transfer(scores: pd.DataFrame, source_language: str = "en") -> pd.DataFrame:
    """Zero-shot transfer, one row per task, source, perturbation and severity.

    Columns: source_accuracy (accuracy in the language that was trained in), others (mean of the other languages' accuracies,
    each language counting the same), gap = source_accuracy - others, mean (over all languages), worst_language and worst (its
    accuracy; of equals the first by code), languages (how many). NaN where the source language or all the others are missing.
    """
    found = []
    for setting, group in standard(scores).groupby(SETTING, sort=False):
        of = group.groupby("language")["value"].mean().dropna().sort_index()
        source, others = float(of.get(source_language, math.nan)), float(of.drop(source_language, errors="ignore").mean())
        worst = str(of.idxmin()) if len(of) else None
        low = float(of.min()) if len(of) else math.nan
        found.append([*setting, source, others, source - others, float(of.mean()), worst, low, len(of)])
    columns = [*SETTING, "source_accuracy", "others", "gap", "mean", "worst_language", "worst", "languages"]
    return pd.DataFrame(found, columns=columns)


def drops(scores: pd.DataFrame) -> pd.DataFrame:
    """The robustness drop, one row per language and perturbation: drop = clean - perturbed accuracy, with the consistency.

    Columns: task, source, language, perturbation, severity, clean, perturbed, drop, consistency, applicable, n.
    """
    accuracy = standard(scores)
    clean = accuracy[accuracy["perturbation"] == CLEAN].set_index(["task", "source", "language"])["value"].rename("clean")
    perturbed = accuracy[accuracy["perturbation"] != CLEAN].rename(columns={"value": "perturbed"})
    agreement = standard(scores, "consistency").set_index(CELL)["value"].rename("consistency")
    joined = perturbed.join(clean, on=["task", "source", "language"]).join(agreement, on=CELL)
    joined["drop"] = joined["clean"] - joined["perturbed"]
    columns = ["task", "source", "language", "perturbation", "severity"]
    columns += ["clean", "perturbed", "drop", "consistency", "applicable", "n"]
    return joined[columns].reset_index(drop=True)


def generalized(scores: pd.DataFrame) -> pd.DataFrame:
    """Generalized transfer, one row per task and source that has pairs in two languages.

    Columns: diagonal (mean accuracy where both texts are in one language), off_diagonal (mean of the mixed pairs),
    difference = diagonal - off_diagonal, worst_pair ("en-sw": first text in English, second in Swahili) and worst, pairs.
    """
    found = []
    clean = scores[(scores["metric"] == "accuracy") & (scores["perturbation"] == CLEAN)]
    for key, group in clean.groupby(["task", "source"], sort=False):
        mixed = group[group["language_pair"].notna() & (group["language_pair"] != group["language"])]
        if mixed.empty:
            continue
        diagonal = float(group.drop(mixed.index)["value"].mean())
        worst = mixed.loc[mixed["value"].idxmin()]
        off, pair = float(mixed["value"].mean()), f"{worst['language']}-{worst['language_pair']}"
        found.append([*key, diagonal, off, diagonal - off, pair, float(worst["value"]), len(group)])
    columns = ["task", "source", "diagonal", "off_diagonal", "difference", "worst_pair", "worst", "pairs"]
    return pd.DataFrame(found, columns=columns)
