"""Pretraining: embeddings that put translations together, the losses by hand, and a killed job that ends the same."""

import json
import math
import os
import signal
from dataclasses import replace

import pytest
import torch
from torch.nn import functional
from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaForMaskedLM

from engine import models
from engine.errors import InputError
from engine.pretraining import objectives, pretrain
from engine.pretraining.corpus import miniature_units, real_units
from engine.pretraining.initial import svd_embeddings
from engine.pretraining.objectives import choose_masked, masked_lm_loss, mean_pool, ranking_loss
from engine.pretraining.pretrain import PretrainConfig

TINY = PretrainConfig(
    vocabulary=700, width=16, layers=1, heads=2, positions=64, scenes=20, text_length=24, ranking_steps=6, masked_steps=6,
    ranking_batch=4, masked_batch=4, ranking_kept=0.5, save_every=4,
)


# ---- Embeddings


def test_translations_start_together_and_strangers_apart():
    # Three meanings, said in two languages by words 1, 11 and 2, 12 and 3, 13; four, three and two texts of them.
    units = [[[m], [10 + m]] for m, count in ((1, 4), (2, 3), (3, 2)) for _ in range(count)]
    found = svd_embeddings(units, 20, 3, seed=1)
    assert found.shape == (20, 3)
    directions = functional.normalize(found, dim=-1)
    for first in (1, 2, 3):
        assert float(found[first].norm()) == pytest.approx(0.5, abs=1e-5)
        assert float(directions[first] @ directions[10 + first]) > 0.9
        for other in {1, 2, 3} - {first}:
            assert abs(float(directions[first] @ directions[10 + other])) < 0.1
            assert abs(float(directions[first] @ directions[other])) < 0.1
    unseen = [i for i in range(20) if i % 10 not in (1, 2, 3)]
    assert 0 < float(found[unseen].abs().max()) < 0.1
    assert torch.equal(found, svd_embeddings(units, 20, 3, seed=1))


# ---- Losses


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, max_position_embeddings=20,
        type_vocab_size=1, bos_token_id=0, pad_token_id=1, eos_token_id=2, initializer_range=0.3,
    )
    return XLMRobertaForMaskedLM(config).eval()


def test_the_mean_leaves_padding_out():
    hidden = torch.tensor([[[2.0, 4.0], [4.0, 0.0], [100.0, 100.0]]])
    assert mean_pool(hidden, torch.tensor([[1, 1, 0]])).tolist() == [[3.0, 2.0]]


def test_the_ranking_loss_by_hand(network, monkeypatch):
    class Encoder:
        def roberta(self, input_ids, attention_mask):
            return type("O", (), {"last_hidden_state": input_ids.unsqueeze(-1) * torch.tensor([1.0, 0.0]) + torch.tensor([0.0, 1.0])})

    # Vectors (1, 1) and (0, 1), translated as themselves: cosines 1 on the diagonal and 1/sqrt 2 beside it.
    ids = torch.tensor([[1], [0], [1], [0]])
    found = float(ranking_loss(Encoder(), ids, torch.ones_like(ids), scale=2.0))
    assert found == pytest.approx(math.log1p(math.exp(2 * (math.sqrt(0.5) - 1))), abs=1e-6)


def test_ranking_is_easy_where_translations_are_equal(network):
    ids = torch.tensor([[0, 7, 8, 2], [0, 20, 21, 2], [0, 7, 8, 2], [0, 20, 21, 2]])
    mask = torch.ones_like(ids)
    with torch.no_grad():
        assert float(ranking_loss(network, ids, mask)) < float(ranking_loss(network, ids[[0, 1, 3, 2]], mask))


def test_masked_lm_predicts_the_chosen_tokens_alone(network, monkeypatch):
    ids, mask = torch.tensor([[0, 7, 8, 9, 2]]), torch.ones(1, 5, dtype=torch.long)
    chosen = torch.tensor([[False, True, False, True, False]])
    monkeypatch.setattr(objectives.torch, "rand", lambda *a, **k: torch.full((1, 5), 0.5))  # all chosen become <mask>
    with torch.no_grad():
        found = float(masked_lm_loss(network, ids, mask, chosen, torch.Generator().manual_seed(1)))
        full = network(input_ids=torch.tensor([[0, 4, 8, 4, 2]]), attention_mask=mask).logits[0]
    assert found == pytest.approx(float(functional.cross_entropy(full[[1, 3]], torch.tensor([7, 9]))), abs=1e-5)


def test_special_tokens_are_never_chosen_and_others_at_the_rate():
    ids = torch.tensor([[0, 1, 2, 3, 4, *range(5, 45)]] * 500)
    chosen = choose_masked(ids, 0.3, torch.Generator().manual_seed(1))
    assert not chosen[:, :5].any()
    assert float(chosen[:, 5:].float().mean()) == pytest.approx(0.3, abs=0.01)


