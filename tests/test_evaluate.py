"""Evaluation with a model whose answers are known: rows, resuming, each text once, clear errors."""

from dataclasses import replace

import pandas as pd
import pytest

from engine import data, perturbations, runs, tables
from engine.config import Evaluation, PerturbationSetting, RunConfig, TaskData
from engine.errors import InputError
from engine.evaluation import evaluate as module
from engine.evaluation.evaluate import evaluate
from engine.evaluation.metrics import scores
from engine.results import Example, Prediction

LANGUAGES = ("en", "sw", "zh")


class LengthModel:
    """Says entailment when the hypothesis has an even number of characters; keeps what it was asked."""

    name = "length"
    labels = ("entailment", "neutral", "contradiction")

    def __init__(self):
        self.asked = []

    def predict(self, examples):
        self.asked += [(e.text, e.text_pair) for e in examples]
        return [self.answer(e) for e in examples]

    def answer(self, example):
        even = len(example.text_pair or "") % 2 == 0
        share = 0.9 if even else 0.1
        probabilities = {"entailment": share, "neutral": 1 - share, "contradiction": 0.0}
        return Prediction("entailment" if even else "neutral", probabilities, truncated=len(example.text) // 100)


def example(number, language, label="entailment", **changes):
    pair = f"{language} {'x' * number}"
    return replace(Example(f"item-{number}", "nli", language, f"{language} premise {number}", pair, language, label, "test"), **changes)


def shorten(name, given, severity, seed, parallel=None):
    """A perturbation that removes the hypothesis' last letter, but only of items with an odd number."""
    if name == "hypothesis_language":
        other = parallel["zh"]
        return replace(given, text_pair=other.text_pair, language_pair="zh"), None, None
    if "\0" in given.text:
        raise InputError("The text holds a control character.")
    if int(given.id.split("-")[1]) % 2 == 0:
        return given, None, None
    return replace(given, text_pair=given.text_pair[:-1]), None, None


@pytest.fixture
def source(monkeypatch):
    """Four parallel items in three languages; a test may change them."""
    table = {language: [example(i, language) for i in range(1, 5)] for language in LANGUAGES}

    def read(task, language, split, limit=0):
        return table[language][: limit or None]

    def parallel(task, split, limit=0, among=()):
        found = {}
        for language in among or table:
            for item in read(task, language, split, limit):
                found.setdefault(item.id, {})[language] = item
        return found

    monkeypatch.setattr(data, "languages", lambda task: list(table))
    monkeypatch.setattr(data, "examples", read)
    monkeypatch.setattr(data, "parallel", parallel)
    monkeypatch.setattr(perturbations, "perturb_example", shorten)
    monkeypatch.setitem(perturbations.PERTURBATIONS, "shorten", None)
    return table


@pytest.fixture
def run(tmp_path):
    return runs.create(RunConfig(), tmp_path)


TYPO = Evaluation(perturbations=(PerturbationSetting("shorten", 0.3),))


def test_every_language_is_scored_clean(source):
    found = evaluate(LengthModel(), Evaluation(), seed=1)
    assert list(found.columns) == tables.PREDICTIONS.names
    assert found.groupby("language", sort=False).size().to_dict() == {"en": 4, "sw": 4, "zh": 4}
    first = found.iloc[0]
    # "en x" has four characters: even, so entailment, which is right.
    assert (first["id"], first["gold"], first["predicted"], bool(first["correct"])) == ("item-1", "entailment", "entailment", True)
    assert first["probabilities"] == {"entailment": 0.9, "neutral": pytest.approx(0.1), "contradiction": 0.0}
    assert (first["perturbation"], first["severity"], first["queries"]) == ("clean", 0.0, 1)
    assert found["correct"].tolist() == [True, False, True, False] * 3


def test_chosen_languages_limit_and_repeats(source):
    found = evaluate(LengthModel(), Evaluation(languages=("zh", "sw", "zh"), limit=2), seed=1)
    assert found[["language", "id"]].values.tolist() == [["zh", "item-1"], ["zh", "item-2"], ["sw", "item-1"], ["sw", "item-2"]]


def test_perturbed_rows_come_after_clean_ones_and_say_what_changed(source):
    found = evaluate(LengthModel(), replace(TYPO, languages=("en",)), seed=1)
    assert found["perturbation"].tolist() == ["clean"] * 4 + ["shorten"] * 4
    changed = found[found["perturbation"] == "shorten"]
    assert changed["severity"].tolist() == [0.3] * 4
    assert changed["applicable"].tolist() == [True, False, True, False]
    assert changed["text_pair"].tolist() == ["en ", "en xx", "en xx", "en xxxx"]
    assert changed["correct"].tolist() == [False, False, False, False]


def test_a_text_that_cannot_be_perturbed_is_kept_and_counts_as_unchanged(source):
    source["en"][0] = replace(source["en"][0], text="a\0b")
    found = evaluate(LengthModel(), replace(TYPO, languages=("en",)), seed=1)
    assert found["applicable"].tolist() == [True] * 4 + [False, False, True, False]
    assert found["text"][4] == "a\0b"


def test_scores_of_an_evaluation(source):
    found = scores(evaluate(LengthModel(), replace(TYPO, languages=("en",)), seed=1))
    assert found[["perturbation", "metric", "value", "n", "applicable"]].values.tolist() == [
        ["clean", "accuracy", 0.5, 4, 1.0],
        ["shorten", "accuracy", 0.0, 4, 0.5],
        ["shorten", "consistency", 0.5, 4, 0.5],
    ]


def test_each_distinct_pair_of_texts_is_scored_once(source):
    model = LengthModel()
    source["en"].append(replace(source["en"][0], id="item-5"))
    evaluate(model, replace(TYPO, languages=("en",)), seed=1)
    # Four distinct clean pairs and two that the perturbation changed.
    assert len(model.asked) == len(set(model.asked)) == 6


def test_order_of_scoring_does_not_mix_up_the_answers(source, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 3)
    source["en"].reverse()
    found = evaluate(LengthModel(), Evaluation(languages=("en",)), seed=1)
    assert found[["id", "correct"]].values.tolist() == [["item-4", False], ["item-3", True], ["item-2", False], ["item-1", True]]


def test_a_perturbation_given_twice_counts_once(source):
    evaluation = replace(TYPO, languages=("en",), perturbations=TYPO.perturbations * 2)
    assert len(evaluate(LengthModel(), evaluation, seed=1)) == 8


def test_the_hypothesis_language_comes_from_the_parallel_items(source):
    evaluation = Evaluation(languages=("sw", "zh"), perturbations=(PerturbationSetting("hypothesis_language", 1.0),))
    found = evaluate(LengthModel(), evaluation, seed=1)
    swapped = found[(found["perturbation"] == "hypothesis_language") & (found["language"] == "sw")]
    assert swapped["text_pair"].tolist() == ["zh x", "zh xx", "zh xxx", "zh xxxx"]
    assert set(swapped["language_pair"]) == {"sw"}


def test_generalized_scores_every_pair_of_languages(source):
    found = evaluate(LengthModel(), Evaluation(generalized=True, languages=("en", "sw")), seed=1)
    cells = found.groupby(["language", "language_pair"]).size().to_dict()
    assert cells == {("en", "en"): 4, ("en", "sw"): 4, ("sw", "sw"): 4, ("sw", "en"): 4}
    mixed = found[(found["language"] == "en") & (found["language_pair"] == "sw")].iloc[0]
    assert (mixed["text"], mixed["text_pair"], mixed["perturbation"]) == ("en premise 1", "sw x", "clean")


def test_generalized_for_one_language_takes_its_hypotheses_from_all(source):
    found = evaluate(LengthModel(), Evaluation(generalized=True, languages=("sw",)), seed=1)
    assert set(found["language_pair"]) == set(LANGUAGES) and set(found["language"]) == {"sw"}


def test_generalized_refuses_items_that_are_not_parallel(source):
    source["sw"] = [replace(item, label="neutral") for item in source["sw"]]
    with pytest.raises(InputError, match="not parallel.*item-1.*entailment in en but neutral in sw"):
        evaluate(LengthModel(), Evaluation(generalized=True), seed=1)


def test_generalized_refuses_a_source_without_shared_ids(source):
    for language in ("sw", "zh"):
        source[language] = [replace(item, id=f"{language}-{item.id}") for item in source[language]]
    with pytest.raises(InputError, match="no pairs whose ids are shared"):
        evaluate(LengthModel(), Evaluation(generalized=True), seed=1)


def test_labels_that_the_model_does_not_know_show_both_sets(source):
    source["sw"] = [replace(item, label="paraphrase") for item in source["sw"]]
    with pytest.raises(InputError, match=r"length \(entailment, neutral, contradiction\).*\(paraphrase\)"):
        evaluate(LengthModel(), Evaluation(), seed=1)


def test_an_example_without_a_label_is_refused(source):
    source["en"][1] = replace(source["en"][1], label=None)
    with pytest.raises(InputError, match=r"'item-2' of miniature \(en\) has no label"):
        evaluate(LengthModel(), Evaluation(), seed=1)


def test_unknown_names_are_refused_before_anything_is_scored(source):
    model = LengthModel()
    with pytest.raises(InputError, match="Did you mean shorten"):
        evaluate(model, Evaluation(perturbations=(PerturbationSetting("shorte", 0.1),)), seed=1)
    with pytest.raises(InputError, match="Unknown language of miniature 'xx'"):
        evaluate(model, Evaluation(languages=("en", "xx")), seed=1)
    assert model.asked == []


def test_a_run_keeps_each_language_and_resumes_after_a_crash(source, run):
    def crash_in_zh(done, total, what):
        if what == "nli in zh":
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        evaluate(LengthModel(), TYPO, seed=1, run=run, on_progress=crash_in_zh)
    assert runs.parts(run) == ["0-nli-en", "0-nli-sw"]
    model = LengthModel()
    resumed = evaluate(model, TYPO, seed=1, run=run)
    assert {text.split()[0] for text, _ in model.asked} == {"zh"}
    whole = evaluate(LengthModel(), TYPO, seed=1)
    pd.testing.assert_frame_equal(resumed, whole, check_dtype=False)
    again = evaluate(LengthModel(), TYPO, seed=1, run=run)
    pd.testing.assert_frame_equal(resumed, again)


def test_a_damaged_part_is_scored_again(source, run):
    evaluate(LengthModel(), Evaluation(languages=("en",)), seed=1, run=run)
    (part,) = run.path.glob("parts/*.parquet")
    part.write_bytes(b"PAR1 half")
    found = evaluate(LengthModel(), Evaluation(languages=("en",)), seed=1, run=run)
    assert found["correct"].tolist() == [True, False, True, False]


def test_progress_counts_languages(source):
    seen = []
    evaluate(LengthModel(), Evaluation(), seed=1, on_progress=lambda *told: seen.append(told))
    assert seen == [
        (0, 3, "nli in en"), (1, 3, "nli in en"), (1, 3, "nli in sw"), (2, 3, "nli in sw"), (2, 3, "nli in zh"), (3, 3, "nli in zh"),
    ]  # fmt: skip


def test_two_tasks_keep_parts_of_their_own(source, run):
    evaluation = Evaluation(tasks=(TaskData(source="miniature"), TaskData(source="folder:x")), languages=("en",))
    found = evaluate(LengthModel(), evaluation, seed=1, run=run)
    assert found["source"].tolist() == ["miniature"] * 4 + ["folder:x"] * 4
    assert runs.parts(run) == ["0-nli-en", "1-nli-en"]


def test_a_finished_run_holds_the_scores_that_its_predictions_give(source, run):
    predictions = evaluate(LengthModel(), replace(TYPO, generalized=True), seed=1, run=run)
    done = runs.finish(run, predictions, scores(predictions), {})
    pd.testing.assert_frame_equal(scores(runs.read_predictions(done)), runs.read_scores(done), check_dtype=False)
