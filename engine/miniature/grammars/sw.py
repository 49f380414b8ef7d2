"""Swahili: noun, adjective, numeral, verb, object, place, time; the prefix haku- (plural hawaku-) of the verb denies.

Adjectives agree with the noun class; every subject is animate (classes 1 and 2), so verbs begin with a- or wa-.
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
    **dict.fromkeys(NOUN_CLASSES, ("sg", "pl")),
    "action": ("past", "stem"),
    "quality": ("c1", "c2"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
}


def realise(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Walimu watatu wenye furaha hawakusoma kitabu cha zamani kituoni jioni (teachers three happy did-not-read ...)."""
    number = choose(scene.number) if scene.number else None
    who_quality = choose(scene.who_quality) if scene.who_quality else None
    yield from _noun_phrase("who", choose(scene.who), who_quality, number)
    whom = choose(scene.whom) if scene.whom else None
    yield from _verb(choose(scene.action), whom, plural=bool(scene.number), negated=scene.negated)
    if whom:
        whom_quality = choose(scene.whom_quality) if scene.whom_quality else None
        yield from _noun_phrase("whom", whom, whom_quality, None)
    if scene.where:
        yield Word(choose(scene.where)["loc"], "where")
    if scene.when:
        yield Word(choose(scene.when)["adv"], "when")


def _noun_phrase(slot: str, noun: Entry, quality: Entry | None, number: Entry | None) -> Iterator[Word]:
    """The noun, then what agrees with it: "watoto wadogo wawili wa kike", "watoto wawili wa kike wenye furaha"."""
    # "chombo cha usafiri": only the head noun comes before a plain adjective and the numeral.
    head, _, of_phrase = noun["pl" if number else "sg"].partition(" ")
    adjective = quality[_agreement(noun, number)] if quality else ""
    # "wenye furaha", "la kijani": an adjective of more than one word comes after the numeral and the noun's own phrase.
    last = " " in adjective
    yield Word(head, slot)
    if adjective and not last:
        yield Word(adjective, f"{slot}_quality")
    if number:
        yield Word(number["num"], "number")
    if of_phrase:
        yield Word(of_phrase, slot)
    if last:
        yield Word(adjective, f"{slot}_quality")


def _agreement(noun: Entry, number: Entry | None) -> str:
    """The form key of the noun's class; only animate nouns, the subjects, are ever plural."""
    return "c2" if number else f"c{noun.features['class']}"


def _verb(action: Entry, whom: Entry | None, plural: bool, negated: bool) -> Iterator[Word]:
    """Subject prefix and tense, the object prefix of an animate object, and the stem, written as one word."""
    animate = whom is not None and whom.features["class"] == "1"
    if animate:
        # An animate object is named again in the verb: "alimlisha mbwa", and mw- before a vowel: "alimwona simba".
        stem = ("mw" if action["stem"][0] in "aeiou" else "m") + action["stem"]
    else:
        # Verbs of one syllable keep ku- after -li-: "alikula", but "hakula".
        stem = action["stem" if negated else "past"]
    if negated:
        yield Word("hawaku" if plural else "haku", "negation")
        yield Word(stem, "action", glued=True)
    else:
        yield Word(("wali" if plural else "ali") + stem, "action")
