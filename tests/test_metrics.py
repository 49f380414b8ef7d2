"""Metrics with answers worked out by hand."""

import math

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from engine import tables
from engine.evaluation import metrics

COLUMNS = ["language", "language_pair", "perturbation", "id", "predicted", "correct"]


def predictions(rows, **same):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    defaults = {"task": "nli", "source": "miniature", "applicable": True}
    frame = frame.assign(**(defaults | same))
    if "severity" not in frame:
        frame["severity"] = [0.0 if p == "clean" else 0.2 for p in frame["perturbation"]]
    return frame


def score_table(values, perturbation="clean", severity=0.0, metric="accuracy"):
    """Accuracies by language, or by (language, language_pair)."""
    rows = []
    for key, value in values.items():
        first, second = key if isinstance(key, tuple) else (key, key)
        rows.append(["nli", "miniature", first, second, perturbation, severity, metric, value, 0.0, 1.0, 10, 1.0])
    return pd.DataFrame(rows, columns=tables.SCORES.names)


@pytest.mark.parametrize("correct, n", [(1, 3), (7, 10), (50, 100), (333, 1000)])
def test_wilson_agrees_with_statsmodels(correct, n):
    assert metrics.wilson(correct, n) == pytest.approx(proportion_confint(correct, n, method="wilson"))


def test_wilson_by_hand():
    # 8 of 10: centre (0.8 + 1.96²/20) / (1 + 1.96²/10) = 0.71670, half 0.22656
    low, high = metrics.wilson(8, 10)
    assert low == pytest.approx(0.4902, abs=1e-4) and high == pytest.approx(0.9433, abs=1e-4)


def test_wilson_at_the_ends_has_a_width_and_holds_the_value():
    z2 = 1.959964**2
    assert metrics.wilson(0, 20) == (0.0, pytest.approx(z2 / (20 + z2)))
    assert metrics.wilson(20, 20) == (pytest.approx(20 / (20 + z2)), 1.0)


def test_wilson_narrows_with_less_confidence():
    wide, narrow = metrics.wilson(5, 10, 0.99), metrics.wilson(5, 10, 0.80)
    assert wide[0] < narrow[0] < 0.5 < narrow[1] < wide[1]


def test_wilson_without_items_is_nan():
    assert all(math.isnan(bound) for bound in metrics.wilson(0, 0))


