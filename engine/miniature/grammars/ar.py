"""Modern Standard Arabic: subject, verb, object, place, time; after another opening the verb comes before its subject. Adjectives
follow their noun. "lam" with the jussive denies. A fronted object and a question about it leave a pronoun on the verb or its preposition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "."
QUESTION = "؟"
CAPITALS = False
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")

AGREEMENTS = ("ms", "fs", "md", "fd", "mp", "fp")
"""Gender and number of the subject, as the verb shows them."""
CLEFTS = {"ms": ("الذي", "هو"), "fs": ("التي", "هي"), "md": ("اللذان", "هما"), "fd": ("اللتان", "هما"), "mp": ("الذين", "هم"), "fp": ("اللواتي", "هن")}
"""The relative that opens a cleft and the pronoun before its subject."""
MOVING = {"arrive": "إلى", "depart": "من"}
"""Actions whose place is said with another preposition."""
BEFORE_PRONOUN = {"على": "علي", "إلى": "إلي", "رأى": "رآ"}
"""Words that change before a pronoun in more than their final letter."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("def",)),
    **dict.fromkeys(("person", "animal"), ("def", "dual", "acc", "pl", "def_pl")),
    "action": (*AGREEMENTS, *(f"juss_{a}" for a in AGREEMENTS)),
    "quality": ("def_m", "def_f"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("with_m", "with_f"),
    "quantifier": ("num",),
    "connective": ("text",),
    "name": ("def",),
    "organisation": ("def",),
    "city": ("loc",),
}
OPTIONAL = ("dual_m", "dual_f", "pl_m", "pl_f", "pl_animal", "def_pl_m", "def_pl_f", "acc_m")
FEATURES = {"gender": (*NOUN_CLASSES, "name", "organisation")}
VALUES = {"gender": ("f", "m")}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """المعلم السعيد لم يقرأ الكتاب القديم في المحطة في المساء (the happy teacher did not read the old book ...)."""
    where = [Word(_place(scene, choose), "where")] if scene.where and ask != "where" else []
    when = [Word(choose(scene.when)["adv"], "when")] if scene.when and ask != "when" else []
    if ask:
        yield from (*_question(scene, choose, ask), *where, *when)
    elif frame == "time_first":
        yield from (*when, *_verb_first(scene, choose), *where)
    elif frame == "place_first":
        yield from (*where, *_verb_first(scene, choose), *when)
    elif frame == "object_first":
        yield from (*_object_first(scene, choose), *where, *when)
    elif frame == "cleft":
        yield from _cleft(scene, choose, [*where, *when])
    else:
        subject = choose(scene.who)
        yield from (*_subject(scene, subject, choose), *_predicate(scene, choose, _agreement(scene, subject)), *where, *when)


def _place(scene: Scene, choose: Choose) -> str:
    """في المحطة; but one arrives at it with "to" and departs with "from": وصل إلى المحطة, غادر من المحطة."""
    place = choose(scene.where)["loc"]
    return re.sub("^[^/]+", MOVING[scene.action], place) if scene.action in MOVING else place


def _subject(scene: Scene, subject: Entry, choose: Choose) -> Iterator[Word]:
    """المعلم السعيد, معلمان اثنان سعيدان, ثلاثة معلمين سعداء, كل المعلمين السعداء."""
    if scene.number:
        number = Word(choose(scene.number)["num" if _quantified(scene) else f"with_{subject.features['gender']}"], "number")
        noun = Word(subject["dual" if scene.number == "two" else "def_pl" if _quantified(scene) else "pl"], "who")
        # The dual noun comes before its emphatic "two"; other numerals and quantifiers come before a genitive plural.
        yield from (noun, number) if scene.number == "two" else (number, noun)
    else:
        yield Word(subject["def"], "who")
    if scene.who_quality:
        yield Word(choose(scene.who_quality)[_adjective_form(scene, subject)], "who_quality")


def _adjective_form(scene: Scene, subject: Entry) -> str:
    gender = subject.features["gender"]
    human = concepts()[scene.who].kind == "person"
    if scene.number in ("", "two"):
        return f"{'dual' if scene.number else 'def'}_{gender}"
    if _quantified(scene):
        return f"def_pl_{gender}" if human else "def_f"
    return f"pl_{gender}" if human else "pl_animal"


def _agreement(scene: Scene, subject: Entry, verb_first: bool = False) -> str:
    """A verb agrees with the subject before it; one that comes first shows gender alone: المعلمون قرؤوا, but قرأ المعلمون."""
    gender = subject.features["gender"]
    if scene.number not in ("", "two") and concepts()[scene.who].kind == "animal":
        # A plural that is not human agrees as a feminine singular.
        return "fs"
    if not scene.number or verb_first:
        return f"{gender}s"
    return f"{gender}d" if scene.number == "two" else f"{gender}p"


