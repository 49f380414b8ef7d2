"""Training objectives: projections and noise by hand, a worst case in closed form, and how often words are redrawn."""

import json
import math
import random
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional

from engine import models
from engine.config import Adv, CodeSwitch, RsDa, RsRp, Standard
from engine.errors import InputError
from engine.miniature.lexicon import languages
from engine.perturbations import neighbours
from engine.results import Example
from engine.training import objectives
from engine.training.objectives import OBJECTIVES, adv_loss, mixed, project, rsrp_loss, standard_loss, with_neighbours


class Linear(torch.nn.Module):
    """Logits (0, w . sum of the embeddings): cross-entropy of label 1 is log(1 + exp(-w . sum))."""

    def __init__(self, rows, weights):
        super().__init__()
        self.config = SimpleNamespace(model_type="linear")
        self.embeddings = torch.nn.Embedding.from_pretrained(torch.tensor(rows), freeze=False)
        self.weights = torch.nn.Parameter(torch.tensor(weights))
        self.seen = []

    def get_input_embeddings(self):
        return self.embeddings

    def forward(self, input_ids=None, inputs_embeds=None, attention_mask=None):
        given = self.embeddings(input_ids) if inputs_embeds is None else inputs_embeds
        self.seen.append(given.detach())
        total = ((given * attention_mask.unsqueeze(-1)) @ self.weights).sum(1)
        return SimpleNamespace(logits=torch.stack([torch.zeros_like(total), total], dim=1))


ROWS = [[0.0, 0.0], [3.0, 4.0], [0.6, -0.8], [0.0, 1.0], [1.0, 0.0]]
"""Lengths 0, 5, 1, 1, 1: the mean is 1.6. Absolute coordinates: 10.4 over 10, the mean is 1.04."""


def value(loss):
    return float(loss.detach())


def toy():
    return Linear(ROWS, [0.3, -0.4])


def batch(rows):
    ids = torch.tensor(rows)
    return {"input_ids": ids, "attention_mask": (ids != 0).long()}


# ---- Balls


def test_projection_by_hand():
    noise = torch.tensor([[[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]]])
    assert project(noise, 1.0, "l2")[0].flatten().tolist() == pytest.approx([0.6, 0.8, 0.3, 0.4, 0.0, 0.0])
    assert project(noise, torch.tensor(2.5), "l2")[0, 0].tolist() == pytest.approx([1.5, 2.0])
    assert project(torch.tensor([[[3.0, -0.2], [-4.0, 0.5]]]), 0.5, "linf")[0].tolist() == [[0.5, pytest.approx(-0.2)], [-0.5, 0.5]]
    assert not project(noise, 0.0, "l2").any() and not project(noise, 0.0, "linf").any()


@pytest.mark.parametrize("norm, unit", [("l2", 1.6), ("linf", 1.04)])
def test_radii_are_shares_of_the_mean_embedding(norm, unit):
    assert float(objectives._room(toy(), norm)) == pytest.approx(unit)


@pytest.mark.parametrize("norm, unit", [("l2", 1.6), ("linf", 1.04)])
def test_noise_stays_in_the_ball_of_every_token_and_off_padding(norm, unit):
    network, given = toy(), batch([[1, 2, 3], [4, 0, 0]])
    torch.manual_seed(0)
    adv_loss(network, given, torch.tensor([1, 0]), Adv(radius=0.5, step_size=0.4, steps=3, norm=norm, clean_weight=0.0))
    clean = network.embeddings(given["input_ids"]).detach()
    assert len(network.seen) == 4
    longest = []
    for seen in network.seen:
        noise = seen - clean
        assert not noise[1, 1:].any()
        sizes = noise.norm(dim=-1) if norm == "l2" else noise.abs().amax(-1)
        assert float(sizes.max()) <= 0.5 * unit + 1e-5
        longest.append(float(sizes.max()))
    assert longest[-1] == pytest.approx(0.5 * unit, abs=1e-5), "three steps of 0.4 reach the border of a ball of 0.5"


