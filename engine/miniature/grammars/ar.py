"""Modern Standard Arabic: subject, verb, object, place, time; adjectives follow their noun; "lam" with the jussive denies."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
CAPITALS = False

AGREEMENTS = ("ms", "fs", "md", "fd", "mp", "fp")
"""Gender and number of the subject, as the verb shows them."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("def",)),
    **dict.fromkeys(("person", "animal"), ("def", "dual", "pl")),
    "action": (*AGREEMENTS, *(f"juss_{a}" for a in AGREEMENTS)),
    "quality": ("def_m", "def_f", "dual_m", "dual_f", "pl_m", "pl_f", "pl_animal"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("with_m", "with_f"),
}


def realise(scene: Scene, choose: Choose) -> Iterator[Word]:
    """المعلم السعيد لم يقرأ الكتاب القديم في المحطة في المساء (the happy teacher did not read the old book ...)."""
    subject = choose(scene.who)
    yield from _subject(scene, subject, choose)
    agreement = _verb_agreement(scene, subject)
    action = choose(scene.action)
    if scene.negated:
        yield Word("لم", "negation")
        yield Word(action[f"juss_{agreement}"], "action")
    else:
        yield Word(action[agreement], "action")
    if scene.whom:
        whom = choose(scene.whom)
        yield Word(whom["def"], "whom")
        if scene.whom_quality:
            yield Word(choose(scene.whom_quality)[f"def_{whom.features['gender']}"], "whom_quality")
    if scene.where:
        yield Word(choose(scene.where)["loc"], "where")
    if scene.when:
        yield Word(choose(scene.when)["adv"], "when")


def _subject(scene: Scene, subject: Entry, choose: Choose) -> Iterator[Word]:
    if scene.number:
        number = Word(choose(scene.number)[f"with_{subject.features['gender']}"], "number")
        # The dual noun comes before its emphatic "two"; the other numerals come before a genitive plural.
        if scene.number == "two":
            yield Word(subject["dual"], "who")
            yield number
        else:
            yield number
            yield Word(subject["pl"], "who")
    else:
        yield Word(subject["def"], "who")
    if scene.who_quality:
        yield Word(choose(scene.who_quality)[_adjective_form(scene, subject)], "who_quality")


def _adjective_form(scene: Scene, subject: Entry) -> str:
    gender = subject.features["gender"]
    if not scene.number:
        return f"def_{gender}"
    if scene.number == "two":
        return f"dual_{gender}"
    return f"pl_{gender}" if _is_human(scene) else "pl_animal"


def _verb_agreement(scene: Scene, subject: Entry) -> str:
    gender = subject.features["gender"]
    if not scene.number:
        return f"{gender}s"
    if scene.number == "two":
        return f"{gender}d"
    # A plural that is not human agrees as a feminine singular.
    return f"{gender}p" if _is_human(scene) else "fs"


def _is_human(scene: Scene) -> bool:
    return concepts()[scene.who].kind == "person"
