"""Checkpoints that leave out what their encoder has: they load as the whole, and say what is wrong when they cannot."""

import json
import shutil
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from engine import archive, catalog, files, models, runs, shared
from engine.config import RunConfig
from engine.errors import InputError
from engine.results import Example
from tests.test_store import cell, finished

NLI = ("entailment", "neutral", "contradiction")
PAIR = [Example("1", "nli", "en", "The dog slept.", text_pair="An animal slept.", language_pair="en")]


@pytest.fixture
def encoder(tiny_xlmr, tmp_path, monkeypatch):
    """An encoder folder that counts as shipped, and a classifier of the same embeddings and another first layer."""
    folder, tuned = tmp_path / "encoder", tmp_path / "tuned"
    shutil.copytree(tiny_xlmr, folder)
    shutil.copytree(tiny_xlmr, tuned)
    weights = load_file(tuned / "model.safetensors")
    weights["roberta.encoder.layer.0.output.dense.weight"] *= 2
    save_file(weights, tuned / "model.safetensors", metadata={"format": "pt"})
    monkeypatch.setitem(catalog.ENCODERS, "little", folder)
    return folder, tuned


def test_a_slim_checkpoint_is_the_whole_again(encoder):
    folder, tuned = encoder
    whole = models.load(str(tuned))
    left_out = shared.slim(tuned, "little", catalog.shareable())
    kept = load_file(tuned / "model.safetensors")
    assert list(kept) == ["roberta.encoder.layer.0.output.dense.weight"] and not (tuned / "tokenizer.json").exists()
    assert left_out == sum(p.numel() for p in whole.network.parameters()) - kept["roberta.encoder.layer.0.output.dense.weight"].numel()
    again = models.load(str(tuned))
    for name, weight in whole.network.state_dict().items():
        assert torch.equal(weight, again.network.state_dict()[name]), name
    first, second = (m.predict(PAIR)[0].probabilities for m in (whole, again))
    assert first == pytest.approx(second, abs=1e-6) and again.labels == whole.labels == NLI


def test_training_goes_on_from_a_slim_checkpoint_with_other_labels(encoder):
    folder, tuned = encoder
    shared.slim(tuned, "little", catalog.shareable())
    network = models.load_network("tuned", str(tuned), ("different", "paraphrase"), any_head=True)
    assert network.classifier.out_proj.out_features == 2
    assert torch.equal(network.roberta.embeddings.word_embeddings.weight, load_file(folder / "model.safetensors")["roberta.embeddings.word_embeddings.weight"])
    with pytest.raises(InputError, match="lack 2 weights that its network needs"):
        models.load_network("tuned", str(tuned), ("different", "paraphrase"))


def test_nothing_in_common_is_refused(encoder, tiny_bert, tmp_path):
    folder, tuned = encoder
    with pytest.raises(InputError, match="shares no weights or not the tokenizer with little"):
        shared.slim(tiny_bert, "little", catalog.shareable())
    (tuned / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="train with frozen embeddings"):
        shared.slim(tuned, "little", catalog.shareable())


def test_another_encoder_than_it_was_made_with_is_refused(encoder):
    folder, tuned = encoder
    shared.slim(tuned, "little", catalog.shareable())
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1] + b"!")
    shared._fingerprint.cache_clear()
    with pytest.raises(InputError, match="was made with other weights of little"):
        models.load(str(tuned))


@pytest.mark.parametrize("content", ["{", "[]", "{}", json.dumps({"with": "large"})])
def test_a_damaged_note_is_said(encoder, content):
    folder, tuned = encoder
    shared.slim(tuned, "little", catalog.shareable())
    (tuned / shared.FILE).write_text(content)
    with pytest.raises(InputError, match=r"shared.json must name one of mini, .*little"):
        models.load(str(tuned))


def test_a_model_may_share_with_one_that_shares_itself(encoder, tmp_path, monkeypatch):
    folder, tuned = encoder
    further = shutil.copytree(tuned, tmp_path / "further")
    weights = load_file(further / "model.safetensors")
    weights["classifier.dense.weight"] += 1
    save_file(weights, further / "model.safetensors", metadata={"format": "pt"})
    whole = models.load(str(further)).network.state_dict()
    monkeypatch.setitem(catalog.ENCODERS, "tuned", tuned)
    shared.slim(tuned, "little", catalog.shareable())
    shared.slim(further, "tuned", catalog.shareable())
    assert list(load_file(further / "model.safetensors")) == ["classifier.dense.weight"]
    again = models.load(str(further))
    assert all(torch.equal(weight, whole[name]) for name, weight in again.network.state_dict().items())
    assert again.predict(PAIR)[0].label in NLI
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1] + b"!")
    shared._fingerprint.cache_clear()
    with pytest.raises(InputError, match="was made with other weights of little"):
        models.load(str(further))


def test_truncated_weights_are_said(encoder):
    folder, tuned = encoder
    shared.slim(tuned, "little", catalog.shareable())
    (tuned / "model.safetensors").write_bytes((tuned / "model.safetensors").read_bytes()[:100])
    with pytest.raises(InputError, match="The weights of .* cannot be read .*: the file is cut off or damaged; restore it"):
        models.load(str(tuned))


def test_an_exported_run_has_all_its_weights_and_needs_no_encoder_beside_it(encoder, tmp_path):
    folder, tuned = encoder
    root = tmp_path / "runs"
    run = finished(root, RunConfig(), cell("aaab"))
    whole = models.load(str(tuned)).network.state_dict()
    shared.slim(tuned, "little", catalog.shareable())
    shutil.copytree(tuned, runs.checkpoint(run), dirs_exist_ok=True)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    with zipfile.ZipFile(archive.export(run.id, tmp_path / "run.zip", root)) as zipped:
        zipped.extractall(tmp_path / "elsewhere")
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before

    again = runs.find(run.id, tmp_path / "elsewhere")
    assert again.state == "finished" and not (runs.checkpoint(again) / shared.FILE).exists()
    shutil.rmtree(folder)
    loaded = AutoModelForSequenceClassification.from_pretrained(runs.checkpoint(again))
    assert all(torch.equal(weight, whole[name]) for name, weight in loaded.state_dict().items())
    assert AutoTokenizer.from_pretrained(runs.checkpoint(again)).tokenize("The dog slept.")
    listed = json.loads((again.path / "manifest.json").read_text())["files"]
    assert listed["checkpoint/model.safetensors"]["sha256"] == files.sha256(runs.checkpoint(again) / "model.safetensors")


def test_a_torn_checkpoint_is_not_exported(encoder, tmp_path):
    folder, tuned = encoder
    run = finished(tmp_path / "runs", RunConfig(), cell("aaab"))
    shared.slim(tuned, "little", catalog.shareable())
    shutil.copytree(tuned, runs.checkpoint(run), dirs_exist_ok=True)
    (runs.checkpoint(run) / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"The weights of .*checkpoint cannot be read"):
        archive.export(run.id, tmp_path / "run.zip", tmp_path / "runs")
    assert not (tmp_path / "run.zip").exists()
