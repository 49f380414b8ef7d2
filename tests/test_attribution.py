"""Attributions: the methods on functions with known answers, completeness, and words cut from the original string."""

import math
import threading

import pytest
import torch
from captum.attr import LayerIntegratedGradients

from engine import attribution, models
from engine.attribution import attribute, input_x_gradient, integrated_gradients
from engine.errors import InputError
from engine.results import Example

NLI = ("entailment", "neutral", "contradiction")


@pytest.fixture(scope="module")
def xlmr(tiny_xlmr):
    return models.load(str(tiny_xlmr))


@pytest.fixture(scope="module")
def bert(tiny_bert):
    return models.load(str(tiny_bert))


@pytest.fixture(params=["xlmr", "bert"])
def model(request):
    return request.getfixturevalue(request.param)


def example(text, pair=None, language="en", language_pair=None):
    return Example("1", "nli", language, text, pair, language_pair or language)


# ---- The methods


def linear(weights):
    """(n, T, D) -> (n, 2): the weighted sum, and three times it."""

    def forward(x):
        total = (x * weights).sum((1, 2))
        return torch.stack([total, 3 * total], dim=1)

    return forward


def test_integrated_gradients_of_a_linear_function_are_weight_times_difference():
    weights = torch.tensor([[1.0, -2.0], [0.5, 4.0]])
    x, baseline = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], requires_grad=True), torch.tensor([[[0.0, 1.0], [1.0, -1.0]]])
    scores, delta = integrated_gradients(linear(weights), x, baseline, 1, 7)
    # 3 w (x - x'): 3*1*1, 3*-2*1, 3*0.5*2, 3*4*5
    assert scores[0].flatten().tolist() == pytest.approx([3.0, -6.0, 3.0, 60.0], rel=1e-5)
    assert abs(delta) < 1e-4


def test_integrated_gradients_of_a_square_are_the_difference_of_squares():
    def forward(x):
        return (x**2).sum((1, 2)).unsqueeze(1)

    x, baseline = torch.tensor([[[3.0], [1.0]]], requires_grad=True), torch.tensor([[[1.0], [2.0]]])
    scores, delta = integrated_gradients(forward, x, baseline, 0, 20)
    # The mean of 2t on the way from x' to x, times x - x': 9 - 1 and 1 - 4.
    assert scores.flatten().tolist() == pytest.approx([8.0, -3.0], rel=1e-4)
    assert abs(delta) < 1e-3


def test_input_x_gradient_is_weight_times_input_and_promises_no_sum():
    weights = torch.tensor([[1.0, -2.0]])
    scores, delta = input_x_gradient(linear(weights), torch.tensor([[[5.0, 7.0]]], requires_grad=True), torch.zeros(1, 1, 2), 0, 50)
    assert scores.flatten().tolist() == [5.0, -14.0]
    assert math.isnan(delta)


# ---- Completeness


def parts(model, one):
    """Embeddings, baseline and logits of the input and of the baseline."""
    batch = model.encode([one])
    sides = model.tokenizer(one.text, one.text_pair).sequence_ids(0)
    embeddings = model.network.get_input_embeddings()(batch["input_ids"]).detach()
    baseline = attribution._baseline(model, model.network, batch["input_ids"], sides)
    forward = attribution._forward(model.network, batch)
    with torch.no_grad():
        return embeddings, baseline, forward, forward(embeddings)[0], forward(baseline)[0]


def test_all_tokens_together_say_the_change_of_the_logit(model):
    one = example("The tired cat slept in the garden.", "An animal slept.")
    embeddings, baseline, forward, at_input, at_baseline = parts(model, one)
    assert abs(float(at_input[2] - at_baseline[2])) > 0.05
    for steps, tolerance in ((8, math.inf), (200, 0.01)):
        scores, delta = integrated_gradients(forward, embeddings.clone().requires_grad_(True), baseline, 2, steps)
        assert float(scores.detach().sum() - (at_input[2] - at_baseline[2])) == pytest.approx(delta, abs=1e-4)
        assert abs(delta) < tolerance
    found = attribute(model, "integrated_gradients", one, "contradiction", steps=200)
    assert found.convergence_delta == pytest.approx(delta, abs=1e-4)


