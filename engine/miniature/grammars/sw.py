"""Swahili: noun, adjective, numeral, verb, object, place, time; the prefix haku- (plural hawaku-) of the verb denies.

Adjectives, subject and object prefixes agree with the noun class; passive with "na", clefts with "ni", adverbials in front.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("sg", "pl")),
    "action": ("past", "stem"),
    "quality": ("c1", "c2"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("num",),
    "connective": ("text",),
    "name": ("sg",),
    "organisation": ("sg",),
    "city": ("loc",),
}
OPTIONAL = ("passive", "c3", "c5", "c6", "c7", "c9", "c11")
FEATURES = {"class": (*NOUN_CLASSES, "name", "organisation"), "object": ()}
VALUES = {"class": ("1", "11", "3", "5", "6", "7", "9"), "object": ("marked",)}

SUBJECT = {"1": "a", "2": "wa", "3": "u", "5": "li", "6": "ya", "7": "ki", "9": "i", "11": "u"}
"""By noun class, the prefix of a verb for its subject: a-lisoma, wa-lisoma."""
RELATIVE = {"1": "ye", "2": "o", "3": "o", "5": "lo", "6": "yo", "7": "cho", "9": "yo", "11": "o"}
"""By noun class, what makes a verb or amba- relative: ali-ye-soma, amba-ye hakusoma."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Walimu watatu wenye furaha hawakusoma kitabu cha zamani kituoni jioni (teachers three happy did-not-read ...).

    Questions keep this order: Nani alisoma kitabu kituoni? Mwalimu alisoma kitabu wapi jioni? Walimu wangapi walisoma nini?
    """
    where = [Word("wapi/ADV", "question") if ask == "where" else Word(choose(scene.where)["loc"], "where")] if scene.where else []
    when = [Word("lini/ADV", "question") if ask == "when" else Word(choose(scene.when)["adv"], "when")] if scene.when else []
    comma = Word(",/PUNCT", "punctuation")
    if frame == "time_first":
        yield from (*when, comma)
        when = []
    if frame == "place_first":
        yield from (*where, comma)
        where = []
    if frame == "object_first":
        yield from _passive(scene, choose)
    else:
        yield from _active(scene, choose, frame, ask)
    yield from (*where, *when)


def _active(scene: Scene, choose: Choose, frame: str, ask: str) -> Iterator[Word]:
    """Walimu walimsaidia daktari; as a cleft: ni walimu waliomsaidia daktari, ni walimu ambao hawakumsaidia daktari."""
    who, whom, action = choose(scene.who), choose(scene.whom) if scene.whom else None, choose(scene.action)
    subject = "1" if ask == "who" else _noun_class(who, scene.number)
    relative = RELATIVE[subject] if frame == "cleft" else ""
    if relative:
        yield Word("ni/AUX", "who")
    if ask == "who":
        yield _asked(who)
    else:
        yield from _noun_phrase("who", who, scene.who_quality, scene.number, choose, counted=ask == "number")
    if relative and scene.negated:
        yield Word(f"amba{relative}/PRON", "who")
        relative = ""
    marker = _object_prefix(action, whom, ask == "whom") if whom else ""
    # Verbs of one syllable keep ku- after -li-: "alikula", but "hakula".
    stem = marker + action["stem"] if marker or scene.negated else action["past"]
    yield from _verb(subject, relative, stem, scene.negated)
    if whom and ask == "whom":
        yield _asked(whom)
    elif whom:
        yield from _noun_phrase("whom", whom, scene.whom_quality, "", choose)


def _passive(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Kitabu cha zamani hakikusomwa na walimu watatu wenye furaha."""
    whom = choose(scene.whom)
    yield from _noun_phrase("whom", whom, scene.whom_quality, "", choose)
    yield from _verb(_noun_class(whom, ""), "", choose(scene.action)["passive"], scene.negated)
    yield Word("na/ADP", "who")
    yield from _noun_phrase("who", choose(scene.who), scene.who_quality, scene.number, choose)


def _noun_phrase(slot: str, noun: Entry, quality: str, number: str, choose: Choose, counted: bool = False) -> Iterator[Word]:
    """The noun, then what agrees with it: "watoto wadogo wawili wa kike", "watoto wawili wa kike wenye furaha"; "watoto wangapi" if counted."""
    words = noun["pl" if number else "sg"].split()
    # "chombo cha usafiri": only the head noun comes before a plain adjective and the numeral. A name is never parted.
    head = words if _kind(noun) in ("name", "organisation") else list(takewhile(lambda word: not word.endswith("/ADP"), words))
    adjective = choose(quality)[f"c{_noun_class(noun, number)}"] if quality else ""
    # "wenye furaha", "waliojeruhiwa": phrases and relative clauses come after the numeral and the noun's own phrase.
    last = " " in adjective or adjective.endswith("/VERB")
    yield Word(" ".join(head), slot)
    if adjective and not last:
        yield Word(adjective, f"{slot}_quality")
    if counted:
        yield Word("wangapi/ADJ", "question")
    elif number:
        yield Word(choose(number)["num"], "number")
    if words[len(head) :]:
        yield Word(" ".join(words[len(head) :]), slot)
    if adjective and last:
        yield Word(adjective, f"{slot}_quality")


def _verb(noun_class: str, relative: str, stem: str, negated: bool) -> Iterator[Word]:
    """Subject prefix, tense and stem, written as one word: "walisoma", "waliosoma", "hawakusoma", "hakusoma"."""
    subject = SUBJECT[noun_class]
    if negated:
        yield Word("haku" if subject == "a" else f"ha{subject}ku", "negation")
        yield Word(stem, "action", glued=True)
    else:
        yield Word(f"{subject}li{relative}{stem}", "action")


def _object_prefix(action: Entry, whom: Entry, asked: bool) -> str:
    """What names the object again in the verb, if it is animate, a name, or the verb wants it: "alimlisha mbwa", "aliupiga teke mpira"."""
    human = _kind(whom) in ("person", "animal", "name", "organisation")
    if asked and not human:
        return ""
    if asked or whom.features["class"] == "1":
        # mw- before a vowel: "alimwona simba".
        return "mw" if action["stem"][0] in "aeiou" else "m"
    return SUBJECT[whom.features["class"]] if human or action.features.get("object") == "marked" else ""


def _asked(noun: Entry) -> Word:
    """Nani alilala? Mnyama gani alilala? Mwalimu alisoma nini?"""
    kind = _kind(noun)
    return Word("nani" if kind in ("person", "name", "organisation") else "mnyama/NOUN gani/DET" if kind == "animal" else "nini", "question")


def _noun_class(noun: Entry, number: str) -> str:
    """Only animate nouns, the subjects, are ever plural."""
    return "2" if number else noun.features["class"]


def _kind(noun: Entry) -> str:
    return concepts()[noun.concept].kind