def test_the_rate_rises_and_falls_once_a_phase():
    config = replace(TINY, ranking_steps=100, masked_steps=200, ranking_rate=1.0, masked_rate=2.0)
    rates = [pretrain._rate(config, s) for s in range(300)]
    assert rates[0] == pytest.approx(0.2 * 0.991) and rates[99] == pytest.approx(0.1)
    assert rates[100] == pytest.approx(2 * 0.1 * (1 - 0.9 / 200)) and rates[299] == pytest.approx(0.2)
    assert max(rates[:100]) == rates[4] and max(rates[100:]) == rates[109]


# ---- Text


def test_miniature_units_say_one_scene_twice_in_every_language():
    units = list(miniature_units(5, seed=3))
    assert units == list(miniature_units(5, seed=3)) != list(miniature_units(5, seed=4))
    for unit in units:
        assert {k.removesuffix("~2") for k in unit} == {"ar", "de", "en", "ru", "sw", "zh"} and len(unit) == 12


def test_real_units_join_what_is_parallel(tmp_path):
    bible = tmp_path / "parallel" / "bible"
    bible.mkdir(parents=True)
    (bible / "en.one.tsv").write_text('ref\ttext\n1.1.1\tIn the "beginning\n1.1.2\tonly English\n19.1.1\tpsalm\n')
    (bible / "en.two.tsv").write_text("ref\ttext\n1.1.1\tAt first\n")
    (bible / "sw.one.tsv").write_text("ref\ttext\n1.1.1\tMwanzo\n19.1.1\tzaburi\n1.1.3\t\n")
    assert list(real_units(tmp_path)) == [{"en": 'In the "beginning', "en~2": "At first", "sw": "Mwanzo"}]
    ntrex = tmp_path / "parallel" / "ntrex"
    ntrex.mkdir()
    for code in ("eng", "swa", "xxx"):
        (ntrex / f"newstest2019-ref.{code}.txt").write_text("".join(f"{code} {i}\n" for i in range(1_600)))
    units = list(real_units(tmp_path))[1:]
    assert len(units) == 1_500 and units[-1] == {"en": "eng 1499", "sw": "swa 1499"}, "the last lines are kept for measuring"
    with pytest.raises(InputError, match="No parallel text under"):
        list(real_units(tmp_path / "nowhere"))


# ---- The whole job


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("pretrained") / "encoder"
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    pretrain.pretrain(TINY, None, out)
    yield out
    torch.set_num_threads(before)


def weights(out):
    return XLMRobertaForMaskedLM.from_pretrained(out, dtype=torch.float32).state_dict()


def test_the_encoder_loads_and_speaks_every_script(finished):
    network = models.load_network("tiny", str(finished), ("entailment", "neutral", "contradiction"), any_head=True)
    tokenizer = models.load_tokenizer("tiny", str(finished), network)
    assert network.config.hidden_size == 16 and network.config.num_hidden_layers == 1
    assert models.max_length(tokenizer, network) == 64
    assert network.get_input_embeddings().num_embeddings == len(tokenizer) <= 700
    assert tokenizer.unk_token_id not in tokenizer("Привет 😀 हिन्दी ⴰⵣⵓⵍ")["input_ids"]
    written = json.loads((finished / "pretraining.json").read_text())
    assert PretrainConfig(**written) == TINY
    with pytest.raises(InputError, match="is an encoder without a classification head"):
        models.load(str(finished))


def test_pretraining_moves_the_weights_but_not_far(finished):
    start = torch.load(finished.with_name("encoder.work") / "svd.pt", weights_only=True)
    moved = (weights(finished)["roberta.embeddings.word_embeddings.weight"] - start).abs().max()
    assert 1e-5 < float(moved) < 0.02


@pytest.mark.parametrize("step", [3, 9])  # before the first saved state, and in the second phase between two
def test_a_killed_job_ends_with_the_same_weights(finished, tmp_path, step, monkeypatch):
    out = tmp_path / "encoder"
    child = os.fork() if hasattr(os, "fork") else pytest.skip("needs fork")
    if not child:
        real, done = pretrain._loss, []

        def killed(*given):
            done.append(1)
            if len(done) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given)

        pretrain._loss = killed
        pretrain.pretrain(TINY, None, out)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert not (out / "model.safetensors").exists()
    state = out.with_name("encoder.work") / "state.pt"
    assert (torch.load(state, weights_only=True)["step"] if state.exists() else 0) == step // 4 * 4
    pretrain.pretrain(TINY, None, out)
    first, second = weights(finished), weights(out)
    assert all(torch.equal(first[k], second[k]) for k in first)
    ids = [AutoTokenizer.from_pretrained(folder)("The cat slept.")["input_ids"] for folder in (finished, out)]
    assert ids[0] == ids[1]


def test_two_texts_must_fit():
    with pytest.raises(InputError, match="Two texts of 40 tokens do not fit 64 positions; give 84 or more."):
        replace(TINY, text_length=40)
