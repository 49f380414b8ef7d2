"""Search attacks on small models whose answers are known by hand."""

import pytest

from engine import text as texts
from engine.errors import InputError
from engine.perturbations import ATTACKS, attack
from engine.perturbations.edits import applied
from engine.results import Example, Prediction


class Model:
    """Says yes with a probability that `rule` computes from the text; remembers what it was asked."""

    def __init__(self, rule, side="text"):
        self.rule, self.side = rule, side
        self.asked = []

    def __call__(self, examples):
        self.asked += [getattr(e, self.side) for e in examples]
        chances = [self.rule(getattr(e, self.side)) for e in examples]
        return [Prediction("yes" if p >= 0.5 else "no", {"yes": p, "no": 1 - p}) for p in chances]


def example(text="The sailor slept.", language="en", **more):
    return Example("1", "nli", language, text, **more)


def test_synonym_attack_by_hand():
    model = Model(lambda text: 0.8 if "sailor" in text else 0.3)
    result = attack(model, "greedy_synonym", example())
    # Clean; without "sailor", without "slept"; then the two other words for a sailor, of which the first does.
    assert model.asked == [
        "The sailor slept.", "The slept.", "The sailor .", "The mariner slept.", "The seafarer slept.",
    ]  # fmt: skip
    assert (result.outcome, result.num_queries, result.side) == ("succeeded", 5, "text")
    assert result.perturbed.text == "The mariner slept."
    assert [(e.start, e.end, e.before, e.after) for e in result.edits] == [(4, 10, "sailor", "mariner")]
    assert (result.before.label, result.after.label) == ("yes", "no")
    assert [(s.probability, s.label, s.num_queries) for s in result.trace] == [(0.3, "no", 5)]


def test_two_steps_are_combined_in_positions_of_the_original():
    def rule(text):
        return 0.9 - 0.25 * ("sailor" not in text) - 0.25 * ("slept" not in text)

    result = attack(Model(rule), "greedy_synonym", example())
    assert result.outcome == "succeeded"
    assert result.perturbed.text == "The mariner slumbered."
    assert [s.probability for s in result.trace] == pytest.approx([0.65, 0.4])
    assert applied("The sailor slept.", result.edits) == result.perturbed.text


def test_a_model_that_holds():
    model = Model(lambda text: 0.9)
    result = attack(model, "greedy_synonym", example(label="yes"))
    assert (result.outcome, result.edits, result.trace) == ("failed", (), ())
    assert result.perturbed == result.original and result.after == result.before
    assert result.num_queries == len(model.asked) == 6


def test_a_model_that_is_wrong_is_skipped_after_one_query():
    model = Model(lambda text: 0.9)
    result = attack(model, "greedy_typo", example(label="no"))
    assert (result.outcome, result.num_queries, len(model.asked)) == ("skipped", 1, 1)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("budget", [1, 2, 3, 7, 20, 60])
def test_budget_is_kept_and_no_text_is_scored_twice(name, budget):
    model = Model(lambda text: 0.9 - 0.001 * (len(text) % 7))
    result = attack(model, name, example("The sailor read the letter in the forest, the sailor slept."), budget)
    assert len(model.asked) == result.num_queries <= budget
    assert len(set(model.asked)) == len(model.asked)
    assert result.outcome == "failed"
    assert all(step.num_queries <= budget for step in result.trace)


def test_the_second_text_is_attacked_if_there_is_one():
    pair = example(text_pair="The sailor slept.", language_pair="en")
    model = Model(lambda text: 0.8 if "sailor" in text else 0.3, side="text_pair")
    result = attack(model, "greedy_synonym", pair)
    assert (result.side, result.perturbed.text, result.perturbed.text_pair) == ("text_pair", pair.text, "The mariner slept.")
    assert attack(Model(lambda text: 0.8 if "sailor" in text else 0.3), "greedy_synonym", pair, side="text").side == "text"


@pytest.mark.parametrize(
    ("language", "text", "script"),
    [
        ("hi", "यह फिल्म बहुत अच्छी है", "Devanagari"), ("ar", "الكلب نام في الغابة", "Arabic"),
        ("zh", "老师昨天在车站读旧书", "Han"), ("th", "ภาพยนตร์เรื่องนี้ดีมาก", "Thai"),
    ],
)  # fmt: skip
def test_typos_stay_in_the_script(language, text, script):
    scored = Model(lambda t: 0.9 if t == text else 0.6)
    attack(scored, "greedy_typo", example(text, language), budget=120)
    assert len(scored.asked) > 20
    assert {texts.script_of(g.text) for t in scored.asked for g in texts.graphemes(t)} <= {script, "Common"}


def test_typos_find_the_word_that_matters():
    result = attack(Model(lambda text: 0.9 if "wonderful" in text else 0.1), "greedy_typo", example("A wonderful evening there"))
    assert result.outcome == "succeeded" and [step.edit.start >= 2 for step in result.trace] == [True]
    assert result.edits[0].end <= 11


def test_codeswitch_tries_every_other_language():
    model = Model(lambda text: 0.4 if "老师" in text else 0.8)
    result = attack(model, "greedy_codeswitch", example("The teacher slept."))
    assert result.perturbed.text == "The 老师 slept."


def test_the_same_seed_gives_the_same_search():
    first, second = Model(lambda text: 0.9), Model(lambda text: 0.9)
    attack(first, "greedy_typo", example(), seed=4)
    attack(second, "greedy_typo", example(), seed=4)
    assert first.asked == second.asked


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "greedy_typos"}, "Did you mean greedy_typo"),
        ({"budget": 0}, "at least 1 query"),
        ({"side": "text_pair"}, "no second text"),
        ({"side": "both"}, "text or text_pair, got 'both'"),
        ({"example": example("La maison", "fr"), "name": "greedy_synonym"}, "cannot change this text"),
        ({"example": example("12 !", "en"), "name": "greedy_typo"}, "cannot change this text"),
        ({"example": example(label="maybe")}, "no label 'maybe'; its labels are yes, no"),
    ],
)
def test_what_cannot_be_attacked_is_refused(change, says):
    call = {"name": "greedy_typo", "example": example(), **change}
    with pytest.raises(InputError, match=says):
        attack(Model(lambda text: 0.9), **call)
