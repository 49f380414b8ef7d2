"""Pretraining: embeddings that put translations together, the losses by hand, and a killed job that ends the same."""

import collections
import dataclasses
import itertools
import json
import math
import random
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional
from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaForMaskedLM

from engine import models
from engine.errors import InputError
from engine.miniature import lexicon
from engine.miniature.meanings import CONTENT_SLOTS, Scene
from engine.miniature.realisation import CONTENT_TAGS, sentence
from engine.miniature.scenes import scenes, split_of
from engine.pretraining import batches, corpus, loop, objectives, pretrain
from engine.pretraining.batches import Batches, Texts, tokenise
from engine.pretraining.config import PretrainConfig
from engine.pretraining.corpus import changed_pair, miniature_units, real_units, verse_units
from engine.pretraining.grow import grow
from engine.pretraining.initial import look_for_equals, svd_embeddings
from engine.pretraining.objectives import (
    alignment_loss,
    changed_word_loss,
    choose_masked,
    masked_lm_loss,
    mean_pool,
    ranking_loss,
)
from engine.pretraining.tokenizer import train_tokenizer

TINY = PretrainConfig(
    vocabulary=1_500, width=16, layers=1, heads=2, positions=96, scenes=20, text_length=24, steps=12,
    copying=2, detection=0.3, ranking=0.2, alignment=0.3, ranking_batch=4, masked_batch=4, detection_batch=4, alignment_batch=2, save_every=4,
)


# ---- Embeddings


def test_translations_start_together_and_strangers_apart():
    # Three meanings, said in two languages by words 1, 11 and 2, 12 and 3, 13; four, three and two texts of them.
    units = [[[m], [10 + m]] for m, count in ((1, 4), (2, 3), (3, 2)) for _ in range(count)]
    weights = [1.0] * len(units)
    found = svd_embeddings(units, weights, 20, 3, seed=1)
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
    assert torch.equal(found, svd_embeddings(units, weights, 20, 3, seed=1))


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

    # Vectors (1, 1) and (0, 1), translated as themselves: cosines 1 on the diagonal and 1/sqrt 2 beside it. One token: it is the mean.
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
        found = float(masked_lm_loss(network, ids, mask, chosen))
        full = network(input_ids=torch.tensor([[0, 4, 8, 4, 2]]), attention_mask=mask).logits[0]
    assert found == pytest.approx(float(functional.cross_entropy(full[[1, 3]], torch.tensor([7, 9]))), abs=1e-5)


def test_special_tokens_are_never_chosen_and_others_at_the_rate():
    ids = torch.tensor([[0, 1, 2, 3, 4, *range(5, 45)]] * 500)
    torch.manual_seed(1)
    chosen = choose_masked(ids, 0.3)
    assert not chosen[:, :5].any()
    assert float(chosen[:, 5:].float().mean()) == pytest.approx(0.3, abs=0.01)


def test_detection_counts_the_tokens_of_words_alone(network):
    ids, mask = torch.tensor([[0, 7, 8, 9, 2]]), torch.ones(1, 5, dtype=torch.long)
    detector = torch.nn.Linear(16, 1)
    with torch.no_grad():
        found = float(changed_word_loss(network, detector, ids, mask, torch.tensor([[-1, 1, 0, -1, -1]])))
        scores = detector(network.roberta(ids, attention_mask=mask).last_hidden_state)[0, :, 0].tolist()
    assert found == pytest.approx((math.log1p(math.exp(-scores[1])) + math.log1p(math.exp(scores[2]))) / 2, abs=1e-5)