def test_steps_are_doubled_until_the_integral_has_converged(model):
    one = example("The tired cat slept in the garden.", "An animal slept.")
    *_, at_input, at_baseline = parts(model, one)
    change = abs(float(at_input[2] - at_baseline[2]))
    few, many = (attribute(model, "integrated_gradients", one, "contradiction", steps=steps) for steps in (1, 800))
    assert abs(few.convergence_delta) <= attribution.TOLERANCE * change
    assert abs(many.convergence_delta) <= abs(few.convergence_delta) + 1e-6
    assert attribution._unsettled(2.0, 0.2, 0.05) and not attribution._unsettled(2.0, 0.05, 0.05) and not attribution._unsettled(2.0, math.nan, 0.05)


def test_the_baseline_masks_the_text_and_keeps_the_special_tokens(model):
    one = example("The cat slept.", "No.")
    embeddings, baseline, *_ = parts(model, one)
    ids = model.encode([one])["input_ids"][0].tolist()
    special = [i for i, piece in enumerate(ids) if piece in model.tokenizer.all_special_ids]
    mask = model.network.get_input_embeddings().weight[model.tokenizer.mask_token_id]
    assert len(special) >= 3
    for place in range(len(ids)):
        assert torch.equal(baseline[0, place], embeddings[0, place] if place in special else mask)


# ---- Words


def by_hand(model, one, target, steps, side):
    """Captum's own layer attribution on token ids, summed over the tokens of each word of a text with spaces."""
    encoding = model.tokenizer(one.text, one.text_pair, return_offsets_mapping=True, return_tensors="pt")
    ids, sides = encoding["input_ids"], encoding.sequence_ids(0)
    masked = torch.tensor([[i if s is None else model.tokenizer.mask_token_id for i, s in zip(ids[0].tolist(), sides, strict=True)]])
    types = encoding.get("token_type_ids")

    def forward(ids, types):
        return model.network(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=types).logits

    layer = LayerIntegratedGradients(forward, model.network.get_input_embeddings())
    scores = layer.attribute(ids, masked, target=target, additional_forward_args=(types,), n_steps=steps).sum(-1)[0].tolist()
    text = (one.text, one.text_pair)[side]
    words, at = {}, 0
    for word in text.rstrip(".").split(" "):
        words[at, word] = sum(
            score
            for score, s, (start, end) in zip(scores, sides, encoding["offset_mapping"][0].tolist(), strict=True)
            if s == side and end > at and start < at + len(word) and text[start:end].strip()
        )
        at += len(word) + 1
    return words


def test_words_are_the_sum_of_their_pieces(model):
    one = example("The tired teachers slept in the garden.", "An animal ate.")
    found = attribute(model, "integrated_gradients", one, "neutral", steps=30).words
    for side, name in enumerate(("text", "text_pair")):
        wanted = by_hand(model, one, 1, 30, side)
        assert {(w.start, w.text): w.score for w in found if w.side == name} == pytest.approx(wanted, abs=1e-4)
    assert len(model.tokenizer.tokenize("teachers")) > 1 or len(model.tokenizer.tokenize("garden")) > 1


@pytest.mark.parametrize(
    "language, text, units",
    [
        ("ar", "نامت القطة في الحديقة.", ["نامت", "القطة", "في", "الحديقة"]),
        ("zh", "猫在花园里。", ["猫", "在", "花", "园", "里"]),
        ("hi", "बिल्ली हिन्दी पढ़ती है।", ["बिल्ली", "हिन्दी", "पढ़ती", "है"]),
        ("en", "Cats 😀 don't  sleep 👩‍👩‍👧!", ["Cats", "😀", "don't", "sleep", "👩‍👩‍👧"]),
        ("fr", "Le cafe\u0301, l’été.", ["Le", "cafe\u0301", "l’été"]),
    ],
)
def test_words_are_cut_from_the_original_string(model, language, text, units):
    one = example("The cat.", text, "en", language)
    words = [w for w in attribute(model, "input_x_gradient", one, "neutral").words if w.side == "text_pair"]
    assert [w.text for w in words] == units
    assert all(text[w.start : w.end] == w.text for w in words)
    assert all(w.score != 0 for w in words)
    assert sorted(w.start for w in words) == [w.start for w in words]


