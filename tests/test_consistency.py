"""Cross-lingual consistency: the loss by hand, what teaches whom, where translations come from, and that they are followed."""

import math
import random
from dataclasses import replace

import pytest
import torch

from engine import data, models
from engine.config import Stage, TaskData
from engine.errors import InputError
from engine.training import consistency, loop
from engine.training.batches import training_sets
from engine.training.loop import Watcher, train_stage

PAIRS = TaskData("nli", "everyday", 42)
BOTH = Stage((TaskData("nli", "miniature", 30), PAIRS), epochs=1, batch_size=8, learning_rate=2e-3, consistency=1.0)


@pytest.fixture
def pairs():
    """Two examples, each with its translation into Swahili."""
    english, swahili = (data.examples(replace(PAIRS, limit=0), code, "train") for code in ("en", "sw"))
    return list(zip(english[:2], swahili[:2], strict=True))


def divergence(model, pairs):
    """The mean KL divergence between what is said of the originals and of the translations, from probabilities."""
    found = []
    for wanted, said in zip(*(model.predict(side) for side in zip(*pairs, strict=True)), strict=True):
        found.append(sum(p * math.log(p / said.probabilities[label]) for label, p in wanted.probabilities.items()))
    return sum(found) / len(found)


def test_the_loss_is_the_divergence_of_the_predictions(tiny_xlmr, pairs):
    model = models.load(str(tiny_xlmr))
    model.network.config.hidden_dropout_prob = 0.0
    for module in model.network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    wanted = divergence(model, pairs)
    assert wanted > 0 and float(consistency.loss(model, pairs).detach()) == pytest.approx(wanted, rel=1e-4)


def test_of_a_text_and_itself_it_is_nothing_and_the_original_does_not_learn(tiny_xlmr, pairs):
    model = models.load(str(tiny_xlmr))
    network = model.network.requires_grad_(True)
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    consistency.loss(model, [(e, e) for e, _ in pairs]).backward()
    assert network.training and all(p.grad is None or p.grad.abs().max() < 1e-5 for p in network.parameters())
    network.zero_grad()
    consistency.loss(model, pairs).backward()
    read = network.get_input_embeddings().weight.grad.abs().sum(1)
    english, swahili = (set(model.encode(list(side))["input_ids"].flatten().tolist()) for side in zip(*pairs, strict=True))
    assert all(read[token] == 0 for token in english - swahili) and any(read[token] > 0 for token in swahili - english)


# ---- Translations


def test_translations_are_the_same_items_in_all_other_languages():
    sets = training_sets(BOTH)
    known = consistency.translations(BOTH, sets)
    there = {e.id for e in data.examples(replace(PAIRS, limit=0), "sw", "train")}
    assert set(known) >= {e for e in sets[1] if e.id in there} and set(known) <= set(sets[1])
    for example, others in known.items():
        assert {o.id for o in others} == {example.id} and {o.label for o in others} == {None}
        assert "sw" in (said := [o.language for o in others]) and said == [code for code in data.languages(PAIRS) if code in said]


def test_of_a_batch_what_has_translations_is_drawn_with_one_in_any_language():
    sets = training_sets(BOTH)
    known = consistency.translations(BOTH, sets)
    first, second, *_ = known
    mixed = [sets[0][0], first, sets[0][1], second]
    found = consistency.drawn(mixed, known, random.Random(1))
    assert [e for e, _ in found] == [first, second] and all(said.id == e.id for e, said in found)
    assert len({consistency.drawn(mixed, known, random.Random(i))[0][1].language for i in range(400)}) == 19
    assert consistency.drawn(sets[0][:3], known, random.Random(1)) == [] == consistency.drawn(mixed, {}, random.Random(1))


def test_a_source_without_translations_is_refused(tiny_xlmr, tmp_path):
    alone = replace(BOTH, tasks=(TaskData("nli", "miniature", 30),))
    with pytest.raises(InputError, match="Consistency needs training texts with translations, and miniature has none; add the source everyday"):
        train_stage(models.load(str(tiny_xlmr)), alone, 0, 1, Watcher(lambda **values: None, lambda: False, tmp_path / "r.pt"))


# ---- Learning


def test_translations_come_to_be_read_like_the_originals(tiny_xlmr, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "development_set", lambda stage: [])  # keep the last weights
    alone = replace(BOTH, tasks=(PAIRS,), epochs=15)
    known = consistency.translations(alone, training_sets(alone))
    found = {}
    for weight in (0.0, 3.0):
        model = models.load(str(tiny_xlmr))
        train_stage(model, replace(alone, consistency=weight), 0, 1, Watcher(lambda **values: None, lambda: False, tmp_path / f"{weight}.pt"))
        found[weight] = divergence(model, [(e, said) for e, others in known.items() for said in others[:4]])
    assert found[3.0] < 0.5 * found[0.0]