def test_the_alignment_loss_by_hand(network, monkeypatch):
    # Three links: the first has two tokens on the left; the first and the third say the same, so neither is a negative of the other.
    layer = torch.tensor([[[9.0, 9], [2, 0], [0, 2], [0, 3]], [[1, 0], [9, 9], [0, 5], [3, 4]]])
    links = torch.tensor([[-1, 0, 0, 1], [2, -1, -1, -1]])
    first = torch.tensor([[1.0, 1], [0, 1], [1, 0]])
    other, links_other = layer.flip(1), links.flip(1)
    stub = SimpleNamespace(config=network.config, roberta=lambda **given: SimpleNamespace(hidden_states=(None, torch.cat([layer, other]))))
    ids = torch.zeros(4, 4, dtype=torch.long)
    found = float(alignment_loss(stub, ids, ids, torch.cat([links, links_other]), torch.tensor([7, 8, 7]), scale=1.0))
    unit = functional.normalize(first, dim=-1)
    scores = unit @ unit.T
    losses = [-float(scores[i, i] - torch.logsumexp(scores[i, rivals], 0)) for i, rivals in ((0, [0, 1]), (1, [0, 1, 2]), (2, [1, 2]))]
    assert found == pytest.approx(sum(losses) / 3, abs=1e-5)


def test_attention_starts_with_equal_tokens_elsewhere(network):
    fresh = XLMRobertaForMaskedLM(network.config)
    torch.manual_seed(1)
    vectors = functional.normalize(torch.randn(50, 14), dim=-1) * 0.5
    look_for_equals(fresh, vectors, scale=0.5)
    attention = fresh.roberta.encoder.layer[0].attention.self
    query, key = attention.query.weight, attention.key.weight
    assert torch.equal(query[:, :14], key[:, :14]) and torch.equal(query[:, 14:], -key[:, 14:])
    assert torch.allclose(query[:8, :14] @ query[:8, :14].T, 0.25 * torch.eye(8), atol=1e-5), "an orthogonal matrix, scaled"
    embeddings = fresh.roberta.embeddings
    assert torch.equal(embeddings.word_embeddings.weight[:, :14], vectors) and not embeddings.word_embeddings.weight[:, 14:].any()
    assert not embeddings.position_embeddings.weight[:, :14].any()
    # Token 7 stands at two places, and each looks at the other more than at itself or at any third.
    hidden = embeddings(torch.tensor([[0, 7, 8, 9, 2, 2, 20, 7, 21, 2]]))[0]
    scores = (hidden @ query.T) @ (hidden @ key.T).T
    assert [int(scores[i, 1:9].argmax()) + 1 for i in (1, 7)] == [7, 1]


# ---- Batches


@pytest.fixture(scope="module")
def draw(miniature_texts):
    tokenizer = train_tokenizer(miniature_texts, 700, 200)
    units = list(miniature_units(20, 1))
    drawn_from = list(itertools.islice(scenes("train", 1), 20))
    return Batches(tokenizer, Texts(units, [], [], []), tokenise(units, tokenizer, 24), [], [], drawn_from, 24, 0.25)


def test_ranking_pairs_are_two_versions_of_one_unit(draw):
    ids, mask = draw.ranking(4, 1.0, random.Random(1))
    rows = [row[row != 1][1:-1].tolist() for row in ids]
    assert len(rows) == 24 and (ids[:, 0] == 0).all() and torch.equal(mask, (ids != 1).long())
    for first, second in zip(rows[:12], rows[12:], strict=True):
        assert any(first in unit.values() and second in unit.values() for unit in draw.miniature)


def test_masked_inputs_are_pairs_and_some_single_texts(draw):
    ids, _ = draw.masked(200, 1.0, random.Random(1))
    ends = (ids == 2).sum(1).tolist()
    assert set(ends) == {1, 3}, "one text ends once; two have a double border between them"
    assert ends.count(1) / len(ends) == pytest.approx(0.1, abs=0.04)


def test_copies_differ_where_it_says_so(draw):
    ids, mask, changed = draw.copying(300, random.Random(1))
    assert ids.shape == changed.shape == (300, 28) and mask.all()
    assert ids[:, [0, 13, 14, 27]].tolist() == [[0, 2, 2, 2]] * 300 and (changed[:, [0, 13, 14, 27]] == -1).all()
    for row, says in zip(ids.tolist(), changed.tolist(), strict=True):
        halves = (row[1:13], says[1:13]), (row[15:27], says[15:27])
        for (tokens, exchanged), (others, _) in (halves, halves[::-1]):
            assert all(token in others for token, new in zip(tokens, exchanged, strict=True) if not new)
    assert float((changed == 1).sum() / (changed >= 0).sum()) == pytest.approx(0.4, abs=0.03)
    assert torch.equal(ids, draw.copying(300, random.Random(1))[0])


