"""Making what ships: stages that models have in common are trained once, to the weights of each trained alone, and what ships already is left alone."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

from engine import catalog, models, runs
from engine import config as configs
from engine.config import Adv, Evaluation, PerturbationSetting, RunConfig, Stage, TaskData
from engine.errors import InputError
from engine.training.recipe import execute
from tests import results, shipping

STAGE = Stage((TaskData("nli", "miniature", 24),), epochs=1, batch_size=8, frozen="embeddings")
ONE = RunConfig("mini", (STAGE, STAGE), Evaluation((TaskData("nli"),), ("en", "sw"), (PerturbationSetting("swap", 0.2),), limit=6))
OTHER = replace(ONE, stages=(STAGE, replace(STAGE, objective=Adv(steps=1))))
LATER = (*ONE.stages, STAGE)


@pytest.fixture
def place(tiny_xlmr, tmp_path, runs_root, monkeypatch):
    """Recipes of two models on a little encoder, and an empty folder of what ships."""
    encoder = tmp_path / "mini"
    shutil.copytree(tiny_xlmr, encoder)
    AutoModelForSequenceClassification.from_pretrained(tiny_xlmr).half().save_pretrained(encoder)
    monkeypatch.setitem(catalog.ENCODERS, "mini", encoder)
    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setattr(shipping, "RECIPES", tmp_path)
    monkeypatch.setattr(results, "MODELS", {"nli": ("one",), "topic": ()})
    (tmp_path / "real").mkdir()
    for code in ("sw", "en", "nl"):
        (tmp_path / "real" / f"dev.{code}.tsv").write_text("premise\thypothesis\tlabel\nA b c.\tB c.\tneutral\n")
    monkeypatch.setenv("BABELPROOF_DATA", str(tmp_path))
    monkeypatch.setitem(shipping.REAL, "nli", "folder:real")
    monkeypatch.setattr(shipping, "AUTHORED", {"nli": (TaskData("nli", "everyday", 2),)})
    for name, config in (("one", ONE), ("other", OTHER)):
        (tmp_path / f"{name}.json").write_text(json.dumps(configs.to_dict(config)))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(threads)


def weights(run):
    return load_file(runs.checkpoint(run) / "model.safetensors")


def test_what_is_trained_once_for_all_is_what_each_would_have_trained(place, runs_root, tmp_path):
    shipping.share_stages(["one", "other"], runs_root)
    other = runs.create(OTHER)
    begun = [json.loads(line) for line in (other.path / "progress.jsonl").read_text().splitlines()]
    assert {row["stage"] for row in begun} == {0} and not (other.path / "checkpoint").exists()
    shipping.share_stages(["one", "other"], runs_root)  # is done, and does nothing
    together = weights(execute(other))
    alone = weights(execute(runs.create(OTHER, tmp_path / "alone")))
    assert together.keys() == alone.keys() and all(together[key].equal(alone[key]) for key in alone)
    assert not all(weights(execute(runs.create(ONE)))[key].equal(alone[key]) for key in alone), "the last stages differ"


def test_what_is_trained_once_is_no_more_than_all_have(place, runs_root):
    for name, config in (("one", replace(ONE, stages=LATER)), ("other", replace(OTHER, stages=(*OTHER.stages, STAGE)))):
        (place / f"{name}.json").write_text(json.dumps(configs.to_dict(config)))
    shipping.share_stages(["one", "other"], runs_root)
    begun = [runs.create(shipping.recipe(name)) for name in ("one", "other")]
    assert [{json.loads(line)["stage"] for line in (run.path / "progress.jsonl").read_text().splitlines()} for run in begun] == [{0}, {0}]


def test_a_model_ships_once_with_its_card_and_without_the_texts_of_real_data(place, runs_root, monkeypatch):
    shipping.make("one")
    run = runs.find("one", runs.SHIPPED)
    assert run.state == "finished" and (runs.checkpoint(run) / "shared.json").exists() and (runs.checkpoint(run) / "README.md").exists()
    assert runs.read_predictions(run)["text"].notna().all()
    real = runs.find("one-real", runs.SHIPPED)
    assert runs.read_predictions(real)["text"].isna().all() and real.config.encoder == "one"
    assert real.config.evaluation.languages == ("en", "sw"), "English first, and those of the miniature"
    authored = runs.find("one-everyday", runs.SHIPPED)
    assert runs.read_predictions(authored)["text"].notna().all() and runs.read_scores(authored)["language"].nunique() == 20
    monkeypatch.setattr(shipping, "execute", lambda run: pytest.fail("it ships already"))
    shipping.make("one")


def test_what_ships_is_scored_anew_and_else_stays_as_it_is(place, runs_root):
    shipping.make("one")
    run = runs.find("one", runs.SHIPPED)
    scores, made, whole = runs.read_scores(run), runs.read_provenance(run), weights(run)
    (run.path / "manifest.json").unlink()
    trained = {name: digest for name, digest in made["data"].items() if name.endswith(" train")}
    runs.finish(run, runs.read_predictions(run), scores.assign(value=0.0), made | {"data": dict.fromkeys(made["data"], "old") | trained})
    shipping.rescore("one")
    again = runs.find("one", runs.SHIPPED)
    assert runs.read_scores(again).equals(scores) and (again.created, again.config) == (run.created, run.config)
    assert runs.read_provenance(again) == made | {"scored": made["commit"]} and len(trained) == 1
    assert all(weight.equal(whole[name]) for name, weight in weights(again).items())
    with pytest.raises(InputError, match="holds scores of one already"):
        shipping.rescore("one")


def test_models_of_one_task_leave_what_they_have_in_common_with_the_first(place, runs_root, monkeypatch):
    monkeypatch.setattr(results, "MODELS", {"nli": ("one", "other"), "topic": ()})
    with pytest.raises(InputError, match="There is no one to share weights with; make it first"):
        shipping.make("other")
    shipping.make("one")
    shipping.score("other")
    assert not (runs.SHIPPED / "other").exists() and [run.state for run in runs.all_runs(shipped=False) if run.config == OTHER] == ["finished"]
    shipping.make("other")
    named = [json.loads((runs.checkpoint(runs.find(name, runs.SHIPPED)) / "shared.json").read_text())["with"] for name in ("one", "other")]
    assert named == ["mini", "one"]
    trained = weights(runs.find(next(run.id for run in runs.all_runs(shipped=False) if run.config == OTHER)))
    whole = models.load("other").network.state_dict()
    assert all(torch.equal(whole[name], weight.half().float()) for name, weight in trained.items())


def test_recipes_that_differ_early_share_nothing(place, runs_root):
    (place / "other.json").write_text(json.dumps(configs.to_dict(replace(OTHER, seed=2))))
    with pytest.raises(InputError, match="The recipe other differs from one in its first stage or its seed"):
        shipping.share_stages(["one", "other"], runs_root)
