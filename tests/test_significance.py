"""Tests between two runs, against answers worked out by hand and by enumeration."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.evaluation.significance import compare, compare_means, drop_difference, holm, mcnemar, paired_bootstrap


def predictions(correct, language="sw", perturbation="clean", severity=0.0, gold="a", start=0, source="miniature"):
    return pd.DataFrame(
        {
            "task": "nli",
            "source": source,
            "id": [f"item-{start + i}" for i in range(len(correct))],
            "language": language,
            "language_pair": language,
            "perturbation": perturbation,
            "severity": severity,
            "gold": gold,
            "correct": [bool(c) for c in correct],
        }
    )


def answers(only_a, only_b, both=5, neither=5):
    """Correctness of two runs with these many items of each kind."""
    a = [1] * only_a + [0] * only_b + [1] * both + [0] * neither
    b = [0] * only_a + [1] * only_b + [1] * both + [0] * neither
    return a, b


def test_the_difference_is_a_minus_b():
    found = paired_bootstrap([1, 1, 1, 0], [1, 0, 0, 0])
    assert (found.difference, found.n) == (0.5, 4)


def test_the_interval_agrees_with_full_enumeration():
    # All 4^4 equally likely resamples of the differences 1, 1, 0, -1.
    differences = [1, 1, 0, -1]
    means = [np.mean(drawn) for drawn in itertools.product(differences, repeat=4)]
    exact = np.quantile(means, [0.025, 0.975])
    found = paired_bootstrap([1, 1, 0, 0], [0, 0, 0, 1], samples=40_000)
    assert [found.low, found.high] == pytest.approx(exact, abs=1e-12)
    assert found.difference == 0.25


def test_the_interval_agrees_with_drawing_indices():
    rng = np.random.default_rng(0)
    a, b = rng.random(300) < 0.7, rng.random(300) < 0.6
    d = a.astype(float) - b
    drawn = [d[rng.integers(0, 300, 300)].mean() for _ in range(4000)]
    found = paired_bootstrap(a, b)
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.01)


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = 0
    for seed in range(300):
        a, b = rng.random(200) < 0.8, rng.random(200) < 0.6
        found = paired_bootstrap(a, b, samples=1000, seed=seed)
        held += found.low <= 0.2 <= found.high
    assert 0.90 <= held / 300 <= 0.985


def test_the_seed_decides():
    a, b = answers(10, 4)
    assert paired_bootstrap(a, b, seed=3) == paired_bootstrap(a, b, seed=3)
    bounds = {paired_bootstrap(a, b, samples=50, seed=seed).low for seed in range(20)}
    assert len(bounds) > 1


def test_equal_runs_have_no_difference_and_no_width():
    found = paired_bootstrap([1, 0, 1], [1, 0, 1])
    assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)


def test_no_items_are_nan():
    found = paired_bootstrap([], [])
    assert math.isnan(found.difference) and math.isnan(found.low) and found.n == 0


def test_unpaired_lists_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        paired_bootstrap([1, 0], [1])
    with pytest.raises(ValueError, match="equally long"):
        mcnemar([1, 0], [1])


def test_mcnemar_is_exact_when_discordant_items_are_few():
    # 2 * (C(12,0) + C(12,1) + C(12,2)) / 2^12 = 158 / 4096
    assert mcnemar(*answers(10, 2)) == pytest.approx(158 / 4096)
    assert mcnemar(*answers(2, 10)) == pytest.approx(158 / 4096)
    assert mcnemar(*answers(5, 5)) == 1.0


def test_mcnemar_is_chi_squared_with_continuity_correction_when_they_are_many():
    # (|30 - 15| - 1)² / 45 = 4.35556; its upper tail with one degree of freedom is erfc(sqrt(x / 2))
    assert mcnemar(*answers(30, 15)) == pytest.approx(math.erfc(math.sqrt(196 / 45 / 2)))


def test_mcnemar_changes_its_method_at_25():
    exact = 2 * sum(math.comb(24, k) for k in range(7)) / 2**24
    assert mcnemar(*answers(18, 6)) == pytest.approx(exact)
    assert mcnemar(*answers(19, 6)) == pytest.approx(math.erfc(math.sqrt(144 / 25 / 2)))


def test_mcnemar_without_discordant_items_is_one():
    assert mcnemar([1, 1, 0], [1, 1, 0]) == 1.0
    assert mcnemar([], []) == 1.0


def test_holm_by_hand():
    # sorted .01 .02 .03 .04 times 4 3 2 1 = .04 .06 .06 .04, made monotone: .04 .06 .06 .06
    assert holm([0.03, 0.01, 0.04, 0.02]).tolist() == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.7]).tolist() == [1.0, 1.0]


def test_holm_leaves_nan_out():
    adjusted = holm([0.01, math.nan, 0.04])
    assert adjusted[[0, 2]].tolist() == pytest.approx([0.02, 0.04])
    assert math.isnan(adjusted[1])
    assert holm([]).tolist() == [] and np.isnan(holm([math.nan])).all()


def test_compare_by_hand():
    a1, b1 = answers(10, 2)
    a2, b2 = answers(3, 3)
    a = pd.concat([predictions(a1, "sw"), predictions(a2, "zh")])
    b = pd.concat([predictions(b1, "sw"), predictions(b2, "zh")])
    found = compare(a, b).set_index("language")
    assert found.loc["sw", ["n", "discordant"]].tolist() == [22, 12]
    assert found.loc["sw", ["a", "b", "difference"]].tolist() == pytest.approx([15 / 22, 7 / 22, 8 / 22])
    assert found.loc["sw", "low"] < 8 / 22 < found.loc["sw", "high"]
    assert found.loc["sw", ["p", "p_holm"]].tolist() == pytest.approx([158 / 4096, 2 * 158 / 4096])
    assert found.loc["zh", ["difference", "p", "p_holm"]].tolist() == [0.0, 1.0, 1.0]


def test_compare_aligns_by_id_whatever_the_order_and_uses_shared_items_only():
    a = predictions([1, 1, 1, 1, 0], start=0)
    b = predictions([0, 1, 1, 0, 1], start=2).sample(frac=1, random_state=0)
    # shared: item-2 (1, 0), item-3 (1, 1), item-4 (0, 1)
    found = compare(a, b).iloc[0]
    assert found[["n", "discordant"]].tolist() == [3, 2]
    assert found[["a", "b", "difference"]].tolist() == pytest.approx([2 / 3, 2 / 3, 0.0])


def test_compare_keeps_perturbations_and_severities_apart():
    frame = pd.concat([predictions([1, 1]), predictions([1, 0], perturbation="typo", severity=0.1), predictions([0, 0], perturbation="typo", severity=0.5)])
    found = compare(frame, frame)
    assert found[["perturbation", "severity", "a"]].values.tolist() == [["clean", 0.0, 1.0], ["typo", 0.1, 0.5], ["typo", 0.5, 0.0]]


def test_texts_without_a_pair_align():
    a = predictions([1, 0]).assign(language_pair=None)
    assert compare(a, a.copy()).iloc[0]["n"] == 2


def test_runs_without_shared_examples_are_refused_with_what_each_has():
    with pytest.raises(InputError, match="share no examples.*nli from miniature.*nli from hub:xnli"):
        compare(predictions([1, 0]), predictions([1, 0], source="hub:xnli"))


def test_different_gold_labels_are_refused():
    with pytest.raises(InputError, match="2 of 2 shared examples carry different gold labels.*item-0"):
        compare(predictions([1, 0], gold="a"), predictions([1, 0], gold="b"))
    assert compare(predictions([1, 0], gold="a"), predictions([1, 0], gold=None)).iloc[0]["n"] == 2


def test_an_item_that_comes_twice_is_refused():
    twice = pd.concat([predictions([1]), predictions([0])])
    with pytest.raises(InputError, match="second run has the example 'item-0' twice"):
        compare(predictions([1]), twice)


def test_compare_means_pools_languages_and_counts_items():
    a = pd.concat([predictions([1, 1, 1, 0], "sw"), predictions([1, 1, 0, 0], "zh")])
    b = pd.concat([predictions([1, 0, 1, 0], "sw"), predictions([0, 0, 0, 0], "zh")])
    found = compare_means(a, b).iloc[0]
    assert found[["a", "b", "difference"]].tolist() == pytest.approx([5 / 8, 2 / 8, 3 / 8])
    assert found[["n", "rows"]].tolist() == [4, 8]


def test_translations_of_an_item_do_not_narrow_the_interval():
    rng = np.random.default_rng(2)
    a, b = rng.random(200) < 0.7, rng.random(200) < 0.6
    one = compare_means(predictions(a), predictions(b)).iloc[0]
    ten = compare_means(
        pd.concat([predictions(a, f"l{i}") for i in range(10)]), pd.concat([predictions(b, f"l{i}") for i in range(10)])
    ).iloc[0]
    # Ten copies of the same answers are no more evidence than one.
    assert ten["high"] - ten["low"] == pytest.approx(one["high"] - one["low"], rel=1e-9)


def both(clean, perturbed, language="sw", severity=0.2):
    return pd.concat([predictions(clean, language), predictions(perturbed, language, "typo", severity)])


def test_drop_difference_by_hand():
    a = both([1, 1, 1, 1], [1, 1, 1, 0])  # drops by 1/4
    b = both([1, 1, 1, 0], [0, 0, 1, 0])  # drops by 2/4
    found = drop_difference(a, b, "typo")
    assert (found.drop_a, found.drop_b, found.difference) == (0.25, 0.5, -0.25)
    assert (found.n, found.rows) == (4, 4)
    assert -1.0 <= found.low <= -0.25 <= found.high <= 0.5


def test_drop_difference_interval_agrees_with_full_enumeration():
    a, b = both([1, 1, 1, 1], [1, 1, 1, 0]), both([1, 1, 1, 0], [0, 0, 1, 0])
    items = [-1, -1, 0, 1]
    exact = np.quantile([np.mean(drawn) for drawn in itertools.product(items, repeat=4)], [0.025, 0.975])
    found = drop_difference(a, b, "typo", samples=40_000)
    assert [found.low, found.high] == pytest.approx(exact, abs=1e-12)


def test_drop_difference_moves_languages_of_an_item_together():
    rng = np.random.default_rng(3)
    draws = [rng.random(100) < share for share in (0.9, 0.8, 0.9, 0.6)]
    one = drop_difference(both(*draws[:2]), both(*draws[2:]), "typo")
    copies = [pd.concat([both(*pair, language=f"l{i}") for i in range(5)]) for pair in (draws[:2], draws[2:])]
    five = drop_difference(*copies, "typo")
    assert (five.n, five.rows) == (100, 500)
    assert (five.low, five.high) == pytest.approx((one.low, one.high))


def test_drop_difference_uses_items_that_all_four_have():
    a = both([1, 1, 1], [0, 0, 0])
    b = pd.concat([predictions([1, 1]), predictions([1, 1, 1], perturbation="typo", severity=0.2)])
    found = drop_difference(a, b, "typo")
    assert (found.rows, found.drop_a, found.drop_b) == (2, 1.0, 0.0)


def test_drop_difference_of_one_severity():
    a = pd.concat([both([1, 1], [1, 1], severity=0.1), predictions([0, 0], perturbation="typo", severity=0.9)])
    b = pd.concat([both([1, 1], [1, 1], severity=0.1), predictions([1, 1], perturbation="typo", severity=0.9)])
    assert drop_difference(a, b, "typo", 0.1).difference == 0.0
    assert drop_difference(a, b, "typo", 0.9).difference == 1.0
    assert drop_difference(a, b, "typo").difference == 0.5


def test_drop_difference_names_the_perturbations_there_are():
    a = both([1, 0], [1, 0])
    with pytest.raises(InputError, match="under 'swap'; they share the perturbations: typo"):
        drop_difference(a, a, "swap")
    with pytest.raises(InputError, match="perturbations: none"):
        drop_difference(predictions([1]), predictions([0]), "typo")


