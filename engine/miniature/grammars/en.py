"""English: subject, verb, object, place, time; "did not" denies."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.meanings import NOUN_CLASSES, Scene
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
CAPITALS = True

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("sg", "pl")),
    "action": ("past", "base"),
    "quality": ("adj",),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
}


def realise(scene: Scene, choose: Choose) -> Iterator[Word]:
    """The three happy teachers did not read the old book at the station in the evening."""
    if scene.number:
        yield Word(choose(scene.number)["num"], "number")
    else:
        yield Word("the", "who")
    if scene.who_quality:
        yield Word(choose(scene.who_quality)["adj"], "who_quality")
    yield Word(choose(scene.who)["pl" if scene.number else "sg"], "who")
    action = choose(scene.action)
    if scene.negated:
        yield Word("did not", "negation")
        yield Word(action["base"], "action")
    else:
        yield Word(action["past"], "action")
    if scene.whom:
        yield Word("the", "whom")
        if scene.whom_quality:
            yield Word(choose(scene.whom_quality)["adj"], "whom_quality")
        yield Word(choose(scene.whom)["sg"], "whom")
    if scene.where:
        yield Word(choose(scene.where)["loc"], "where")
    if scene.when:
        yield Word(choose(scene.when)["adv"], "when")
