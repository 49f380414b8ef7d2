"""Measures of an encoder without fine-tuning: by hand, and on a small real one."""

import pytest
import torch
from torch.nn import functional

from engine import models
from engine.errors import InputError
from engine.miniature.lexicon import languages
from engine.miniature.realisation import Sentence, Span
from engine.pretraining import measures
from engine.pretraining.measures import Encoder, fertility, ntrex, retrieval, word_alignment


@pytest.fixture(scope="module")
def encoder(tiny_xlmr):
    return Encoder(*models.load_encoder(str(tiny_xlmr)))


def test_retrieval_by_hand():
    english = torch.eye(3).unsqueeze(0).repeat(2, 1, 1)
    swapped = english[0][[1, 0, 2]]
    assert retrieval(torch.stack([english[0], swapped]), english) == pytest.approx([1.0, 1 / 3])


def test_pieces_per_word():
    def tokenizer(texts, add_special_tokens):
        assert not add_special_tokens
        return {"input_ids": [list(t.replace(" ", "")) for t in texts]}

    assert fertility(tokenizer, ["ab cd", "efg."], "en") == pytest.approx(8 / 3), "a full stop is a piece and no word"


def test_sentences_are_means_of_real_tokens_at_every_layer(encoder):
    texts = ["The dog slept.", "A teacher read the old book at the station.", "猫"]
    found = encoder.sentences(texts)
    assert found.shape == (3, 3, 32)
    for i, said in enumerate(texts):
        with torch.no_grad():
            states = encoder.network(**encoder.tokenizer(said, return_tensors="pt"), output_hidden_states=True).hidden_states
        for layer, state in enumerate(states):
            assert torch.allclose(found[layer, i], functional.normalize(state[0].mean(0), dim=-1), atol=1e-4)


def test_word_alignment_by_hand(monkeypatch):
    def said(*words):
        at, spans = 0, []
        for shown, slot, tag in words:
            spans.append(Span(shown, at, at + len(shown), slot, tag))
            at += len(shown) + 1
        return Sentence(" ".join(w[0] for w in words), "en", tuple(spans))

    one = said(("the", "who", "DET"), ("dog", "who", "NOUN"), ("slept", "action", "VERB"))
    two = said(("Hund", "who", "NOUN"), ("schlief", "action", "VERB"))
    vectors = {"the": [0.0, 1.0], "dog": [1.0, 0.0], "slept": [0.0, 1.0], "Hund": [1.0, 0.0], "schlief": [0.8, 0.6]}

    def words(_, sentences):  # at the first layer as above, at the second the other way round
        first = [torch.tensor([vectors[span.text] for span in s.spans]) for s in sentences]
        return [torch.stack([v, v.flip(1) if s is one else v]) for v, s in zip(first, sentences, strict=True)]

    monkeypatch.setattr(measures, "_words", words)
    # First layer: dog finds Hund, slept finds schlief. Second: dog finds schlief, slept finds Hund.
    assert word_alignment(None, [(one, two)]) == [1.0, 0.0]


def test_words_are_means_of_their_pieces(encoder):
    spans = (Span("Dogs", 0, 4, "who", "NOUN"), Span("slumbered", 5, 14, "action", "VERB"))
    found = measures._words(encoder, [Sentence("Dogs slumbered", "en", spans)])[0]
    encoded = encoder.tokenizer("Dogs slumbered", return_offsets_mapping=True)
    pieces = [i for i, (start, end) in enumerate(encoded["offset_mapping"]) if start >= 4 and end > start]
    with torch.no_grad():
        states = encoder.network(input_ids=torch.tensor([encoded["input_ids"]]), output_hidden_states=True).hidden_states
    assert len(pieces) > 1 and found.shape == (3, 2, 32)
    assert torch.allclose(found[1, 1], functional.normalize(states[1][0, pieces].mean(0), dim=-1), atol=1e-4)


def test_the_kept_lines_are_the_last(tmp_path):
    folder = tmp_path / "parallel" / "ntrex"
    folder.mkdir(parents=True)
    with pytest.raises(InputError, match="No English lines of NTREX-128 under"):
        ntrex(tmp_path)
    for name in ("src.eng", "ref.swa", "ref.xxx"):
        (folder / f"newstest2019-{name}.txt").write_text("".join(f"{name} {i}\n" for i in range(1_997)))
    found = ntrex(tmp_path)
    assert set(found) == {"en", "sw"} and len(found["sw"]) == 500
    assert (found["sw"][0], found["sw"][-1]) == ("ref.swa 1497", "ref.swa 1996")


def test_all_measures_of_an_encoder(tiny_xlmr, tmp_path, monkeypatch):
    monkeypatch.setattr(measures, "SIZE", 4)
    folder = tmp_path / "parallel" / "ntrex"
    folder.mkdir(parents=True)
    for name in ("src.eng", "ref.swa"):
        (folder / f"newstest2019-{name}.txt").write_text("".join(f"line {i}\n" for i in range(1_501)))
    *rows, mean = measures.measure(str(tiny_xlmr), tmp_path)
    found = {row["language"]: row for row in rows}
    assert list(found) == list(languages()) and mean["language"] == "mean"
    assert {row["encoder"] for row in rows} == {str(tiny_xlmr)}
    assert found["sw"]["ntrex"] == mean["ntrex"] == 1.0, "the same lines in both languages"
    assert found["en"]["miniature"] is None and found["th"].get("ntrex") is None
    assert mean["miniature"] == pytest.approx(sum(r["miniature"] for r in rows if r["miniature"] is not None) / 19, abs=1e-3)
    assert all(row["pieces_per_word"] > 1 and 0 <= (row["words"] or 0) <= 1 for row in rows)
    assert "ntrex" not in measures.measure(str(tiny_xlmr))[0]


def test_bad_encoders_are_refused(tmp_path):
    with pytest.raises(InputError, match="Unknown model"):
        models.load_encoder("mnii")
    (tmp_path / "config.json").write_text('{"model_type": "xlm-roberta"}')
    with pytest.raises(InputError, match="could not be loaded"):
        models.load_encoder(str(tmp_path))
