"""What a run will cost: steps and texts counted by hand, and time judged by a finished run that is like it."""

import math
from dataclasses import replace

import pytest

from engine import runs
from engine.config import Adv, Evaluation, PerturbationSetting, RunConfig, Stage, TaskData
from engine.estimate import estimate
from engine.evaluation.metrics import scores
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


def test_time_is_judged_by_a_like_run_in_proportion(runs_root, tmp_path):
    """The like run's own data are not on this machine: what it did is read from its records."""
    stage = replace(SMALL.stages[0], tasks=(TaskData(source="folder:gone"),))
    run = runs.create(replace(SMALL, stages=(stage,)), runs_root)
    runs.append_progress(run, phase="train", stage=0, step=1, steps=5, loss=1.0)
    runs.append_progress(run, phase="train", stage=0, step=5, steps=5, loss=0.5)
    frame = runs.read_predictions(finished(tmp_path, 1, FIRST))
    runs.finish(run, frame, scores(frame), runs.provenance(run.config, {}, 130.0, 1000, "cpu"))
    # The like run trained on 5 batches of 32 and scored 40 texts: 3 x 160 + 40 = 520 passes in 130 seconds.
    # This one trains on 2 x 100 examples and scores 20 texts: 3 x 200 + 20 = 620 passes.
    cost = estimate(replace(SMALL, seed=2))
    assert (cost.basis, cost.seconds) == (run.id, pytest.approx(130 * 620 / 520))
    assert estimate(replace(SMALL, stages=(replace(SMALL.stages[0], objective=Adv()),))).basis == ""
    assert estimate(replace(SMALL, stages=(replace(SMALL.stages[0], frozen="encoder"),))).basis == "", "a head alone trains in a third of the time"
    assert estimate(replace(SMALL, stages=(replace(SMALL.stages[0], consistency=1.0),))).basis == "", "translations are read besides"