# ---- ADV


@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize("label", [0, 1])
def test_the_worst_case_of_a_linear_model_is_found(norm, label):
    network, given = toy(), batch([[1, 2], [3, 0]])
    weights, rows = torch.tensor([0.3, -0.4]), torch.tensor(ROWS)
    # Every token moves against the margin by as much as the ball lets it: r |w|_2 (here 0.5 r), or r |w|_1 (here 0.7 r).
    step = 0.25 * (1.6 * 0.5 if norm == "l2" else 1.04 * 0.7)
    sign = 1 if label == 1 else -1
    margins = [sign * float((rows[1] + rows[2]) @ weights) - 2 * step, sign * float(rows[3] @ weights) - step]
    wanted = sum(math.log1p(math.exp(-m)) for m in margins) / 2
    gold = torch.tensor([label, label])
    torch.manual_seed(3)
    found = value(adv_loss(network, given, gold, Adv(radius=0.25, step_size=0.2, steps=20, norm=norm, clean_weight=0.0)))
    assert found == pytest.approx(wanted, abs=1e-4)
    clean = value(standard_loss(network, given, gold, Standard()))
    assert found > clean + 0.01
    mixed = value(adv_loss(network, given, gold, Adv(radius=0.25, step_size=0.2, steps=20, norm=norm, clean_weight=0.75)))
    assert mixed == pytest.approx(0.75 * clean + 0.25 * wanted, abs=1e-4)


def test_the_gradient_is_that_of_the_worst_case():
    network, given, gold = toy(), batch([[1, 2]]), torch.tensor([1])
    torch.manual_seed(1)
    adv_loss(network, given, gold, Adv(radius=0.25, step_size=0.2, steps=20, clean_weight=0.0)).backward()
    # d/dw log(1 + exp(-w . s)) = -sigmoid(-w . s) s at the perturbed sum s = e1 + e2 - 2 r w / |w|.
    total = torch.tensor([3.6, 3.2]) - 2 * 0.25 * 1.6 * torch.tensor([0.6, -0.8])
    wanted = -torch.sigmoid(-(total @ torch.tensor([0.3, -0.4]))) * total
    assert network.weights.grad.tolist() == pytest.approx(wanted.tolist(), abs=1e-4)
    assert network.embeddings.weight.grad[1].any(), "the embeddings are trained too"


@pytest.mark.parametrize("name", ["tiny_xlmr", "tiny_bert"])
@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_without_a_radius_every_loss_is_the_standard_one(name, norm, request):
    model = models.load(str(request.getfixturevalue(name)))
    examples = [Example("1", "nli", "en", a, b) for a, b in (("The cat slept in the garden.", "An animal slept."), ("No.", "Yes."))]
    given, gold = model.encode(examples), torch.tensor([0, 2])
    standard = value(standard_loss(model.network, given, gold, Standard()))
    assert standard == pytest.approx(float(functional.cross_entropy(model.network(**given).logits, gold)), abs=1e-6)
    assert value(adv_loss(model.network, given, gold, Adv(radius=0.0, norm=norm, clean_weight=0.0))) == pytest.approx(standard, abs=1e-5)
    assert value(rsrp_loss(model.network, given, gold, RsRp(radius=0.0, norm=norm))) == pytest.approx(standard, abs=1e-5)
    attacked = value(adv_loss(model.network, given, gold, Adv(radius=0.5, steps=3, norm=norm, clean_weight=0.0)))
    assert attacked > standard + 0.01