def test_changed_tokens_are_those_of_the_slots_that_differ(draw, monkeypatch):
    scene = next(s for s in draw.scenes if s.whom and s.where)
    first, second = sentence(scene, "en"), sentence(scene, "sw")
    monkeypatch.setattr(batches, "changed_pair", lambda scenes, rng, same: (first, second, {"where"}, {"whom"}))
    ids, mask, changed = draw.detection(1, random.Random(1))
    encoded = draw.tokenizer(first.text, second.text, return_offsets_mapping=True)
    assert ids[0].tolist() == encoded["input_ids"] and mask.all()
    seen = {0: set(), 1: set()}
    for value, side, (start, end) in zip(changed[0].tolist(), encoded.sequence_ids(0), encoded["offset_mapping"], strict=True):
        slots = [s.slot for s in (first, second)[side].spans if start < s.end and s.start < end] if side is not None else []
        assert value == (int(("where", "whom")[side] in slots) if slots else -1)
        if side is not None:
            seen[side].add(value)
    assert seen == {0: {0, 1, -1}, 1: {0, 1, -1}}, "the full stop is no word"


def test_links_join_the_words_of_a_slot_and_dictionary_entries(draw, monkeypatch):
    scene = next(s for s in draw.scenes if s.whom and s.where and not s.negated)
    denied = replace(scene, negated=True)
    told = iter([(scene, sentence(scene, "en"), sentence(scene, "sw")), (denied, sentence(denied, "de"), sentence(denied, "th"))])
    monkeypatch.setattr(batches, "said_twice", lambda scenes, rng: next(told))
    both = dataclasses.replace(draw, words=[{"en": [9, 10], "ta": [11]}])
    ids, mask, links, says = both.alignment(2, random.Random(1))
    assert torch.equal(mask, (ids != 1).long()) and len(ids) == 8
    assert ids[2][:4].tolist() == [0, 9, 10, 2] and ids[6][:3].tolist() == [0, 11, 2]
    assert links[2][:4].tolist() == [-1, *[len(says) - 2] * 2, -1] and links[6][:3].tolist() == [-1, len(says) - 2, -1]
    assert says[-1] == says[-2], "the same entry twice says the same thing"
    said = [slot for slot in CONTENT_SLOTS if getattr(scene, slot)]
    assert says[: 2 * len(said) + 1].tolist() == [*range(len(said)), *range(len(said) + 1)], "the second scene says the same and denies it"
    for row, one in ((0, sentence(scene, "en")), (4, sentence(scene, "sw"))):
        shown = {slot: draw.tokenizer.decode(ids[row][links[row] == number]).strip() for number, slot in enumerate(said)}
        for slot in said:
            assert shown[slot].replace(" ", "") == "".join(s.text for s in one.spans if s.slot == slot and s.tag in CONTENT_TAGS).replace(" ", "")
    assert (links[1] == len(said) * 2).any() and (links[5] == len(said) * 2).any(), "nicht and ไม่ are linked"


def test_scenes_are_said_in_two_languages(draw):
    for seed in range(20):
        scene, first, second = corpus.said_twice(draw.scenes, random.Random(seed))
        assert split_of(scene) == "train" and first.language != second.language


def test_a_changed_pair_names_the_slots_that_differ(draw, monkeypatch):
    monkeypatch.setattr(corpus, "_said", lambda scene, code, rng: scene)
    rng, kinds = random.Random(4), set()
    for _ in range(200):
        first, second, more, less = corpus.changed_pair(draw.scenes, rng)
        differing = {f.name for f in dataclasses.fields(first) if getattr(first, f.name) != getattr(second, f.name)}
        assert more | less == {"negation" if name == "negated" else name for name in differing}
        assert split_of(first) == split_of(second) == "train"
        kinds |= (more | less) or {"none"}
    assert {"none", "negation", "who", "where"} <= kinds


