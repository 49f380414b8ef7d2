"""Spanish: subject, verb, object, place, time; "no" before the verb denies; fronted adverbials, fronted objects with a clitic, clefts.

Living objects have the personal "a". Adjectives follow their noun. Questions put the verb before its subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
VAGUE = ("many", "several", "few")
"""Quantifiers that a cleft says apart from their noun: "fueron pocos los profesores que"."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("sg",)),
    **dict.fromkeys(("person", "animal"), ("sg", "pl")),
    "action": ("sg", "pl"),
    "quality": ("m", "f", "mp", "fp"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("mp", "fp"),
    "connective": ("text",),
    "name": ("sg",),
    "organisation": ("sg",),
    "city": ("loc",),
}
OPTIONAL = ()
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), **dict.fromkeys(("article", "object", "clitic", "place"), ())}
VALUES = {"gender": ("m", "f", "mp", "fp"), "article": ("el",), "clitic": ("le",)}

ARTICLES = {"m": "el", "f": "la", "mp": "los", "fp": "las"}
CLITICS = {"m": "lo", "f": "la", "mp": "los", "fp": "las"}
"""By gender and number."""
CONTRACTIONS = {"a": "al", "de": "del"}
WHERE = {"en": "dónde/ADV", "a": "adónde/ADV", "de": "de/ADP dónde/ADV", "por": "por/ADP dónde/ADV"}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Los tres profesores felices no leyeron el libro viejo en la estación por la noche."""
    choose = cache(choose)  # Articles, adjectives and pronouns agree with the noun, so it has to stay the same word.
    where = [_place(scene, choose)] if scene.where and ask != "where" else []
    when = [Word(choose(scene.when)["adv"], "when")] if scene.when and ask != "when" else []
    comma = Word(",/PUNCT", "punctuation")
    # A place that the verb asks for has the verb behind it: al hotel llegó el médico.
    inverted = frame == "place_first" and "place" in choose(scene.action).features
    if frame == "time_first":
        yield from (*when, comma)
        when = []
    if frame == "place_first":
        yield from where if inverted else (*where, comma)
        where = []
    if inverted:
        yield from (*_verb(scene, choose, _number(scene, choose)), *_subject(scene, choose))
    elif ask:
        yield from _question(scene, choose, ask)
    elif frame == "object_first":
        yield from _object_first(scene, choose)
    else:
        yield from _cleft(scene, choose) if frame == "cleft" else _subject(scene, choose)
        yield from _verb(scene, choose, _number(scene, choose))
        yield from _object(scene, choose)
    yield from (*where, *when)


def _governed(preposition: str, phrase: str) -> str:
    """A phrase with its preposition, if any: al lobo, del hotel, de El Cairo."""
    if preposition in CONTRACTIONS and phrase.startswith("el/DET "):
        return phrase.replace("el/DET", f"{CONTRACTIONS[preposition]}/ADP", 1)
    return f"{preposition}/ADP {phrase}" if preposition else phrase


def _place(scene: Scene, choose: Choose) -> Word:
    """En el hotel; after verbs of arriving, leaving and travelling: al hotel, del hotel, por Brasil."""
    preposition = choose(scene.action).features.get("place", "en")
    return Word(_governed(preposition, choose(scene.where)["loc"].removeprefix("en/ADP ")), "where")


def _agreement(noun: str, number: str, choose: Choose) -> str:
    """Gender and number of a noun: m, f, mp or fp."""
    return choose(noun).features["gender"] + ("p" if number else "")


def _number(scene: Scene, choose: Choose) -> str:
    """sg or pl; the United Nations are plural by themselves."""
    return "pl" if _agreement(scene.who, scene.number, choose).endswith("p") else "sg"


def _noun_phrase(slot: str, noun: str, quality: str, number: str, choose: Choose, preposition: str = "") -> Iterator[Word]:
    """A number or else the article (names bring their own), noun, adjective: tres libros viejos, el libro viejo, al lobo viejo."""
    entry, agreement = choose(noun), _agreement(noun, number, choose)
    if number:
        yield Word(choose(number).tagged.get(agreement) or choose(number)["num"], "number")
        yield Word(entry["pl"], slot)
    elif concepts()[noun].kind in NAME_CLASSES:
        yield Word(_governed(preposition, entry["sg"]), slot)
    else:
        article = entry.features.get("article", ARTICLES[agreement])
        yield Word(_governed(preposition, f"{article}/DET {entry['sg']}"), slot)
    if quality:
        yield Word(choose(quality)[agreement], f"{slot}_quality")


def _subject(scene: Scene, choose: Choose) -> Iterator[Word]:
    yield from _noun_phrase("who", scene.who, scene.who_quality, scene.number, choose)


def _object(scene: Scene, choose: Choose) -> Iterator[Word]:
    if scene.whom:
        yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", choose, _preposition(scene, choose))


def _preposition(scene: Scene, choose: Choose) -> str:
    """The one that the verb asks for, or the personal "a" before whoever lives: vio al lobo, vio el río."""
    living = concepts()[scene.whom].kind in ("person", "animal", *NAME_CLASSES)
    return choose(scene.action).features.get("object", "a" if living else "")


def _verb(scene: Scene, choose: Choose, number: str, clitic: str = "") -> Iterator[Word]:
    """No se lo puso; no le dio las gracias."""
    words = [Word(word, "action") for word in choose(scene.action)[number].split()]
    finite = int(words[0].text == "se/PRON")
    if scene.negated:
        yield Word("no/ADV", "negation")
    yield from words[:finite]
    if clitic:
        yield Word(f"{clitic}/PRON", "whom")
    yield from words[finite:]


def _object_first(scene: Scene, choose: Choose) -> Iterator[Word]:
    """El libro viejo no lo leyeron los tres profesores; al médico le dio las gracias el juez; del río hizo un dibujo el pintor."""
    features = choose(scene.action).features
    # An object with a preposition of the verb's own is taken up by a dative or by nothing.
    clitic = features.get("clitic", "") if "object" in features else CLITICS[_agreement(scene.whom, "", choose)]
    yield from _object(scene, choose)
    yield from _verb(scene, choose, _number(scene, choose), clitic)
    yield from _subject(scene, choose)


def _cleft(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Fue el médico quien, fueron tres lobos los que, fueron pocos los médicos jóvenes que."""
    plural = _number(scene, choose) == "pl"
    agreement = _agreement(scene.who, scene.number, choose)
    subject = list(_subject(scene, choose))
    if scene.number in VAGUE:
        subject.insert(1, Word(f"{ARTICLES[agreement]}/DET", "who"))
        relative = "que/PRON"
    elif _human(scene.who):
        relative = "quienes/PRON" if plural else "quien/PRON"
    else:
        relative = f"{ARTICLES[agreement]}/DET que/PRON"
    yield from (Word("fueron/AUX" if plural else "fue/AUX", "who"), *subject, Word(relative, "who"))


