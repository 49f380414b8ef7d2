"""The typed sentences: whole, parallel, in the language that they are filed under; and that the shipped models answer them."""

from collections import Counter

import pytest

from engine import data, languages
from engine.config import TaskData
from engine.miniature import lexicon
from tests import encoders_page, results, typed


@pytest.mark.parametrize("task", typed.TASKS)
def test_typed_sentences_are_parallel_and_in_their_languages(task):
    source = TaskData(task, f"folder:{typed.TYPED / task}")
    assert set(data.languages(source)) == set(lexicon.languages())
    labels = {language: [e.label for e in data.examples(source, language, "test")] for language in data.languages(source)}
    assert len(set(map(tuple, labels.values()))) == 1, "line by line the same labels"
    assert len(set(Counter(labels["en"]).values())) == 1, "each label equally often"
    for language in data.languages(source):
        texts = [text for e in data.examples(source, language, "test") for text in (e.text, e.text_pair) if text]
        assert len(set(texts)) == len(texts)
        assert languages.detect(" ".join(texts)) == language


def test_shipped_models_answer_typed_sentences():
    answered = typed.answered("topic", "mini-topic")
    assert set(answered) == set(lexicon.languages()) and min(answered.values()) > 0.5, "chance is a seventh"


def test_the_page_has_a_row_for_every_model():
    block = encoders_page.place("typed").search(encoders_page.PAGE.read_text(encoding="utf-8"))
    assert block
    assert [line.split("`")[1] for line in block[0].splitlines() if line.startswith("| `")] == [m for models in results.MODELS.values() for m in models]
