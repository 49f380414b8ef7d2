"""Russian: time, subject, verb, object, place; "не" before the verb denies and leaves the object accusative.

There are no articles. Verbs agree with a singular subject in gender and are plural after a numeral.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NOUN_CLASSES, Scene
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
CAPITALS = True

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("nom", "acc")),
    "person": ("nom", "few", "many"),
    "animal": ("nom", "acc", "few", "many"),
    "action": ("m", "f", "n", "pl"),
    "quality": ("m", "f", "n", "acc_f", "acc_animate_m", "pl", "gen_pl"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("m", "f", "n"),
}


def realise(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Вечером два учителя не прочитали старую книгу на вокзале."""
    if scene.when:
        yield Word(choose(scene.when)["adv"], "when")
    who = choose(scene.who)
    if scene.number:
        yield from _counted_subject(scene, who, choose)
    else:
        yield from _single_subject(scene, who, choose)
    if scene.negated:
        yield Word("не", "negation")
    yield Word(choose(scene.action)["pl" if scene.number else who.features["gender"]], "action")
    if scene.whom:
        yield from _object(scene, choose)
    if scene.where:
        yield Word(choose(scene.where)["loc"], "where")


def _single_subject(scene: Scene, who: Entry, choose: Choose) -> Iterator[Word]:
    if scene.who_quality:
        yield Word(choose(scene.who_quality)[who.features["gender"]], "who_quality")
    yield Word(who["nom"], "who")


def _counted_subject(scene: Scene, who: Entry, choose: Choose) -> Iterator[Word]:
    """The numeral governs the noun: genitive singular after two to four ("few"), genitive plural after five ("many")."""
    number, gender = choose(scene.number), who.features["gender"]
    form = number.features["governs"]
    yield Word(number[gender], "number")
    if scene.who_quality:
        # две сильные собаки, but два сильных льва, пять сильных собак
        quality_form = "pl" if gender == "f" and form == "few" else "gen_pl"
        yield Word(choose(scene.who_quality)[quality_form], "who_quality")
        # пять человек, but пять сильных людей
        form = "many_described" if form == "many" and "many_described" in who.forms else form
    yield Word(who[form], "who")


def _object(scene: Scene, choose: Choose) -> Iterator[Word]:
    whom = choose(scene.whom)
    if scene.whom_quality:
        yield Word(choose(scene.whom_quality)[_accusative(whom)], "whom_quality")
    yield Word(whom["acc"], "whom")


def _accusative(noun: Entry) -> str:
    """Which adjective form is the accusative singular: it differs from the nominative in two cases only."""
    gender = noun.features["gender"]
    if gender == "f":
        return "acc_f"
    if gender == "m" and noun.features["animate"] == "yes":
        return "acc_animate_m"
    return gender
