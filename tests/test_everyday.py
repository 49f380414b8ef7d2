"""The everyday pairs: whole, parallel, in the language that they are filed under, with training labels in English alone; and malformed files."""

import shutil
from collections import Counter

import pytest

from engine import data, languages, text
from engine.config import TaskData
from engine.data import everyday
from engine.errors import InputError
from engine.miniature import lexicon
from tests import typed

PAIRS = TaskData("nli", "everyday")
KIN = {"id": "ms"}
"""What an identifier takes for a language now and then: Indonesian and Malay share most of their everyday words."""


def texts(code, split):
    return [said for e in data.examples(PAIRS, code, split) for said in (e.text, e.text_pair)]


def test_they_are_in_all_languages_of_the_miniature():
    assert data.languages(PAIRS) == lexicon.languages() == sorted(lexicon.languages(), key=lambda code: (code != "en", code))
    with pytest.raises(InputError, match="Unknown task of the everyday pairs 'topic'"):
        data.languages(TaskData("topic", "everyday"))


@pytest.mark.parametrize("code", lexicon.languages())
@pytest.mark.parametrize(("split", "size"), [("dev", 300), ("test", 900)])
def test_what_is_scored_on_is_the_same_items_with_each_label_equally_often(code, split, size):
    found, english = data.examples(PAIRS, code, split), data.examples(PAIRS, "en", split)
    assert [(e.id, e.label) for e in found] == [(e.id, e.label) for e in english] and len({e.id for e in found}) == size
    assert Counter(e.label for e in found) == dict.fromkeys(everyday.LABELS, size // 3)


@pytest.mark.parametrize("code", [code for code in lexicon.languages() if code != "en"])
def test_training_labels_are_english_and_translations_are_of_the_first_items(code):
    found, english = data.examples(PAIRS, code, "train"), data.examples(PAIRS, "en", "train")
    written, turned = english[:9600], english[9600:]
    assert [e.id for e in found] == [e.id for e in [*written[:2400], *turned[:800]]] and len(turned) == 6400 and len({e.id for e in english}) == 16000
    assert {e.label for e in found} == {None} and set(Counter(e.label for e in english).values()) == {5333, 5334}


@pytest.mark.parametrize("code", lexicon.languages())
def test_a_turned_row_is_a_hypothesis_of_the_row_with_its_premise_and_two_more(code):
    trained, turned = (everyday.rows(everyday.FOLDER / kind / f"{code}.tsv", first) for kind, first in (("train", "premise"), ("turned", "hypothesis")))
    for number, (row, (hypothesis, *premises)) in enumerate(zip(trained, turned, strict=False)):
        assert (hypothesis, premises[number % 3]) == (row[1 + number % 3], row[0]), "each label in turn is that of the pair that was there"


@pytest.mark.parametrize("code", lexicon.languages())
@pytest.mark.parametrize(("kind", "first", "size"), [("train", "premise", 800), ("turned", "hypothesis", 400), ("scored", "hypothesis", 400)])
def test_a_row_is_four_texts_and_its_first_is_there_once(code, kind, first, size):
    rows = everyday.rows(everyday.FOLDER / kind / f"{code}.tsv", first)
    assert all(len(set(row)) == 4 for row in rows) and len({row[0] for row in rows}) >= 0.99 * len(rows)
    assert len(rows) == (3200 if code == "en" and kind != "scored" else size)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_of_what_is_scored_the_hypothesis_alone_tells_nothing(split):
    labels = {}
    for e in data.examples(PAIRS, "en", split):
        labels.setdefault(e.text_pair, []).append(e.label)
    assert all(sorted(found) == sorted(everyday.LABELS) * (len(found) // 3) for found in labels.values())


@pytest.mark.parametrize("code", lexicon.languages())
def test_a_language_is_written_as_itself(code):
    found = texts(code, "train") + texts(code, "dev") + texts(code, "test")
    asked = [" ".join(found[i : i + 6]) for i in range(0, len(found), 6)]
    taken = [languages.detect(some) for some in asked]
    assert sum(one in (code, KIN.get(code)) for one in taken) >= 0.97 * len(asked)
    assert all(text.check(said) == said == " ".join(said.split()) for said in found)
    if code != "en":
        assert not set(found) & {said for split in ("train", "dev", "test") for said in texts("en", split)}, "nothing is left untranslated"


@pytest.mark.parametrize("code", lexicon.languages())
def test_what_is_scored_on_is_not_trained_on(code):
    trained, scored = set(texts(code, "train")), set(texts(code, "dev")) | set(texts(code, "test"))
    assert len(trained & scored) <= 12, "of fourteen thousand short sentences a few are alike"
    answered = {said for e in data.examples(TaskData("nli", f"folder:{typed.TYPED / 'nli'}"), code, "test") for said in (e.text, e.text_pair)}
    assert not answered & (trained | scored)


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        (0, "premise\tentailment\tcontradiction\tneutral", "scored/en.tsv, line 1: the columns are hypothesis, entailment, neutral, contradiction, got 'premise"),
        (2, "one\ttwo\tthree", "scored/en.tsv, line 3: 4 texts separated by tabs are needed, got 'one"),
        (5, "one\ttwo\t \tfour", "scored/en.tsv, line 6: 4 texts separated by tabs are needed, got 'one"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(tmp_path, monkeypatch, line, wrong, message):
    path = shutil.copytree(everyday.FOLDER / "scored", tmp_path / "scored") / "en.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line] = wrong
    path.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(everyday, "FOLDER", tmp_path)
    with pytest.raises(InputError) as error:
        data.examples(PAIRS, "en", "test")
    assert str(error.value).startswith(message)


def test_an_empty_file_is_refused_too(tmp_path):
    (tmp_path / "en.tsv").write_text("")
    with pytest.raises(InputError, match="en.tsv, line 1: the columns are premise, entailment, neutral, contradiction, got ''"):
        everyday.rows(tmp_path / "en.tsv", "premise")
