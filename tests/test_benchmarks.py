"""The benchmarks themselves: ratios worked out by hand, and both sides of every comparison agree on a tiny model."""

from pathlib import Path

import pytest

from engine import models
from tests import benchmarks
from tests.interleaved import Comparison, measure, table


class Clock:
    """A clock that only the work moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def work(self, *seconds, answer="done"):
        """A call that takes the first time, then the second, and so on."""
        remaining = list(seconds)

        def call():
            self.now += remaining.pop(0)
            return answer

        return call


def compared(clock, ours, other, **others):
    return Comparison("work", "a peer", "things", clock.work(*ours), clock.work(*other), lambda answer: 12, **others)


def test_rates_and_ratios_by_hand():
    clock = Clock()
    # The first call of each is not timed. Ratios are 6/2, 8/2 and 3/3.
    row = measure(compared(clock, [50, 2, 2, 3], [70, 6, 8, 3]), 3, clock)
    assert (row.ours, row.other) == (6, 2)
    assert (row.ratio, row.low, row.high) == (3, 1, 4)


def test_a_cost_is_the_ratio_turned_round():
    clock = Clock()
    row = measure(compared(clock, [1, 4], [1, 2], cost=True), 1, clock)
    assert (row.ratio, row.ours, row.other) == (2, 3, 6)


def test_both_sides_take_turns():
    calls = []
    sides = [lambda: calls.append("ours"), lambda: calls.append("peer")]
    measure(Comparison("work", "a peer", "things", *sides, lambda answer: 1), 2)
    assert calls == ["ours", "peer", "ours", "peer", "peer", "ours"]


def test_different_answers_stop_the_measurement():
    clock = Clock()

    def same(a, b):
        assert a == b

    wrong = Comparison("work", "a peer", "things", clock.work(1, 1), clock.work(1, 1, answer="other"), len, same)
    with pytest.raises(AssertionError):
        measure(wrong, 1, clock)
    assert clock.now == 2
    with pytest.raises(AssertionError):
        benchmarks.same_probabilities([{"a": 0.5}], [{"a": 0.6}])


def test_the_table_says_what_a_ratio_means():
    clock = Clock()
    lines = list(table([measure(compared(clock, [1, 2], [1, 5]), 1, clock)]))
    assert lines[2:] == ["| work | a peer | things | 6.0 | 2.4 | **2.50** | 2.50 to 2.50 | times as fast |"]


@pytest.fixture
def setting(tiny_xlmr, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmarks, "STEPS", 4)
    return benchmarks.Setting(models.load(str(tiny_xlmr), tmp_path), tmp_path, pairs=2, sentences=1, kept=4)


def test_the_pairs_are_of_every_language_and_of_many_lengths(setting):
    examples = benchmarks.pairs(setting)
    assert [e.language for e in examples] == [*benchmarks.LANGUAGES, *benchmarks.LANGUAGES]
    english = [e for e in examples if e.language == "en"]
    assert [e.text.count(".") for e in english] == [1, 2]


@pytest.mark.parametrize("group", benchmarks.GROUPS)
def test_both_sides_of_a_comparison_compute_the_same(setting, group):
    rows = benchmarks.measured(setting, [group], 1)
    assert rows and all(row.ratio > 0 for row in rows)
    # Training steps differ by design, and lists of different folders do; everything else has to agree.
    unchecked = [row.comparison.what for row in rows if row.comparison.check is None]
    assert all(what.startswith(("training step", "list")) for what in unchecked)


def test_the_page_explains_every_group_and_holds_a_table():
    page = benchmarks.PAGE.read_text(encoding="utf-8")
    assert [group for group in benchmarks.GROUPS if f"**`{group}`.**" not in page] == []
    (block,) = benchmarks.BLOCK.finditer(page)
    rows = [line for line in block[0].splitlines() if line.startswith("| ")]
    assert len(rows) >= 1 + len(benchmarks.GROUPS)
    assert "load average" in block[0] and Path(__file__).parent.name in page
