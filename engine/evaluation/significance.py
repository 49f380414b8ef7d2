"""Whether two runs differ: paired bootstrap, McNemar's test, Holm's correction, difference in differences.

Everything is paired: both runs answered the same items, so the variation between items cancels. What the intervals cover is
the choice of test items, not of training seeds. Protocol: Dror et al. (2018), "The hitchhiker's guide to testing statistical
significance in natural language processing".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.evaluation.metrics import CELL, CLEAN, SETTING

ROW = ["task", "source", "id", "language", "language_pair", "perturbation", "severity"]
CLUSTER = ["task", "source", "id"]
SAMPLES = 10_000


@dataclass(frozen=True)
class Difference:
    """A difference of means with its bootstrap interval; n is how many items were resampled."""

    difference: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class DropDifference:
    """How much more accuracy run a loses under a perturbation than run b: difference = drop_a - drop_b, negative if a is steadier."""

    drop_a: float
    drop_b: float
    difference: float
    low: float
    high: float
    n: int
    """Items that were resampled."""
    rows: int
    """Items times languages that went in."""


def paired_bootstrap(
    a_correct: Sequence[bool] | np.ndarray,
    b_correct: Sequence[bool] | np.ndarray,
    samples: int = SAMPLES,
    seed: int = 1,
    confidence: float = 0.95,
) -> Difference:
    """Mean of a minus mean of b with the percentile interval over resampled items (Efron 1979; Koehn 2004). NaN without items.

    Both arguments have shape (n,) and give the same items in the same order.
    """
    a, b = np.asarray(a_correct, dtype=float), np.asarray(b_correct, dtype=float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"Paired items need two equally long lists, got shapes {a.shape} and {b.shape}.")
    return _bootstrap(a - b, np.ones_like(a), samples, seed, confidence)


def _bootstrap(sums: np.ndarray, counts: np.ndarray, samples: int, seed: int, confidence: float) -> Difference:
    """Interval of sum(sums) / sum(counts) over resampled items; item i contributes sums[i] over counts[i] rows.

    Items with equal (sum, count) are interchangeable, so drawing n items with replacement is drawing how often each distinct
    value comes up, a multinomial: the same distribution as drawing indices, in a fraction of the time.
    """
    n = len(sums)
    if n == 0:
        return Difference(math.nan, math.nan, math.nan, 0)
    values, times = np.unique(np.stack([sums, counts], axis=1), axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(n, times / n, size=samples) @ values  # (samples, 2)
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [tail, 1 - tail])
    return Difference(float(sums.sum() / counts.sum()), float(low), float(high), n)


def mcnemar(a_correct: Sequence[bool] | np.ndarray, b_correct: Sequence[bool] | np.ndarray) -> float:
    """The two-sided p value of McNemar's test (1947) that a and b are right equally often; 1.0 when they never disagree.

    Only discordant items count. Below 25 of them the exact binomial test, else chi-squared (|n10 - n01| - 1)² / (n10 + n01)
    with one degree of freedom.
    """
    # Half a second that only a comparison has to pay.
    from statsmodels.stats.contingency_tables import mcnemar as test

    a, b = np.asarray(a_correct, dtype=bool), np.asarray(b_correct, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"Paired items need two equally long lists, got shapes {a.shape} and {b.shape}.")
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    if only_a + only_b == 0:
        return 1.0
    table = [[int((a & b).sum()), only_a], [only_b, int((~a & ~b).sum())]]
    return float(test(table, exact=only_a + only_b < 25, correction=True).pvalue)


def holm(p_values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Holm's step-down adjusted p values (1979), in the order given; NaN stays NaN and is not counted as a test.

    With p(1) <= ... <= p(m): adjusted p(k) = max over j <= k of min(1, (m - j + 1) p(j)). Rejecting adjusted p <= alpha keeps
    the chance of any false rejection below alpha.
    """
    from statsmodels.stats.multitest import multipletests

    p = np.asarray(p_values, dtype=float)
    adjusted, tested = np.full(p.shape, math.nan), ~np.isnan(p)
    if tested.any():
        adjusted[tested] = multipletests(p[tested], method="holm")[1]
    return adjusted


def compare(a: pd.DataFrame, b: pd.DataFrame, samples: int = SAMPLES, seed: int = 1) -> pd.DataFrame:
    """Two runs' predictions on the items that both scored, one row per task, source, language pair, perturbation and severity.

    Columns: those, n (shared items), a and b (accuracies on them), difference = a - b with low and high, p (McNemar), p_holm
    (over all rows of the table), discordant (items that only one run got right). Raises InputError when no item is shared.
    """
    paired = align(a, b)
    found = []
    for cell, group in paired.groupby(CELL, sort=False, dropna=False):
        in_a, in_b = group["correct_a"].to_numpy(bool), group["correct_b"].to_numpy(bool)
        d = paired_bootstrap(in_a, in_b, samples, seed)
        accuracies = [d.n, float(in_a.mean()), float(in_b.mean()), d.difference, d.low, d.high]
        found.append([*cell, *accuracies, mcnemar(in_a, in_b), int((in_a != in_b).sum())])
    frame = pd.DataFrame(found, columns=[*CELL, "n", "a", "b", "difference", "low", "high", "p", "discordant"])
    frame.insert(frame.columns.get_loc("discordant"), "p_holm", holm(frame["p"].to_numpy()))
    return frame


