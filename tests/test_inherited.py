"""A student that begins as its teacher: the fit against a dense solution, which layers are taken, what is refused, and a job."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, XLMRobertaForMaskedLM

from engine import catalog, models
from engine.errors import InputError
from engine.pretraining import further, inherited, pretrain, ship, teacher
from engine.pretraining.batches import Texts
from tests.test_pretraining import TINY

HEIR = replace(TINY, width=32, layers=1, heads=2, positions=62, text_length=24, inherited=True, distillation=0.4, detection=0.2, ranking=0.1, alignment=0.1, distillation_batch=6, steps=4)

LARGE = replace(HEIR, layers=2, shared_layers=1, alignment=0.0)


@pytest.fixture(scope="module")
def master(tiny_bert):
    return teacher.load(tiny_bert)


@pytest.fixture(scope="module")
def texts():
    real = [{"en": "The doctor arrived.", "en~2": "A doctor came.", "de": "Der Arzt kam an."}, {"en": "x" * 700, "de": "lang"}, {"de": "Wort", "sw": "neno"}]
    scenes = [{"en": "The cat slept.", "ru": "Кошка спала."}, {"en": "The dog ran.", "ru": "Собака бежала."}]
    return Texts(scenes, real, [{"en": "house", "sw": "nyumba"}], ["The doctor slept here.", "The doctor ran."])


def test_examples_say_in_every_language_what_the_english_says(texts, master):
    found = list(inherited.examples(texts, master))
    assert ("Der Arzt kam an.", "The doctor arrived.", 1.0) in found and ("A doctor came.", "A doctor came.", 1.0) in found
    assert ("nyumba", "house", 1.0) in found and ("Кошка спала.", "The cat slept.", 0.5) in found
    assert not [text for text, *_ in found if text in ("lang", "neno", "Собака бежала.")], "no passage, nothing without English, half of the scenes"
    weights = {text: weight for text, english, weight in found if text == english}
    assert weights["doctor"] > weights["The"] / 2 > 0 and "here" not in weights, "words that occur more than once"


def test_token_vectors_are_the_ridge_solution(texts, master, tiny_xlmr):
    tokenizer = AutoTokenizer.from_pretrained(tiny_xlmr)
    found = inherited.token_vectors(texts, tokenizer, master).numpy()
    given = master.network.embeddings.word_embeddings.weight.detach().numpy()
    seen = [(*(coder(text, add_special_tokens=False)["input_ids"] for coder, text in ((tokenizer, a), (master.tokenizer, b))), w) for a, b, w in inherited.examples(texts, master)]
    distinct = {english: None for _, english, _ in inherited.examples(texts, master)}
    centre = np.mean([given[i] for english in distinct for i in master.tokenizer(english, add_special_tokens=False)["input_ids"]], axis=0)
    rows, targets = np.zeros((len(seen), len(tokenizer))), np.zeros((len(seen), given.shape[1]))
    for row, (ours, theirs, weight) in enumerate(seen):
        scale = (weight * min(len(ours), inherited.LONGEST)) ** 0.5
        np.add.at(rows[row], ours, scale / len(ours))
        targets[row] = scale * (given[theirs] - centre).mean(0)
    exact = np.linalg.solve(rows.T @ rows + inherited.PENALTY * np.eye(len(tokenizer)), rows.T @ targets) + centre
    assert np.abs(found[5:] - exact[5:]).max() < 0.01 * np.abs(exact - centre).max()
    unseen = rows.any(0) == 0
    assert unseen[5:].any() and np.allclose(found[5:][unseen[5:]], centre, atol=1e-5), "a piece that no text holds says nothing in particular"
    assert np.array_equal(found[tokenizer.mask_token_id], given[master.tokenizer.mask_token_id])
    assert np.array_equal(found[tokenizer.bos_token_id], given[master.tokenizer.cls_token_id])


def test_layers_that_add_nothing_are_left_out(tiny_bert):
    heir = teacher.load(tiny_bert)
    idle = heir.network.encoder.layer[0]
    with torch.no_grad():
        for part in (idle.attention.output, idle.output):  # adds nothing to what it is given
            part.dense.weight.zero_()
            part.dense.bias.zero_()
    every = heir.network.encoder.layer
    assert inherited.nearest_layers(heir, 1, ["The cat slept.", "A dog ran in the garden."]) == [1]
    assert heir.network.encoder.layer is every, "the teacher is whole again"


def test_an_heir_begins_with_its_teachers_layers_and_learns(tiny_bert, tmp_path, master):
    pretrain.pretrain(HEIR, None, tmp_path / "encoder", teacher=tiny_bert)
    start = XLMRobertaForMaskedLM.from_pretrained(tmp_path / "encoder.work" / "inherited")
    (one,) = start.roberta.encoder.layer
    same = [all(torch.equal(one.state_dict()[k], v) for k, v in layer.state_dict().items()) for layer in master.network.encoder.layer]
    assert sum(same) == 1
    end = XLMRobertaForMaskedLM.from_pretrained(tmp_path / "encoder", dtype=torch.float32)
    moved = {k: float((v - end.state_dict()[k]).abs().max()) for k, v in start.state_dict().items()}
    assert min(moved[f"roberta.{k}.weight"] for k in ("encoder.layer.0.output.dense", "embeddings.word_embeddings")) > 1e-5
    made = json.loads((tmp_path / "encoder" / "pretraining.json").read_text())
    assert made["inherited"] is True and made["teacher"] == master.sha256


@pytest.fixture(scope="module")
def two_sizes(tiny_bert, tmp_path_factory):
    """An encoder of one layer, and one of two layers that shares the first and the embeddings."""
    folder = tmp_path_factory.mktemp("sizes")
    pretrain.pretrain(HEIR, None, folder / "little", teacher=tiny_bert)
    pretrain.pretrain(LARGE, None, folder / "large", teacher=tiny_bert, share=folder / "little")
    return folder / "little", folder / "large"


def test_an_encoder_shares_embeddings_and_lowest_layers_and_trains_the_others(two_sizes, master):
    little, large = (load_file(folder / "model.safetensors") for folder in two_sizes)
    common = {key for key in little if "embeddings." in key or "layer.0." in key}
    assert len(common) > 15 and all(torch.equal(little[key], large[key]) for key in common)
    key = "output.dense.weight"
    theirs = master.network.encoder.layer[1].state_dict()[key].half()
    assert 0 < float((large[f"roberta.encoder.layer.1.{key}"] - theirs).abs().max()) < 0.1, "it begins as the teacher, and moves"
    made = json.loads((two_sizes[1] / "pretraining.json").read_text())
    assert made["share"]["sha256"] == hashlib.sha256((two_sizes[0] / "model.safetensors").read_bytes()).hexdigest()
    assert made["share"]["layers"] == 1 and made["shared_layers"] == 1


def test_an_encoder_that_is_grown_can_leave_what_it_began_with_as_it_is(two_sizes, tiny_bert, tmp_path):
    config = replace(LARGE, inherited=False, layers=3)
    pretrain.pretrain(config, None, tmp_path / "grown", teacher=tiny_bert, start=two_sizes[1])
    before, after = (load_file(folder / "model.safetensors") for folder in (two_sizes[1], tmp_path / "grown"))
    still = {key for key in before if key in after and torch.equal(before[key], after[key])}
    assert {key for key in before if "embeddings." in key or "layer.0." in key} <= still
    assert not [key for key in still if "layer.1." in key and key.endswith("dense.weight")], "what is above them learns"
    top = [float(weight.abs().max()) for key, weight in after.items() if "layer.2." in key and key.endswith("output.dense.weight")]
    assert len(top) == 2 and min(top) > 0, "and so does the new layer"


def test_a_shipped_encoder_that_shares_weights_is_read_as_the_whole(two_sizes, tmp_path, monkeypatch):
    little, large = two_sizes
    monkeypatch.setattr(catalog, "ENCODERS", {"little": tmp_path / "little", "large": tmp_path / "large"})
    ship.ship(little, "little")
    ship.ship(large, "large", "little")
    assert (tmp_path / "large" / "model.safetensors").stat().st_size < 0.6 * (large / "model.safetensors").stat().st_size
    assert not (tmp_path / "large" / "tokenizer.json").exists()
    (tokenizer, whole), (again, slim) = (models.load_encoder(name) for name in (str(large), "large"))
    ids = torch.tensor([tokenizer("The cat slept.")["input_ids"]])
    assert again("The cat slept.")["input_ids"] == ids[0].tolist()
    assert torch.equal(whole(input_ids=ids).last_hidden_state, slim(input_ids=ids).last_hidden_state)
    assert models.load_network("large", str(tmp_path / "large"), ("a", "b"), any_head=True).config.num_hidden_layers == 2
    assert further.read(tmp_path / "large").config.num_hidden_layers == 2 and len(pretrain.load_tokenizer(tmp_path / "large", HEIR)) == len(tokenizer)
    ship.ship(large, "large")
    assert (tmp_path / "large" / "tokenizer.json").exists() and not (tmp_path / "large" / "shared.json").exists(), "shipped anew, it shares nothing"
    with pytest.raises(InputError, match="large cannot share its weights with itself"):
        ship.ship(large, "large", "large")
    with pytest.raises(InputError, match=r"There is no config\.json in .*nowhere"):
        ship.ship(tmp_path / "nowhere", "large")


def test_an_encoder_that_lacks_weights_is_refused(two_sizes, tmp_path):
    shutil.copytree(two_sizes[1], tmp_path / "torn")
    weights = load_file(tmp_path / "torn" / "model.safetensors")
    del weights["roberta.encoder.layer.1.output.dense.weight"]
    save_file(weights, tmp_path / "torn" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"lack 1 weights that its network needs, for example encoder\.layer\.1\.output\.dense\.weight"):
        models.load_encoder(str(tmp_path / "torn"))
    with pytest.raises(InputError, match=r"lack 1 of those that an encoder has, for example roberta\.encoder\.layer\.1\.output\.dense\.weight"):
        further.read(tmp_path / "torn")


def test_what_cannot_be_shared_is_refused(two_sizes, tiny_bert, tmp_path):
    with pytest.raises(InputError, match="`shared_layers` needs the encoder whose layers are shared"):
        pretrain.pretrain(HEIR, None, tmp_path / "encoder", teacher=tiny_bert, share=two_sizes[0])
    with pytest.raises(InputError, match="Words are aligned at the middle layer, which would be shared"):
        replace(LARGE, alignment=0.1)
    with pytest.raises(InputError, match="Of 1 layers at most 0 can be shared"):
        replace(HEIR, shared_layers=1)
    with pytest.raises(InputError, match="`shared_layers` needs the encoder whose layers are shared"):
        pretrain.pretrain(LARGE, None, tmp_path / "encoder", teacher=tiny_bert)
    with pytest.raises(InputError, match="Above what is shared by --share an encoder begins with layers of a teacher; set `inherited`"):
        pretrain.pretrain(replace(LARGE, inherited=False), None, tmp_path / "encoder", teacher=tiny_bert, share=two_sizes[0])
    with pytest.raises(InputError, match=r"of width 32 with 2 heads and 62 positions cannot share its embeddings and 2 of its layers"):
        pretrain.pretrain(replace(LARGE, layers=3, shared_layers=2, inherited=False), None, tmp_path / "encoder", teacher=tiny_bert, start=two_sizes[0])
    with pytest.raises(InputError, match=r"has width, layers, heads and positions \(32, 1, 2, 62\); one of width 32 with 2 heads and 60 positions cannot share"):
        pretrain.pretrain(replace(LARGE, positions=60), None, tmp_path / "encoder", teacher=tiny_bert, share=two_sizes[0])


def test_maps_to_the_teacher_begin_as_the_identity(master):
    state = torch.randn(3, 32)
    assert all(torch.allclose(one(state), state) for one in teacher.heads(32, master).values())


def test_what_cannot_be_inherited_is_refused(tiny_bert, tiny_xlmr, tmp_path):
    for config, given, reason in (
        (replace(HEIR, width=16), {"teacher": tiny_bert}, r"The teacher has width 32, 2 heads, 2 layers and 64 positions; a student of width 16 with 2 heads, 1 layers"),
        (replace(HEIR, layers=3), {"teacher": tiny_bert}, "with 2 heads, 3 layers and 62 positions cannot begin with its layers"),
        (replace(HEIR, positions=65), {"teacher": tiny_bert}, "65 positions cannot begin"),
        (HEIR, {"teacher": tiny_xlmr}, "The teacher is of the type xlm-roberta; `inherited` reads layers of the type bert"),
        (HEIR, {"teacher": tiny_bert, "start": tmp_path}, "`inherited` and --start both say where the weights begin"),
        (replace(HEIR, distillation=0.0), {}, "or with `inherited`, which takes its layers; give --teacher"),
    ):
        with pytest.raises(InputError, match=reason):
            pretrain.pretrain(config, None, tmp_path / "encoder", **given)
    assert not list(tmp_path.iterdir()), "nothing is left behind"