def test_actions_and_objects_change_more_often_than_times(draw, monkeypatch):
    monkeypatch.setattr(corpus, "_said", lambda scene, code, rng: scene)
    rng, found = random.Random(4), collections.Counter()
    for _ in range(400):
        _, _, more, less = corpus.changed_pair(draw.scenes, rng)
        found.update(more | less)
    assert min(found["action"], found["whom"]) > found["when"] > 0


@pytest.mark.parametrize(("whom", "more", "less"), [("animal", {"whom"}, set()), ("cat", {"whom"}, {"whom"}), ("dog", set(), set()), ("", {"whom"}, set())])
def test_what_is_more_general_says_nothing_new(monkeypatch, whom, more, less):
    monkeypatch.setattr(corpus, "_said", lambda scene, code, rng: scene)
    monkeypatch.setattr(corpus, "split_of", lambda scene: "train")
    rng = SimpleNamespace(choice=lambda options: options[0] if isinstance(options[0], Scene) else options[1], random=lambda: 0.5)
    dog = Scene("teacher", "buy", whom="dog")
    for first, second, says in ((dog, replace(dog, whom=whom), (more, less)), (replace(dog, whom=whom), dog, (less, more))):
        monkeypatch.setattr(corpus, "changed", lambda rng, scene, slots, second=second: second)
        assert corpus.changed_pair([first], rng)[2:] == says


def test_weights_are_those_of_units():
    units = [[[m], [10 + m]] for m in (1, 2, 3) for _ in range(3)]
    found = svd_embeddings(units, [1.0] * 6 + [0.0] * 3, 20, 3, seed=1)
    assert [round(float(found[i].norm()), 1) for i in (1, 11, 2, 12)] == [0.5] * 4
    assert float(found[[3, 13]].norm(dim=-1).max()) < 0.15, "what is said in units without weight alone is as good as never said"
    with pytest.raises(InputError, match="9 texts are too few for embeddings of width 9"):
        svd_embeddings(units, [1.0] * 9, 20, 9, seed=1)


# ---- Real pairs


def test_real_pairs_take_every_language_evenly_and_some_words(draw):
    many = [{"en": [5], "de": [6]} for _ in range(50)]
    rare = [{"en": [7], "ta": [8] * 9}]
    words = [{"en": [9], "ta": [10]}, {"en": [11], "ta": [12]}]
    real = dataclasses.replace(draw, real=[*many, *rare, {"en": [13, 14, 15]}], words=words, length=4)
    rng = random.Random(1)
    pairs = [real._real_pair(rng, 0.0) for _ in range(2_000)]
    assert sum(pair == ([6], [5]) for pair in pairs) / 2_000 == pytest.approx(0.5, abs=0.05)
    bags = [pair for pair in pairs if 10 in pair[0]]
    assert all(sorted(zip(*pair, strict=True)) == [(10, 9), (12, 11)] for pair in bags) and len(bags) / 1_000 == pytest.approx(0.1, abs=0.04)
    assert ([8] * 4, [7]) in pairs, "cut at the length"
    assert not any(13 in side for pair in pairs for side in pair), "a passage in one language has no translation"
    assert real.masked(3, 0.0, random.Random(3))[0].shape[0] == 3


