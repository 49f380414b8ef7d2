"""Chinese: subject, time, place, verb, object; 没有 before the place and the verb denies, and the verb then loses its 了."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.meanings import NOUN_CLASSES, Scene
from engine.miniature.realisation import Choose, Word

SPACED = False
STOP = "。"
CAPITALS = False

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("word",)),
    "action": ("past", "plain"),
    "quality": ("attr",),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
}


def realise(scene: Scene, choose: Choose) -> Iterator[Word]:
    """那位年轻的老师傍晚没有在车站读那本旧书: that-CL young teacher evening not at-station read that-CL old book."""
    yield from _noun_phrase(choose, "who", scene.who, scene.who_quality, scene.number)
    if scene.when:
        yield Word(choose(scene.when)["adv"], "when")
    # Before the place, 没有 denies the whole event; after it, it would only deny the verb.
    if scene.negated:
        yield Word("没有", "negation")
    if scene.where:
        yield Word(choose(scene.where)["loc"], "where")
    yield Word(choose(scene.action)["plain" if scene.negated else "past"], "action")
    if scene.whom:
        yield from _noun_phrase(choose, "whom", scene.whom, scene.whom_quality)


def _noun_phrase(choose: Choose, slot: str, noun: str, quality: str, number: str = "") -> Iterator[Word]:
    """A numeral or else the demonstrative 那, then classifier, adjective, noun."""
    entry = choose(noun)
    classifier = entry.features["classifier"]
    if number:
        yield Word(choose(number)["num"], "number")
        yield Word(classifier, slot)
    else:
        yield Word("那" + classifier, slot)
    if quality:
        yield Word(choose(quality)["attr"], f"{slot}_quality")
    yield Word(entry["word"], slot)
