"""Learning from a teacher of English: which words are matched, the loss by hand, what is refused, and a job with a small teacher."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoTokenizer, XLMRobertaForMaskedLM

from engine.errors import InputError
from engine.pretraining import corpus, loop, pretrain, teacher
from engine.pretraining.batches import Batches, Texts
from tests.test_pretraining import TINY

TAUGHT = replace(TINY, distillation=0.4, detection=0.2, ranking=0.1, alignment=0.1, distillation_batch=6, steps=8, copying=0)


def test_words_are_numbered_where_both_read_the_same_text(tiny_xlmr, tiny_bert):
    student, master = AutoTokenizer.from_pretrained(tiny_xlmr), AutoTokenizer.from_pretrained(tiny_bert)
    texts = [("The doctor arrived, quietly.", "The doctor arrived, quietly."), ("Der Arzt kam an.", "The doctor arrived.")]
    ids, mask, words, ids_t, mask_t, words_t, count = teacher.lesson(texts, student, master)
    assert ids.shape == mask.shape == words.shape and ids_t.shape == mask_t.shape == words_t.shape and int(count) == 4
    assert (words[1] == -1).all() and (words_t[1] == -1).all(), "a translation has no words in common"
    for tokenizer, given, numbers in ((student, ids, words), (master, ids_t, words_t)):
        said = [tokenizer.decode(given[0][numbers[0] == n]).replace(" ", "").lower() for n in range(4)]
        assert said == ["the", "doctor", "arrived", "quietly"]
        assert {int(n) for n in numbers[0][given[0] == tokenizer.convert_tokens_to_ids(",")]} <= {-1}


def test_the_loss_by_hand():
    states = torch.tensor([[[3.0, 4.0], [1.0, 0.0], [9.0, 9.0]]])  # what the student says; the last token is padding
    says = torch.tensor([[[0.0, 2.0], [2.0, 0.0]]])
    student = SimpleNamespace(roberta=lambda **given: SimpleNamespace(last_hidden_state=states))
    master = SimpleNamespace(network=lambda **given: SimpleNamespace(last_hidden_state=says))
    same = torch.nn.Identity()
    mask, words = torch.tensor([[1, 1, 0]]), torch.tensor([[-1, 0, -1]])
    given = (mask, mask, words, mask[:, :2], mask[:, :2], torch.tensor([[0, -1]]), torch.tensor(1))
    found = float(teacher.distillation_loss(student, {"mean": same, "first": same, "word": same}, master, given))
    # Mean of the student (2, 2) and of the teacher (1, 1): cosine 1. First token (3, 4): 7 / (5 sqrt 2). The word: (1, 0) and (0, 1), cosine 0.
    assert found == pytest.approx(((1 - 1) + (1 - 7 / (5 * 2**0.5)) + (1 - 0)) / 3, abs=1e-6)
    without = (*given[:6], torch.tensor(0))
    assert float(teacher.distillation_loss(student, {"mean": same, "first": same}, master, without)) == pytest.approx((1 - 7 / (5 * 2**0.5)) / 2, abs=1e-6)


def test_a_lesson_pairs_any_language_with_english(tiny_xlmr, tiny_bert):
    units = [{"en": f"word {i}", "sw": f"neno {i}", "en~2": f"a word {i}"} for i in range(5)] + [{"de": "Wort", "sw": "neno"}]
    tokenizer = AutoTokenizer.from_pretrained(tiny_xlmr)
    draw = Batches(tokenizer, Texts([], units, [], []), [], [], [], [], 24, 0.25)
    rng, seen = random.Random(1), set()
    for _ in range(40):
        text, english = draw._taught_pair(rng)
        seen.add(text.split()[0])
        assert english == f"word {text.split()[-1]}"
    assert seen == {"word", "neno", "a"}
    assert draw.lesson(3, rng, AutoTokenizer.from_pretrained(tiny_bert))[0].shape[0] == 3


def test_texts_whose_licence_excludes_commercial_use_are_left_out(tmp_path):
    (tmp_path / "nli_en").mkdir()
    rows = [("hw", "mnli-train", "A man reads a book.", "A man reads."), ("sick", "sick-train", "A dog runs away.", "No dog runs."), ("cad", "cad-train", "A man reads a book.", "Go away.")]
    text = "source\tsplit\tgenre\tpremise\thypothesis\tlabel\n" + "".join(f"{a}\t{b}\tg\t{c}\t{d}\tneutral\n" for a, b, c, d in rows)
    (tmp_path / "nli_en" / "train.tsv").write_text(text)
    assert list(corpus.english_texts(tmp_path)) == ["A man reads a book.", "A man reads."], "once each, and three words or more"
    assert list(corpus.english_texts(tmp_path / "nowhere")) == []


def test_a_taught_encoder_keeps_no_maps_and_names_its_teacher(tiny_bert, tmp_path):
    pretrain.pretrain(TAUGHT, None, tmp_path / "encoder", teacher=tiny_bert)
    made = json.loads((tmp_path / "encoder" / "pretraining.json").read_text())
    assert re.fullmatch("[0-9a-f]{64}", made["teacher"]) and made["distillation"] == 0.4
    written = json.loads((tmp_path / "encoder" / "tokenizer.json").read_text())
    assert written["padding"] is None and written["truncation"] is None, "as fine-tuning writes it, so that checkpoints can share it"
    network = XLMRobertaForMaskedLM.from_pretrained(tmp_path / "encoder")
    assert not [name for name in network.state_dict() if "maps" in name or "detector" in name]
    assert network.config.hidden_dropout_prob == 0.1, "fine-tuning has its dropout back"
    *_, last = map(json.loads, (tmp_path / "encoder" / "pretraining.jsonl").read_text().splitlines())
    assert 0 < last["distillation"] < 2 and set(last) <= {"step", *loop.KINDS}


def test_workers_change_no_weight(tmp_path):
    found = []
    for workers in (0, 2):
        pretrain.pretrain(replace(TINY, steps=6), None, tmp_path / str(workers), workers=workers)
        found.append(XLMRobertaForMaskedLM.from_pretrained(tmp_path / str(workers)).state_dict())
    assert all(torch.equal(found[0][k], found[1][k]) for k in found[0])


def test_what_is_no_teacher_is_refused(tiny_bert, tmp_path):
    for folder in (tmp_path, Path("mini")):  # the second is a name that `train --encoder` knows, and no folder
        with pytest.raises(InputError, match=r"There is no teacher in .*: it holds no model.safetensors"):
            pretrain.pretrain(TAUGHT, None, tmp_path / "a", teacher=folder)
    for config, given in ((TAUGHT, None), (TINY, tiny_bert)):
        with pytest.raises(InputError, match="A teacher belongs with a share of steps that learn from it"):
            pretrain.pretrain(config, None, tmp_path / "b", teacher=given)
    assert not list(tmp_path.iterdir()), "nothing is left behind"