def test_a_share_of_real_ranking_pairs_follow_each_other(draw):
    real = dataclasses.replace(draw, real=[{"en": [10 * i], "de": [10 * i + 1]} for i in range(5)] + [{"en": [50]}])
    rng = random.Random(1)
    pairs = [real._real_pair(rng, 0.3) for _ in range(1_000)]
    apart = [second[0] // 10 - first[0] // 10 for first, second in pairs]
    assert set(apart) == {0, 1} and sum(apart) / 1_000 == pytest.approx(0.3, abs=0.05)
    assert ([41], [50]) in pairs, "a text in one language follows as well"
    ids, _ = real.ranking(8, 0.0, random.Random(1), neighbours=1.0)
    assert (ids[8:, 1] // 10 - ids[:8, 1] // 10 == 1).all()


# ---- Text


def test_miniature_units_say_one_scene_twice_in_every_language():
    units = list(miniature_units(5, seed=3))
    assert units == list(miniature_units(5, seed=3)) != list(miniature_units(5, seed=4))
    for unit in units:
        assert {k.removesuffix("~2") for k in unit} == set(lexicon.languages()) and len(unit) == 40


def test_real_units_join_what_is_parallel(tmp_path):
    bible = tmp_path / "parallel" / "bible"
    bible.mkdir(parents=True)
    (bible / "en.one.tsv").write_text('ref\ttext\n1.1.1\tIn the "beginning\n1.1.2\tonly English\n19.1.1\tpsalm\n')
    (bible / "en.two.tsv").write_text("ref\ttext\n1.1.1\tAt first\n")
    (bible / "sw.one.tsv").write_text("ref\ttext\n1.1.1\tMwanzo\n19.1.1\tzaburi\n1.1.3\t\n")
    assert verse_units(tmp_path, 10) == [{"en": 'In the "beginning', "en~2": "At first", "sw": "Mwanzo"}]
    ntrex = tmp_path / "parallel" / "ntrex"
    ntrex.mkdir()
    for code in ("eng", "swa", "xxx"):
        (ntrex / f"newstest2019-ref.{code}.txt").write_text("".join(f"{code} {i}\n" for i in range(1_600)))
    units = real_units(tmp_path)
    assert len(units) == 1_497 and units[-1] == {"en": "eng 1496", "sw": "swa 1496"}, "the last lines are kept for measuring"
    read = pretrain._texts(TINY, tmp_path)
    assert read.verses == 1 and len(read.real) == 1_498 and read.real[0]["sw"] == "Mwanzo", "verses come first"
    with pytest.raises(InputError, match="No parallel text under"):
        pretrain._texts(TINY, tmp_path / "nowhere")


def test_verses_are_drawn_by_their_share_where_a_language_has_other_text(draw):
    units = [{"en": f"verse {i}", "de": f"Vers {i}", "sw": f"mstari {i}"} for i in range(9)] + [{"en": "news", "de": "Nachricht", "tr": "haber"}]
    tokens = tokenise(units, draw.tokenizer, 24)

    def shares(verse_share, language):
        some = Batches(draw.tokenizer, Texts([], units, [], [], 9), [], tokens, [], [], 24, 0.25, verse_share)
        rng = random.Random(0)
        return sum(some._one(some._by_language, rng, language)[0] < 9 for _ in range(300)) / 300

    assert abs(shares(0.5, "de") - 0.5) < 0.1 and abs(shares(0.1, "de") - 0.1) < 0.06
    assert shares(0.1, "sw") == 1 and shares(0.9, "tr") == 0, "where there is only one kind"


def test_passages_and_words(tmp_path):
    def passages(*texts):
        return json.dumps({"data": [{"paragraphs": [{"context": t, "qas": [{"id": "q", "question": f"{t}?"}]} for t in texts]}]})

    for name, text in (
        ("xquad/xquad.en.json", passages("Cats sleep.")), ("xquad/xquad.de.json", passages("Katzen schlafen.")), ("xquad/xquad.ro.json", passages("Pisicile dorm.")),
        ("tydiqa/tydiqa.goldp.sw.train.json", passages("Paka.")),
        ("dictionaries/en-de.txt", "aachen\tAachen\ncats Katzen\nsleep\tschlafen gehen\nsleep Schlaf\n"), ("dictionaries/en-ro.txt", "cats pisici\n"),
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    units = real_units(tmp_path)
    assert units == [{"en": "Cats sleep.", "de": "Katzen schlafen."}, {"en": "Cats sleep.?", "de": "Katzen schlafen.?"}, {"sw": "Paka."}]
    words = list(corpus.dictionary_units(tmp_path, [*units, {"en": "They sleep"}], 2))
    assert words == [{"en": "sleep", "de": "schlafen gehen"}, {"en": "sleep", "de": "Schlaf"}], "commonest first, and only what is said"


def test_lines_of_sib_come_in_the_order_of_their_texts(tmp_path):
    for folder in ("eng_Latn", "deu_Latn"):
        (tmp_path / "sib200" / folder).mkdir(parents=True)
        (tmp_path / "sib200" / folder / "train.tsv").write_text("index_id\tcategory\ttext\n12\ttravel\tlast\n3\ttravel\tfirst\n5\ttravel\tnext\n")
    assert [u["en"] for u in real_units(tmp_path)] == ["first", "next", "last"]


def test_verses_are_spread_evenly(tmp_path):
    bible = tmp_path / "parallel" / "bible"
    bible.mkdir(parents=True)
    for code in ("en", "sw"):
        (bible / f"{code}.x.tsv").write_text("ref\ttext\n" + "".join(f"1.1.{i}\t{code} {i}\n" for i in range(9)))
    assert [u["en"] for u in verse_units(tmp_path, 3)] == ["en 0", "en 3", "en 6"]
    assert [u["en"] for u in verse_units(tmp_path, 5)] == ["en 0", "en 1", "en 3", "en 5", "en 7"], "to the end of the book"
    assert len(verse_units(tmp_path, 100)) == 9


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
    assert models.max_length(tokenizer, network) == 96
    assert network.get_input_embeddings().num_embeddings == len(tokenizer) <= 1_500
    assert tokenizer.unk_token_id not in tokenizer("Привет 😀 हिन्दी ⴰⵣⵓⵍ")["input_ids"]
    written = json.loads((finished / "pretraining.json").read_text())
    assert PretrainConfig(**written) == TINY
    with pytest.raises(InputError, match="is an encoder without a classification head"):
        models.load(str(finished))


def test_pretraining_moves_the_weights_but_not_far(finished):
    start = torch.load(finished.with_name("encoder.work") / "svd.pt", weights_only=True)
    moved = (weights(finished)["roberta.embeddings.word_embeddings.weight"][:, :14] - start).abs().max()
    assert 1e-5 < float(moved) < 0.02


@pytest.mark.parametrize("step", [3, 10])  # before the first saved state, and between two
def test_a_killed_job_ends_with_the_same_weights(finished, killed, step):
    out = killed / str(step) / "encoder"
    assert not (out / "model.safetensors").exists()
    state = out.with_name("encoder.work") / "state.pt"
    assert (torch.load(state, weights_only=True)["step"] if state.exists() else 0) == {3: 0, 10: 8}[step]
    pretrain.pretrain(TINY, None, out)
    first, second = weights(finished), weights(out)
    assert all(torch.equal(first[k], second[k]) for k in first)
    ids = [AutoTokenizer.from_pretrained(folder)("The cat slept.")["input_ids"] for folder in (finished, out)]
    assert ids[0] == ids[1]
    assert (out / "pretraining.jsonl").read_text() == (finished / "pretraining.jsonl").read_text()


def test_the_learning_curve_is_kept_with_the_encoder(finished):
    *_, last = map(json.loads, (finished / "pretraining.jsonl").read_text().splitlines())
    assert last["step"] == TINY.steps and set(last) <= {"step", "copying", *loop.KINDS}
    assert all(value > 0 for value in last.values())


def test_an_encoder_can_be_gone_on_from(finished, tmp_path):
    config = replace(TINY, steps=2, copying=0, embedding_rate=1e-5, learning_rate=1e-5)
    pretrain.pretrain(config, None, tmp_path / "further", start=finished)
    first, second = weights(finished), weights(tmp_path / "further")
    moved = [float((first[k] - second[k]).abs().max()) for k in first]
    assert 0 < max(moved) < 1e-3
    assert (tmp_path / "further" / "tokenizer.json").read_text() == (finished / "tokenizer.json").read_text()
    curves = [[json.loads(line)["step"] for line in (f / "pretraining.jsonl").read_text().splitlines()] for f in (finished, tmp_path / "further")]
    assert curves == [[12], [12, 14]]
    made = json.loads((tmp_path / "further" / "pretraining.json").read_text())
    before = made.pop("start")
    assert PretrainConfig(**made) == config and re.fullmatch("[0-9a-f]{64}", before.pop("sha256")) and PretrainConfig(**before) == TINY
    with pytest.raises(InputError, match="pretraining with other settings"):
        pretrain.pretrain(config, None, tmp_path / "further")  # from nothing, it would be another encoder


def hidden(network, tokenizer):
    batch = tokenizer(["The cat slept in the garden.", "Кошка спала."], padding=True, return_tensors="pt")
    with torch.no_grad():
        return [h[batch["attention_mask"].bool()] for h in network.eval()(**batch, output_hidden_states=True).hidden_states]


def test_a_grown_encoder_begins_with_what_the_smaller_one_computes(finished):
    before = XLMRobertaForMaskedLM.from_pretrained(finished, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(finished)
    wider, deeper = (grow(before, *shape, seed=1) for shape in ((24, 1, 3), (16, 3, 2)))
    old, wide, deep = (hidden(network, tokenizer) for network in (before, wider, deeper))
    for one, other in zip(old, wide, strict=True):
        alike = torch.cosine_similarity(one, other[:, :16])
        assert alike.mean() > 0.99 and alike.min() > 0.9
        assert other[:, 16:].std() > 0.1, "and has room for more"
    assert len(deep) == 4 and all(torch.allclose(old[1], h, atol=1e-2) for h in deep[1:])
    above = grow(deeper, 16, 5, 2, seed=1, together=3)
    assert all(torch.equal(weight, above.state_dict()[name]) for name, weight in deeper.state_dict().items()), "new layers are above the lowest three"
    assert torch.allclose(hidden(above, tokenizer)[-1], deep[-1], atol=1e-2)
    again = grow(before, 24, 1, 3, seed=1).state_dict()
    assert all(torch.equal(weight, again[name]) for name, weight in wider.state_dict().items())


def test_everything_in_a_grown_encoder_learns(finished):
    before = XLMRobertaForMaskedLM.from_pretrained(finished, dtype=torch.float32)
    network = grow(before, 24, 2, 3, seed=1)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    start = {name: weight.clone() for name, weight in network.named_parameters()}
    ids = torch.arange(5, 25).reshape(2, 10)
    for _ in range(3):  # what reads from zeros learns after them
        optimizer.zero_grad()
        network(input_ids=ids, labels=ids.flip(1)).loss.backward()
        optimizer.step()
    still = {name for name, weight in network.named_parameters() if torch.equal(weight, start[name])}
    assert all(name.endswith("key.bias") for name in still), "softmax does not see the bias of keys"


def test_an_encoder_can_be_grown_by_the_command(finished, tmp_path):
    config = replace(TINY, width=24, heads=3, layers=2, steps=2, copying=0)
    pretrain.pretrain(config, None, tmp_path / "larger", start=finished)
    network = XLMRobertaForMaskedLM.from_pretrained(tmp_path / "larger")
    assert (network.config.hidden_size, network.config.num_hidden_layers, network.config.intermediate_size) == (24, 2, 96)
    made = json.loads((tmp_path / "larger" / "pretraining.json").read_text())
    assert (made["width"], made["start"]["width"]) == (24, 16)


def test_what_is_written_can_keep_a_share_of_the_encoder_gone_on_from(finished, tmp_path):
    config = replace(TINY, steps=2, copying=0, learning_rate=1.0, embedding_rate=1.0)
    for keep in (0.0, 0.5, 1.0):  # the stretch is the same every time
        pretrain.pretrain(replace(config, keep=keep), None, tmp_path / str(keep), start=finished)
    before, (moved, half, back) = weights(finished), (weights(tmp_path / str(keep)) for keep in (0.0, 0.5, 1.0))
    assert all(torch.equal(back[k], before[k]) for k in before)
    assert max(float((moved[k] - before[k]).abs().max()) for k in before) > 0.01
    assert all(torch.allclose(half[k], (moved[k] + before[k]) / 2, atol=2e-3) for k in before)  # halves of what fp16 rounded
    with pytest.raises(InputError, match="`keep` is the share of an encoder that is gone on from; give --start"):
        pretrain.pretrain(replace(config, keep=0.5), None, tmp_path / "none")


def test_what_cannot_be_gone_on_from_is_refused(finished, tmp_path):
    with pytest.raises(InputError, match="is no encoder to go on from"):
        pretrain.pretrain(TINY, None, tmp_path / "a", start=tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"has width, layers, heads and positions \(16, 1, \d+, 96\), the settings say \(16, 1, 4, 96\)"):
        pretrain.pretrain(replace(TINY, heads=4), None, tmp_path / "b", start=finished)
    with pytest.raises(InputError, match="or a larger one with heads as wide"):
        pretrain.pretrain(replace(TINY, width=8, heads=1), None, tmp_path / "b2", start=finished)
    torn = shutil.copytree(finished, tmp_path / "torn")
    (torn / "model.safetensors").write_bytes((torn / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(InputError, match="The weights in .*torn cannot be read"):
        pretrain.pretrain(TINY, None, tmp_path / "c", start=torn)
    assert [path.name for path in tmp_path.iterdir()] == ["torn"], "a refused call leaves no state that refuses the next one"


def test_how_many_pairs_are_in_one_language_is_a_setting():
    drawn = list(itertools.islice(scenes("train", 1), 50))
    for share, same in ((1.0, 40), (0.0, 2)):
        rng = random.Random(1)
        pairs = [changed_pair(drawn, rng, share)[:2] for _ in range(40)]
        assert abs(sum(a.language == b.language for a, b in pairs) - same) <= 4


def test_other_settings_do_not_go_on_from_this_state(finished):
    with pytest.raises(InputError, match="pretraining with other settings; delete that folder"):
        pretrain.pretrain(replace(TINY, steps=TINY.steps + 1), None, finished)


def test_an_encoder_can_take_the_tokenizer_of_another(finished, tmp_path):
    pretrain.pretrain(replace(TINY, steps=1, width=8), None, tmp_path / "small", finished)
    assert (tmp_path / "small" / "tokenizer.json").read_text() == (finished / "tokenizer.json").read_text()
    with pytest.raises(InputError, match="There is no tokenizer.json in"):
        pretrain.load_tokenizer(tmp_path, TINY)
    with pytest.raises(InputError, match=r"does not fit: it must begin with <s> <pad> </s> <unk> <mask> and have at most 400 pieces"):
        pretrain.load_tokenizer(finished, replace(TINY, vocabulary=400))
    other = shutil.copytree(finished, tmp_path / "other")
    (other / "config.json").write_text((other / "config.json").read_text().replace(f'"vocab_size": {TINY.vocabulary}', '"vocab_size": 9000'))
    with pytest.raises(InputError, match=rf"has {TINY.vocabulary} pieces, but the encoder beside it embeds 9000: they do not belong together"):
        pretrain.load_tokenizer(other, TINY)
    (other / "tokenizer.json").write_text("{")
    with pytest.raises(InputError, match=r"cannot be read .*tokenizer.json is cut off or damaged"):
        pretrain.load_tokenizer(other, TINY)


def test_two_texts_must_fit():
    with pytest.raises(InputError, match="Two texts of 47 tokens do not fit 96 positions; give 98 or more."):
        replace(TINY, text_length=47)


def test_shares_must_fit():
    with pytest.raises(InputError, match=r"The shares of detection \(0.8\), ranking \(0.2\), alignment \(0.3\) and distillation \(0.0\) exceed 1; lower one of them."):
        replace(TINY, detection=0.8)


def test_workers_need_a_system_that_forks(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrain.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(InputError, match="cannot fork.*leave --workers out"):
        pretrain.pretrain(TINY, None, tmp_path / "encoder", workers=1)
    assert not (tmp_path / "encoder").exists()