def _question(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """¿Quién leyó el libro? ¿Cuántos profesores leyeron el libro? ¿Qué leyó el profesor? ¿Dónde leyó el profesor el libro?"""
    first = _interrogative(scene, choose, ask)
    yield Word("¿/PUNCT", "punctuation")
    yield replace(first, text=first.text[:1].upper() + first.text[1:], glued=True)
    if ask == "number":
        yield Word(choose(scene.who)["pl"], "who")
        if scene.who_quality:
            yield Word(choose(scene.who_quality)[_agreement(scene.who, scene.number, choose)], "who_quality")
    if ask in ("who", "number"):
        yield from _verb(scene, choose, "pl" if ask == "number" else "sg")
    else:
        clitic = choose(scene.action).features.get("clitic", "") if ask == "whom" else ""
        verb = list(_verb(scene, choose, _number(scene, choose), clitic))
        # ¿Dónde dio de comer el médico al lobo? But with an article, before an object: ¿Dónde dio el médico las gracias al juez?
        apart = (i for i, word in enumerate(verb) if word.text.endswith("/DET") and scene.whom and ask != "whom")
        end = next(apart, len(verb))
        yield from (*verb[:end], *_subject(scene, choose), *verb[end:])
    if ask != "whom":
        yield from _object(scene, choose)


def _interrogative(scene: Scene, choose: Choose, ask: str) -> Word:
    """Quién, qué animal, a quién, a qué animal, qué, de qué, dónde, adónde, cuándo, cuántas."""
    if ask == "number":
        return Word("cuántas/DET" if choose(scene.who).features["gender"] == "f" else "cuántos/DET", "question")
    if ask == "when":
        return Word("cuándo/ADV", "question")
    if ask == "where":
        return Word(WHERE[choose(scene.action).features.get("place", "en")], "question")
    noun = scene.who if ask == "who" else scene.whom
    asked = "quién/PRON" if _human(noun) else "qué/DET animal/NOUN" if concepts()[noun].kind == "animal" else "qué/PRON"
    return Word(_governed(_preposition(scene, choose) if ask == "whom" else "", asked), "question")


def _human(noun: str) -> bool:
    return concepts()[noun].kind in ("person", *NAME_CLASSES)