def test_an_emoji_gets_the_sum_of_its_bytes(xlmr):
    one = example("The cat 😀 slept.")
    embeddings, baseline, forward, *_ = parts(xlmr, one)
    scores = input_x_gradient(forward, embeddings.requires_grad_(True), baseline, 0, 1)[0].sum(-1)[0].tolist()
    encoding = xlmr.tokenizer(one.text, return_offsets_mapping=True)
    bytes_of_it = [s for s, o in zip(scores, encoding["offset_mapping"], strict=True) if tuple(o) == (8, 9)]
    assert len(bytes_of_it) == 4
    found = {w.text: w.score for w in attribute(xlmr, "input_x_gradient", one, "entailment").words}
    assert found["😀"] == pytest.approx(sum(bytes_of_it), abs=1e-6)


def test_a_piece_that_covers_two_characters_is_shared(bert):
    # "ab" as one piece of two graphemes: half of its score each.
    class Encoding(dict):
        def sequence_ids(self, index):
            return [None, 0, 0, None]

    encoding = Encoding(offset_mapping=[(0, 0), (0, 2), (2, 3), (0, 0)])
    found = attribution._words(example("猫狗吃", language="zh"), encoding, [9.0, 4.0, 1.0, 9.0])
    assert [(w.text, w.score) for w in found] == [("猫", 2.0), ("狗", 2.0), ("吃", 1.0)]


def test_repeated_words_keep_their_own_places(model):
    text = "The dog saw the dog."
    words = attribute(model, "integrated_gradients", example(text, "The dog."), "entailment", steps=10).words
    dogs = [w for w in words if w.text == "dog"]
    assert [(w.side, w.start) for w in dogs] == [("text", 4), ("text", 16), ("text_pair", 4)]
    assert len({round(w.score, 6) for w in dogs}) == 3


def test_the_default_target_is_the_prediction(model):
    one = example("The cat slept.", "An animal slept.")
    predicted = model.predict([one])[0].label
    found = attribute(model, "input_x_gradient", one)
    assert (found.target, found.method) == (predicted, "input_x_gradient")
    other = next(label for label in NLI if label != predicted)
    assert attribute(model, "input_x_gradient", one, other).words != found.words


def test_what_does_not_fit_is_counted_and_scores_nothing(xlmr):
    one = example("The cat slept in the old garden. " * 8, "No.")
    found = attribute(xlmr, "input_x_gradient", one)
    assert found.truncated == xlmr.truncated(one) > 0
    assert found.words[0].score != 0
    assert [w.score for w in found.words if w.side == "text"][-1] == 0.0


def test_languages_are_detected_where_they_are_not_given(xlmr):
    one = Example("1", "nli", "", "猫在花园里吃鱼。", "猫吃鱼。")
    assert [w.text for w in attribute(xlmr, "input_x_gradient", one).words if w.side == "text"] == list("猫在花园里吃鱼")


# ---- What is left behind, and refusals


def hooks(network):
    names = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(m, n)) for m in network.modules() for n in names)


def test_nothing_is_left_behind_even_after_an_error(model, monkeypatch):
    one = example("The cat slept.", "An animal slept.")
    before = hooks(model.network)
    wanted = attribute(model, "integrated_gradients", one, "neutral", 20)
    calls = []

    def failing(*given):
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("broken on the way")
        return models.logits(*given)

    monkeypatch.setattr(attribution, "logits", failing)
    with pytest.raises(RuntimeError, match="broken on the way"):
        attribute(model, "integrated_gradients", one, None, 40)
    monkeypatch.undo()
    assert hooks(model.network) == before == 0
    assert all(p.grad is None and not p.requires_grad for p in model.network.parameters())
    free = []

    def take():
        free.append(model.lock.acquire(timeout=1))
        model.lock.release()

    other = threading.Thread(target=take)
    other.start()
    other.join()
    assert free == [True]
    assert attribute(model, "integrated_gradients", one, "neutral", 20) == wanted


@pytest.mark.parametrize(
    "method, target, steps, sentence",
    [
        ("integrated_gradient", None, 50, "Unknown attribution method 'integrated_gradient'. Did you mean integrated_gradients"),
        ("input_x_gradient", "entail", 50, "'entail'. Did you mean entailment"),
        ("integrated_gradients", None, 0, "Integration steps must be between 1 and 1000, got 0."),
        ("integrated_gradients", None, 1001, "Integration steps must be between 1 and 1000, got 1001."),
    ],
)
def test_bad_questions_get_a_sentence(xlmr, method, target, steps, sentence):
    with pytest.raises(InputError) as error:
        attribute(xlmr, method, example("The cat.", "A dog."), target, steps)
    assert sentence in str(error.value)