def compare_means(a: pd.DataFrame, b: pd.DataFrame, samples: int = SAMPLES, seed: int = 1) -> pd.DataFrame:
    """Two runs over all shared languages together, one row per task, source, perturbation and severity.

    Columns: those, a, b, difference = a - b, low, high, n (items), rows (items times languages). Items are resampled with all
    their languages, because translations of one item are not independent. Raises InputError when no item is shared.
    """
    paired = align(a, b)
    found = []
    for setting, group in paired.groupby(SETTING, sort=False):
        in_a, in_b = group["correct_a"].astype(float), group["correct_b"].astype(float)
        d = _clustered(group, in_a - in_b, samples, seed)
        found.append([*setting, float(in_a.mean()), float(in_b.mean()), d.difference, d.low, d.high, d.n, len(group)])
    return pd.DataFrame(found, columns=[*SETTING, "a", "b", "difference", "low", "high", "n", "rows"])


def drop_difference(
    a: pd.DataFrame,
    b: pd.DataFrame,
    perturbation: str,
    severity: float | None = None,
    samples: int = SAMPLES,
    seed: int = 1,
) -> DropDifference:
    """Difference in differences: (clean - perturbed accuracy of a) - (the same of b), over all shared languages together.

    Uses rows that both runs scored clean and perturbed; severity None takes every severity. Items are resampled with all their
    languages, because translations of one item are not independent. Raises InputError when nothing is shared.
    """
    paired = align(a, b)
    chosen = paired["perturbation"] == perturbation
    if severity is not None:
        chosen &= paired["severity"] == severity
    key = [*CLUSTER, "language", "language_pair"]
    clean = paired.loc[paired["perturbation"] == CLEAN, [*key, "correct_a", "correct_b"]]
    both = paired[chosen].merge(clean, on=key, suffixes=("", "_clean"))
    if both.empty:
        known = [name for name in paired["perturbation"].unique() if name != CLEAN]
        raise InputError(
            f"The two runs share no items that both scored clean and under {perturbation!r}; "
            f"they share the perturbations: {', '.join(known) or 'none'}."
        )
    drop_a = both["correct_a_clean"].astype(float) - both["correct_a"].astype(float)
    drop_b = both["correct_b_clean"].astype(float) - both["correct_b"].astype(float)
    d = _clustered(both, drop_a - drop_b, samples, seed)
    return DropDifference(float(drop_a.mean()), float(drop_b.mean()), d.difference, d.low, d.high, d.n, len(both))


def _clustered(rows: pd.DataFrame, values: pd.Series, samples: int, seed: int) -> Difference:
    """The bootstrap of the mean of values over the rows, resampling items with all their languages."""
    items = values.groupby([rows[name] for name in CLUSTER], sort=False).agg(["sum", "count"])
    return _bootstrap(items["sum"].to_numpy(float), items["count"].to_numpy(float), samples, seed, 0.95)


def align(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """The rows that both predictions have, with correct_a and correct_b.

    Raises InputError when they share none, when one has an item twice, or when the gold labels of shared items differ.
    """
    left, right = (_keyed(frame, name) for frame, name in ((a, "first"), (b, "second")))
    paired = left.merge(right, on=ROW, suffixes=("_a", "_b"))
    if paired.empty:
        raise InputError(f"The two runs share no examples, so they cannot be compared. The first has {_sets(a)}; the second has {_sets(b)}.")
    known = paired["gold_a"].notna() & paired["gold_b"].notna()
    clash = paired[known & (paired["gold_a"] != paired["gold_b"])]
    if len(clash):
        raise InputError(
            f"{len(clash)} of {len(paired)} shared examples carry different gold labels, the first with id {clash['id'].iloc[0]!r}: "
            "the runs were scored on different versions of the data. Evaluate both on the same version."
        )
    return paired.drop(columns=["gold_a", "gold_b"])


def _keyed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = frame[[*ROW, "gold", "correct"]]
    twice = rows[rows.duplicated(ROW)]
    if len(twice):
        raise InputError(f"The {name} run has the example {twice['id'].iloc[0]!r} twice in one language and perturbation.")
    return rows


def _sets(frame: pd.DataFrame) -> str:
    sets: list[Any] = sorted({f"{task} from {source}" for task, source in zip(frame["task"], frame["source"], strict=True)})
    return " and ".join(sets) or "no examples"
