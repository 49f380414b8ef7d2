"""English: subject, verb, object, place, time; "did not" denies; passive, clefts, and adverbials in front."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.meanings import NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
VAGUE = ("many", "several", "few")
"""Quantifiers that no cleft can stress: "there were few teachers who", not "it was few teachers who"."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("sg", "pl")),
    "action": ("past", "base", "part"),
    "quality": ("adj",),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("num",),
    "connective": ("text",),
    "name": ("sg",),
    "organisation": ("sg",),
    "city": ("loc",),
}
OPTIONAL = ()
FEATURES: dict[str, tuple[str, ...]] = {}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """The three happy teachers did not read the old book at the station in the evening."""
    where = [Word(choose(scene.where)["loc"], "where")] if scene.where and ask != "where" else []
    when = [Word(choose(scene.when)["adv"], "when")] if scene.when and ask != "when" else []
    comma = Word(",/PUNCT", "punctuation")
    if frame == "time_first":
        yield from (*when, comma)
        when = []
    if frame == "place_first":
        yield from (*where, comma)
        where = []
    if frame == "object_first":
        yield from _passive(scene, choose)
    elif ask:
        yield from _question(scene, choose, ask)
    else:
        if frame == "cleft":
            yield Word("there/PRON were/AUX" if scene.number in VAGUE else "it/PRON was/AUX", "who")
        yield from _noun_phrase("who", scene.who, scene.who_quality, scene.number, choose)
        if frame == "cleft":
            yield Word("who/PRON" if _human(scene.who) else "that/PRON", "who")
        yield from _active(scene, choose)
        yield from _object(scene, choose)
    yield from (*where, *when)


def _noun_phrase(slot: str, noun: str, quality: str, number: str, choose: Choose) -> Iterator[Word]:
    """A number or else the article (names have none), adjective, noun."""
    if concepts()[noun].kind in ("name", "organisation"):
        yield Word(choose(noun)["sg"], slot)
        return
    yield Word(choose(number)["num"], "number") if number else Word("the/DET", slot)
    if quality:
        yield Word(choose(quality)["adj"], f"{slot}_quality")
    yield Word(choose(noun)["pl" if number else "sg"], slot)


def _object(scene: Scene, choose: Choose) -> Iterator[Word]:
    if scene.whom:
        yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", choose)


def _active(scene: Scene, choose: Choose) -> Iterator[Word]:
    action = choose(scene.action)
    if scene.negated:
        yield Word("did/AUX", "action")
        yield Word("not/PART", "negation")
        yield Word(action["base"], "action")
    else:
        yield Word(action["past"], "action")


def _passive(scene: Scene, choose: Choose) -> Iterator[Word]:
    """The old book was not read by the three happy teachers."""
    yield from _object(scene, choose)
    yield Word("was/AUX", "action")
    if scene.negated:
        yield Word("not/PART", "negation")
    yield Word(choose(scene.action)["part"], "action")
    yield Word("by/ADP", "who")
    yield from _noun_phrase("who", scene.who, scene.who_quality, scene.number, choose)


def _question(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """Who read the book? How many teachers read the book? What did the teacher read? Where did the teacher read the book?"""
    subject = list(_noun_phrase("who", scene.who, scene.who_quality, "" if ask == "number" else scene.number, choose))
    if ask in ("who", "number"):
        if ask == "who":
            yield Word("who/PRON" if _human(scene.who) else "what/PRON", "question")
        else:
            yield Word("how/ADV many/ADJ", "question")
            if scene.who_quality:
                yield Word(choose(scene.who_quality)["adj"], "who_quality")
            yield Word(choose(scene.who)["pl"], "who")
        yield from _active(scene, choose)
        yield from _object(scene, choose)
        return
    asked = {"where": "where/ADV", "when": "when/ADV"}.get(ask) or ("whom/PRON" if _human(scene.whom) else "what/PRON")
    yield Word(asked, "question")
    yield Word("did/AUX", "action")
    yield from subject
    if scene.negated:
        yield Word("not/PART", "negation")
    yield Word(choose(scene.action)["base"], "action")
    if ask != "whom":
        yield from _object(scene, choose)


def _human(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "name", "organisation")
