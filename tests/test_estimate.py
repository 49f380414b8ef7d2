"""What a run will cost: steps and texts counted by hand, and time judged by a finished run that is like it."""

import math
from dataclasses import replace

import pytest

from engine.config import Adv, Evaluation, PerturbationSetting, RunConfig, Stage, TaskData
from engine.estimate import estimate
from tests.test_pages import FIRST, finished

SMALL = RunConfig(
    stages=(Stage(tasks=(TaskData(limit=100),), epochs=2, batch_size=32),),
    evaluation=Evaluation(languages=("en", "sw"), perturbations=(PerturbationSetting("typo", 0.2),), limit=5),
)


pytestmark = pytest.mark.usefixtures("no_shipped_runs")


def test_steps_and_texts_are_counted(runs_root):
    cost = estimate(SMALL)
    # 100 examples make 4 batches of 32, twice; 5 texts in 2 languages, clean and with typos.
    assert (cost.steps, cost.texts, cost.basis) == (8, 20, "")
    assert math.isnan(cost.seconds)


def test_generalized_pairs_count_every_other_language(runs_root):
    assert estimate(replace(SMALL, evaluation=replace(SMALL.evaluation, generalized=True))).texts == 30


def test_an_evaluation_has_no_steps(runs_root):
    assert estimate(replace(SMALL, stages=())).steps == 0


def test_time_is_judged_by_a_like_run_in_proportion(runs_root):
    like = finished(runs_root, 1, FIRST)
    same = estimate(like.config)
    assert (same.basis, same.seconds) == (like.id, 12.0)
    assert estimate(replace(like.config, seed=2)).seconds == 12.0
    assert estimate(replace(like.config, stages=(Stage(objective=Adv()),))).basis == ""