# ---- RS-RP


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_sampled_noise_is_uniform_in_the_ball(norm):
    torch.manual_seed(5)
    noise = objectives._sampled(torch.zeros(4, 5_000, 3), torch.tensor(2.0), norm)
    assert noise.mean((0, 1)).abs().max() < 0.05
    sizes = noise.norm(dim=-1) if norm == "l2" else noise.abs().amax(-1)
    assert float(sizes.max()) <= 2.0 + 1e-6
    # Of a ball in three dimensions an eighth lies within half the radius, in either norm.
    assert float((sizes < 1.0).float().mean()) == pytest.approx(0.125, abs=0.01)


def test_random_perturbation_noises_text_and_not_padding():
    network, given = toy(), batch([[1, 2, 3], [4, 0, 0]])
    torch.manual_seed(0)
    rsrp_loss(network, given, torch.tensor([1, 0]), RsRp(radius=0.5))
    noise = network.seen[0] - network.embeddings(given["input_ids"]).detach()
    assert not noise[1, 1:].any()
    assert ((noise[0].norm(dim=-1) > 0) & (noise[0].norm(dim=-1) <= 0.8 + 1e-6)).all()


# ---- RS-DA


def redrawn(text, draws, settings):
    rng = random.Random(11)
    return [with_neighbours(Example("1", "nli", "en", text, None, None, "neutral"), settings, rng) for _ in range(draws)]


@pytest.fixture
def neighbour_file(tmp_path):
    path = tmp_path / "neighbours.json"
    path.write_text(json.dumps({"cat": ["feline", "kitty", "moggy"], "slept": ["dozed"]}))
    return str(path)


def test_a_word_with_k_neighbours_stays_with_chance_one_in_k_plus_one(neighbour_file):
    draws = 4_000
    found = [e.text for e in redrawn("The cat slept.", draws, RsDa(neighbours=neighbour_file))]
    for word in ("cat", "feline", "kitty", "moggy"):
        assert sum(f" {word} " in t for t in found) / draws == pytest.approx(1 / 4, abs=0.03)
    assert sum("slept." in t for t in found) / draws == pytest.approx(1 / 2, abs=0.03)
    both = sum(t == "The cat slept." for t in found) / draws
    assert both == pytest.approx(1 / 8, abs=0.03), "words are drawn independently"


def test_the_rate_says_how_many_words_are_redrawn_at_all(neighbour_file):
    found = [e.text for e in redrawn("The cat slept.", 4_000, RsDa(neighbours=neighbour_file, rate=0.4))]
    # Redrawn with chance 0.4, and then something else three times in four.
    assert sum("cat" not in t for t in found) / 4_000 == pytest.approx(0.3, abs=0.03)
    assert {e.text for e in redrawn("The cat slept.", 50, RsDa(neighbours=neighbour_file, rate=0.0))} == {"The cat slept."}


def test_words_without_neighbours_stay(neighbour_file):
    for source in (neighbour_file, "lexicon"):
        assert {e.text for e in redrawn("Zyx qwv, 42!", 20, RsDa(neighbours=source))} == {"Zyx qwv, 42!"}


def test_a_stray_control_character_in_the_data_is_no_obstacle():
    found = {e.text for e in redrawn("The cat\x9d slept.", 30, RsDa(noise=1.0))}
    assert len(found) > 5 and all("\x9d" in text for text in found)


def test_neighbours_of_the_lexicon_are_drawn_evenly():
    text = "The teacher bought a car."
    spans = neighbours("en").candidates(text)
    span, others = max(spans, key=lambda s: len(s[1]))
    assert others
    draws = 2_000
    found = [e.text for e in redrawn(text, draws, RsDa())]
    for word in (span.text, *others):
        shown = text[: span.start] + word
        assert sum(t.startswith(shown) or f" {word}" in t for t in found) / draws == pytest.approx(1 / (len(others) + 1), abs=0.05)


def test_both_texts_are_redrawn_and_the_rest_is_kept(neighbour_file):
    example = Example("7", "nli", "en", "The cat slept.", "A cat slept.", "en", "neutral", "train")
    rng = random.Random(2)
    found = [with_neighbours(example, RsDa(neighbours=neighbour_file), rng) for _ in range(60)]
    assert {(e.id, e.label, e.split) for e in found} == {("7", "neutral", "train")}
    assert len({e.text for e in found}) == len({e.text_pair for e in found}) == 8
    assert any(("cat" in e.text) != ("cat" in e.text_pair) for e in found), "independently"