def _verb(scene: Scene, choose: Choose, agreement: str) -> tuple[list[Word], list[str]]:
    """The denial, and the words of the verb or verb idiom: لم + يعثر على."""
    action = choose(scene.action)
    if scene.negated:
        return [Word("لم", "negation")], action[f"juss_{agreement}"].split()
    return [], action[agreement].split()


def _predicate(scene: Scene, choose: Choose, agreement: str, inner: Iterable[Word] = ()) -> Iterator[Word]:
    """The verb with its object, and between them what follows the verb's first word: لم يعثر (المعلم) على الكتاب."""
    denial, (first, *others) = _verb(scene, choose, agreement)
    yield from (*denial, Word(first, "action"), *inner)
    if others:
        yield Word(" ".join(others), "action")
    if scene.whom:
        yield from _object(scene, choose(scene.whom), choose, others[-1] if others else "")


def _verb_first(scene: Scene, choose: Choose) -> Iterator[Word]:
    """لم يعثر المعلم السعيد على الكتاب (literally: not found the happy teacher the book)."""
    subject = choose(scene.who)
    return _predicate(scene, choose, _agreement(scene, subject, verb_first=True), _subject(scene, subject, choose))


def _object(scene: Scene, whom: Entry, choose: Choose, before: str = "") -> Iterator[Word]:
    """الكتاب القديم. The prepositions "bi" and "li" before it are written together with it: بالمعلم, للمعلم."""
    noun = whom["def"]
    if before == "ل/ADP":
        # After "li" the article loses its alif, and before another lam its lam too.
        noun = re.sub("^(ال(?=ل)|ا(?=ل))", "", noun)
    yield Word(noun, "whom", glued=before in ("ب/ADP", "ل/ADP"))
    if scene.whom_quality:
        yield Word(choose(scene.whom_quality)[f"def_{whom.features['gender']}"], "whom_quality")


def _with_pronoun(scene: Scene, choose: Choose, pronoun: Word) -> Iterator[Word]:
    """A pronoun for the object on the last word of the verb, the subject after it: قرأه المعلم, ألقى عليه الشرطي القبض."""
    subject = choose(scene.who)
    denial, (*others, last) = _verb(scene, choose, _agreement(scene, subject, verb_first=True))
    text, tag = split_tag(last)
    host = BEFORE_PRONOUN.get(text) or re.sub("ى$", "ا", text)
    yield from denial
    if others:
        yield Word(others[0], "action")
    yield Word(f"{host}/{tag}" if tag else host, "action")
    yield pronoun
    yield from _subject(scene, subject, choose)
    if others[1:]:
        yield Word(" ".join(others[1:]), "action")


def _object_first(scene: Scene, choose: Choose) -> Iterator[Word]:
    """الكتاب القديم لم يقرأه المعلم السعيد (the old book, the happy teacher did not read it)."""
    whom = choose(scene.whom)
    yield from _object(scene, whom, choose)
    yield from _with_pronoun(scene, choose, Word("ها/PRON" if whom.features["gender"] == "f" else "ه/PRON", "whom", glued=True))


def _cleft(scene: Scene, choose: Choose, adverbials: list[Word]) -> Iterator[Word]:
    """الذي قرأ الكتاب في المحطة هو المعلم السعيد (the one who read the book at the station is the happy teacher)."""
    subject = choose(scene.who)
    agreement = _agreement(scene, subject)
    relative, pronoun = CLEFTS[agreement]
    yield Word(f"{relative}/DET", "who")
    yield from _predicate(scene, choose, agreement)
    yield from adverbials
    yield Word(f"{pronoun}/PRON", "who")
    yield from _subject(scene, subject, choose)


def _question(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """من قرأ الكتاب؟ كم معلمًا سعيدًا قرأ الكتاب؟ ما الذي قرأه المعلم؟ أين قرأ المعلم الكتاب؟"""
    if ask == "who":
        yield Word("من/PRON" if _is_who(scene.who) else "ما/PRON الذي/DET", "question")
        yield from _predicate(scene, choose, "ms")
    elif ask == "number":
        subject = choose(scene.who)
        gender = subject.features["gender"]
        yield from (Word("كم/PRON", "question"), Word(subject["acc"], "who"))
        if scene.who_quality:
            yield Word(choose(scene.who_quality)["acc_m" if gender == "m" else "pl_animal"], "who_quality")
        yield from _predicate(scene, choose, f"{gender}s")
    elif ask == "whom":
        yield Word(f"{'من' if _is_who(scene.whom) else 'ما'}/PRON الذي/DET", "question")
        yield from _with_pronoun(scene, choose, Word("ه/PRON", "question", glued=True))
    else:
        place = f"{MOVING[scene.action]}/ADP أين/ADV" if scene.action in MOVING else "أين/ADV"
        yield Word(place if ask == "where" else "متى/ADV", "question")
        yield from _verb_first(scene, choose)


def _quantified(scene: Scene) -> bool:
    return bool(scene.number) and concepts()[scene.number].kind == "quantifier"


def _is_who(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "name", "organisation")