@pytest.mark.parametrize("correct, n", [(3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_share(correct, n):
    with pytest.raises(ValueError, match="no share"):
        metrics.wilson(correct, n)


def test_scores_by_hand():
    frame = predictions(
        [
            ["sw", "sw", "clean", "1", "a", True],
            ["sw", "sw", "clean", "2", "b", False],
            ["sw", "sw", "clean", "3", "a", True],
            ["sw", "sw", "clean", "4", "b", True],
            ["sw", "sw", "typo", "1", "a", True],
            ["sw", "sw", "typo", "2", "a", False],
            ["sw", "sw", "typo", "3", "b", False],
            ["sw", "sw", "typo", "4", "b", True],
        ]
    )
    frame["applicable"] = [True] * 7 + [False]
    found = metrics.scores(frame)
    assert list(found.columns) == tables.SCORES.names
    assert found[["perturbation", "metric", "value", "n", "applicable"]].values.tolist() == [
        ["clean", "accuracy", 0.75, 4, 1.0],
        ["typo", "accuracy", 0.5, 4, 0.75],
        ["typo", "consistency", 0.5, 4, 0.75],
    ]
    assert (found["low"][0], found["high"][0]) == metrics.wilson(3, 4)


def test_consistency_counts_equal_wrong_answers_and_leaves_out_items_without_a_clean_one():
    frame = predictions(
        [
            ["en", "en", "clean", "1", "wrong", False],
            ["en", "en", "typo", "1", "wrong", False],
            ["en", "en", "typo", "2", "right", True],
        ]
    )
    found = metrics.scores(frame).set_index(["perturbation", "metric"])
    assert found.loc[("typo", "consistency"), ["value", "n"]].tolist() == [1.0, 1]
    assert found.loc[("typo", "accuracy"), ["value", "n"]].tolist() == [0.5, 2]


def test_consistency_without_any_clean_item_is_nan_not_zero():
    found = metrics.scores(predictions([["en", "en", "typo", "1", "a", True]])).set_index("metric")
    assert math.isnan(found.loc["consistency", "value"]) and found.loc["consistency", "n"] == 0
    assert found.loc["accuracy", "value"] == 1.0


def test_consistency_compares_with_the_same_language_and_not_with_a_mixed_pair():
    frame = predictions(
        [
            ["en", "sw", "clean", "1", "a", True],
            ["en", "en", "clean", "1", "b", True],
            ["sw", "sw", "clean", "1", "a", True],
            ["en", "en", "typo", "1", "b", True],
            ["sw", "sw", "typo", "1", "b", False],
        ]
    )
    found = metrics.scores(frame)
    consistency = found[found["metric"] == "consistency"].set_index("language")["value"]
    assert consistency.to_dict() == {"en": 1.0, "sw": 0.0}


def test_severities_and_language_pairs_are_cells_of_their_own():
    frame = predictions(
        [
            ["en", "en", "clean", "1", "a", True],
            ["en", "sw", "clean", "1", "a", False],
            ["en", "en", "typo", "1", "a", True],
            ["en", "en", "typo", "1", "b", False],
        ]
    )
    frame["severity"] = [0.0, 0.0, 0.1, 0.5]
    accuracy = metrics.scores(frame).query("metric == 'accuracy'")
    assert accuracy[["language_pair", "severity", "value"]].values.tolist() == [
        ["en", 0.0, 1.0],
        ["sw", 0.0, 0.0],
        ["en", 0.1, 1.0],
        ["en", 0.5, 0.0],
    ]


def test_texts_without_a_pair_are_scored():
    frame = predictions([["en", None, "clean", "1", "a", True], ["en", None, "typo", "1", "a", True]])
    found = metrics.scores(frame)
    assert found["value"].tolist() == [1.0, 1.0, 1.0]
    assert metrics.transfer(found)["source_accuracy"].tolist() == [1.0, 1.0]


def test_no_predictions_give_an_empty_table():
    assert metrics.scores(predictions([])).empty


def test_transfer_by_hand():
    found = metrics.transfer(score_table({"en": 0.9, "sw": 0.6, "zh": 0.7, "ar": 0.8})).iloc[0]
    assert found["source_accuracy"] == 0.9
    assert found["others"] == pytest.approx(0.7)
    assert found["gap"] == pytest.approx(0.2)
    assert found["mean"] == pytest.approx(0.75)
    assert (found["worst_language"], found["worst"], found["languages"]) == ("sw", 0.6, 4)


def test_transfer_names_the_first_of_equally_bad_languages():
    assert metrics.transfer(score_table({"en": 0.9, "zh": 0.6, "sw": 0.6})).iloc[0]["worst_language"] == "sw"


def test_transfer_from_another_source_language():
    assert metrics.transfer(score_table({"en": 0.9, "sw": 0.6}), "sw").iloc[0]["gap"] == pytest.approx(-0.3)


@pytest.mark.parametrize("values", [{"sw": 0.6, "zh": 0.8}, {"en": 0.9}])
def test_a_gap_that_lacks_a_side_is_nan(values):
    assert math.isnan(metrics.transfer(score_table(values)).iloc[0]["gap"])


def test_transfer_leaves_mixed_pairs_and_consistency_out():
    both = pd.concat([score_table({"en": 0.9, "sw": 0.5, ("en", "sw"): 0.0}), score_table({"sw": 0.1}, metric="consistency")])
    assert metrics.transfer(both)["gap"].tolist() == [pytest.approx(0.4)]


def test_transfer_has_a_row_per_perturbation_and_severity():
    table = pd.concat([score_table({"en": 0.9, "sw": 0.5}), score_table({"en": 0.7, "sw": 0.1}, "typo", 0.3)])
    found = metrics.transfer(table)
    assert found[["perturbation", "severity"]].values.tolist() == [["clean", 0.0], ["typo", 0.3]]
    assert found["gap"].tolist() == pytest.approx([0.4, 0.6])


def test_drops_by_hand():
    table = pd.concat(
        [
            score_table({"en": 0.9, "sw": 0.5}),
            score_table({"en": 0.7, "sw": 0.5}, "typo", 0.2),
            score_table({"en": 0.8, "sw": 1.0}, "typo", 0.2, "consistency"),
        ]
    )
    found = metrics.drops(table).set_index("language")
    assert found["drop"].to_dict() == pytest.approx({"en": 0.2, "sw": 0.0})
    assert found["consistency"].to_dict() == {"en": 0.8, "sw": 1.0}


def test_a_drop_without_a_clean_score_is_nan():
    assert math.isnan(metrics.drops(score_table({"en": 0.7}, "typo", 0.2)).iloc[0]["drop"])


def test_generalized_by_hand():
    table = score_table({"en": 0.9, "sw": 0.7, ("en", "sw"): 0.6, ("sw", "en"): 0.4})
    found = metrics.generalized(table).iloc[0]
    assert (found["diagonal"], found["off_diagonal"]) == (pytest.approx(0.8), pytest.approx(0.5))
    assert found["difference"] == pytest.approx(0.3)
    assert (found["worst_pair"], found["worst"], found["pairs"]) == ("sw-en", 0.4, 4)


def test_generalized_is_empty_without_mixed_pairs():
    assert metrics.generalized(score_table({"en": 0.9, "sw": 0.7})).empty