def test_one_rng_state_gives_one_draw(neighbour_file):
    example = Example("7", "nli", "en", "The cat slept.", "A cat slept.")
    settings = RsDa(neighbours=neighbour_file, noise=0.5)
    first, second = ([with_neighbours(example, settings, random.Random(s)) for s in range(9)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 3


def test_noise_comes_on_top(neighbour_file):
    settings = RsDa(neighbours=neighbour_file, rate=0.0, noise=1.0)
    assert all(e.text != "The cat slept." for e in redrawn("The cat slept.", 20, settings))


# ---- Code-switching


PAIR = Example("7", "nli", "en", "The tall doctor bought a red car.", "A person bought a vehicle.", "en", "entailment", "train")


def mixtures(settings, draws=200, example=PAIR):
    rng = random.Random(3)
    return [mixed(example, settings, rng) for _ in range(draws)]


def test_so_many_texts_are_mixed_each_by_itself():
    found = mixtures(CodeSwitch(texts=0.5, rate=1.0), 2_000)
    changed = [(e.text != PAIR.text, e.text_pair != PAIR.text_pair) for e in found]
    for text in (0, 1):
        assert sum(c[text] for c in changed) / len(found) == pytest.approx(0.5, abs=0.04)
    assert sum(map(all, changed)) / len(found) == pytest.approx(0.25, abs=0.04)
    assert {(e.id, e.label, e.split, e.language) for e in found} == {("7", "entailment", "train", "en")}


def test_the_words_are_those_of_many_languages():
    found = {e.text for e in mixtures(CodeSwitch(texts=1.0, rate=1.0))}
    assert any("Auto" in t for t in found) and any("машину" in t or "машина" in t for t in found)
    assert len(found) >= len(languages()) - 1


def test_the_rate_says_how_many_words_are_replaced():
    def replaced(rate):
        found = mixtures(CodeSwitch(texts=1.0, rate=rate))
        return sum(word not in e.text for e in found for word in ("tall", "doctor", "bought", "red", "car")) / len(found)

    assert 0.5 < replaced(0.2) < replaced(0.4) < replaced(1.0)


def test_a_dictionary_of_ones_own_is_taken_and_a_missing_one_is_named(tmp_path):
    path = tmp_path / "en-xx.txt"
    path.write_text("car wagen\ncar bil\n")
    found = {e.text for e in mixtures(CodeSwitch(dictionary=str(path), texts=1.0, rate=1.0))}
    assert found == {PAIR.text.replace("car", word) for word in ("wagen", "bil")}
    with pytest.raises(InputError, match="The dictionary .*nowhere.txt cannot be read"):
        mixtures(CodeSwitch(dictionary=str(tmp_path / "nowhere.txt"), texts=1.0))


def test_a_text_in_no_known_language_or_alone_stays_whole():
    assert {e.text for e in mixtures(CodeSwitch(texts=1.0), 20, Example("1", "topic", "xx", "Zyx qwv."))} == {"Zyx qwv."}
    assert {e.text_pair for e in mixtures(CodeSwitch(texts=1.0), 20, Example("1", "topic", "en", "The car."))} == {None}


# ---- All of them


def test_every_objective_has_its_settings_and_leaves_other_examples_alone():
    from engine.config import OBJECTIVE_SETTINGS

    assert set(OBJECTIVES) == set(OBJECTIVE_SETTINGS)
    example = Example("1", "nli", "en", "The cat slept.")
    for name in ("standard", "adv", "rsrp"):
        assert OBJECTIVES[name].augment(example, OBJECTIVE_SETTINGS[name](), random.Random(1)) is example
