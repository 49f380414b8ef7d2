"""Two ways of doing the same work, timed in turns: what the machine does meanwhile slows both alike."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """Ours against a named peer. Both are called without arguments and answer with what they computed."""

    what: str
    peer: str
    unit: str
    """What a rate counts, in the plural: pairs, texts, steps."""
    ours: Callable[[], Any]
    other: Callable[[], Any]
    units: Callable[[Any], float]
    """How many units an answer of either took."""
    check: Callable[[Any, Any], None] | None = None
    """Raises AssertionError where the two answers should agree and do not."""
    cost: bool = False
    """Whether the ratio is our cost over the peer's, and not our speed over the peer's."""


@dataclass(frozen=True)
class Row:
    """Units per second of both, and the ratio: median, smallest and largest over the repeats."""

    comparison: Comparison
    ours: float
    other: float
    ratio: float
    low: float
    high: float


def measure(comparison: Comparison, repeats: int, clock: Callable[[], float] = time.perf_counter) -> Row:
    """One untimed call of each, whose answers are compared; then `repeats` pairs of calls, every second pair in reverse order."""
    first, second = comparison.ours(), comparison.other()
    if comparison.check:
        comparison.check(first, second)
    rates = []
    for repeat in range(repeats):
        order = (comparison.ours, comparison.other)
        found = {call: _rate(comparison, call, clock) for call in (order if repeat % 2 == 0 else order[::-1])}
        rates.append((found[comparison.ours], found[comparison.other]))
    ratios = [other / ours if comparison.cost else ours / other for ours, other in rates]
    ours, other = (statistics.median(side) for side in zip(*rates, strict=True))
    return Row(comparison, ours, other, statistics.median(ratios), min(ratios), max(ratios))


def _rate(comparison: Comparison, call: Callable[[], Any], clock: Callable[[], float]) -> float:
    started = clock()
    answer = call()
    return comparison.units(answer) / (clock() - started)


def table(rows: list[Row]) -> Iterator[str]:
    """The rows as lines of a Markdown table."""
    yield "| what | against | unit | ours per s | peer per s | ratio | min to max | meaning |"
    yield "|---|---|---|---:|---:|---:|---:|---|"
    for row in rows:
        c = row.comparison
        meaning = "times the cost" if c.cost else "times as fast"
        rates = f"{row.ours:,.1f} | {row.other:,.1f} | **{row.ratio:.2f}** | {row.low:.2f} to {row.high:.2f}"
        yield f"| {c.what} | {c.peer} | {c.unit} | {rates} | {meaning} |"


def load() -> float:
    """Processes that wanted a processor during the last minute, on average; NaN where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
