"""German: subject, finite verb, object, time, place, "nicht", verb prefix; "nicht" after all of them denies the sentence."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
CAPITALS = True

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("sg",)),
    "person": ("sg", "pl"),
    "animal": ("sg", "pl"),
    "action": ("sg", "pl"),
    "quality": ("e", "en"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
}

NOMINATIVE = {"m": "der", "f": "die", "n": "das"}
ACCUSATIVE = {"m": "den", "f": "die", "n": "das"}


def realise(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Drei glückliche Lehrer lasen das alte Buch am Abend am Bahnhof nicht."""
    action = choose(scene.action)
    yield from _subject(scene, choose)
    yield Word(_finite(action, scene), "action")
    if scene.whom:
        yield from _object(scene, choose)
    if scene.when:
        yield Word(choose(scene.when)["adv"], "when")
    if scene.where:
        yield Word(choose(scene.where)["loc"], "where")
    if scene.negated:
        yield Word("nicht", "negation")
    if "prefix" in action.forms:
        yield Word(action["prefix"], "action")


def _subject(scene: Scene, choose: Choose) -> Iterator[Word]:
    """The nominative: article and noun, or number and plural."""
    noun = choose(scene.who)
    if scene.number:
        yield Word(choose(scene.number)["num"], "number")
    else:
        yield Word(NOMINATIVE[noun.features["gender"]], "who")
    if scene.who_quality:
        # Weak singular (der alte) and strong plural (drei alte) both end in -e.
        yield Word(choose(scene.who_quality)["e"], "who_quality")
    yield Word(noun["pl" if scene.number else "sg"], "who")


def _object(scene: Scene, choose: Choose) -> Iterator[Word]:
    """The accusative singular with its article."""
    noun = choose(scene.whom)
    gender = noun.features["gender"]
    yield Word(ACCUSATIVE[gender], "whom")
    if scene.whom_quality:
        yield Word(choose(scene.whom_quality)["en" if gender == "m" else "e"], "whom_quality")
    yield Word(noun.forms.get("obl", noun["sg"]), "whom")


def _finite(action: Entry, scene: Scene) -> str:
    """The verb agreeing in number, and where animals have a verb of their own (fressen for essen) with that."""
    number = "pl" if scene.number else "sg"
    own = f"{number}_animal"
    is_animal = concepts()[scene.who].kind == "animal"
    return action[own if is_animal and own in action.forms else number]
