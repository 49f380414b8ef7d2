"""Indonesian: subject, tidak, verb, object, place, time; itu marks the definite singular, and the past is left unmarked, as in narrative and news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, ancestors, concepts, of_kind
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("word",)),
    "action": ("act",),
    "quality": ("attr",),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("num",),
    "connective": ("text",),
    "name": ("word",),
    "organisation": ("word",),
    "city": ("loc",),
}
OPTIONAL = ("pass",)
FEATURES = dict.fromkeys(("classifier", "place", "adverb", "relative"), ())
VALUES = {"classifier": ("no",), "relative": ("yes",)}
OBJECTS = (*NOUN_CLASSES, *NAME_CLASSES)
BESIDE = {
    "action": (("act", "pass"), (*OBJECTS, *of_kind(*OBJECTS))),
    "quality": (("attr",), (*NOUN_CLASSES, *of_kind(*NOUN_CLASSES))),
    **dict.fromkeys(("number", "quantifier"), (("num",), ("person", "animal", *of_kind("person", "animal")))),
}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: act_tree, attr_animal, num_person."""
COMMA = Word(",/PUNCT", "punctuation")
THAT = Word("yang/PRON", "who")


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Guru muda itu tidak membaca buku tua itu di stasiun pada malam hari: teacher young that not read book old that at station at night."""
    action = choose(scene.action)
    number = choose(scene.number) if scene.number and ask not in ("who", "number") else None
    where = [_where(scene, choose, action)] if scene.where and ask != "where" else []
    when = [Word(choose(scene.when)["adv"], "when")] if scene.when and ask != "when" else []
    if frame == "time_first":
        yield from (*when, COMMA)
        when = []
    if frame == "place_first":
        yield from (*where, COMMA)
        where = []
    if frame == "cleft":
        yield from _cleft(scene, choose, number, (*_active(scene, choose, action), *where, *when))
        return
    if frame == "object_first":
        yield from (*_object(scene, choose), *_passive(scene, choose, action, number))
    elif ask:
        yield from _question(scene, choose, action, number, ask)
    else:
        yield from (*_subject(scene, choose, number), *_active(scene, choose, action))
    yield from (*where, *when)


def _noun_phrase(slot: str, noun: str, quality: str, choose: Choose, number: Entry | None = None, definite: str = "itu/DET") -> Iterator[Word]:
    """Guru muda itu, tiga guru muda, tiga ekor kucing, semua guru itu; names stand alone."""
    entry = choose(noun)
    if concepts()[noun].kind in ("name", "organisation"):
        yield Word(entry["word"], slot)
        return
    if number:
        yield Word(number["num"] if entry.features.get("classifier") == "no" else _form(number, "num", noun), "number")
    yield Word(entry["word"], slot)
    if quality:
        yield Word(_form(choose(quality), "attr", noun), f"{slot}_quality")
    if definite:
        yield Word(definite, slot)


def _agent(scene: Scene, choose: Choose, number: Entry | None, definite: str = "itu/DET") -> Iterator[Word]:
    """Guru itu, semua guru itu, but tiga guru: other numbers make no definite phrase."""
    yield from _noun_phrase("who", scene.who, scene.who_quality, choose, number, definite if scene.number in ("", "all") else "")


def _object(scene: Scene, choose: Choose) -> Iterator[Word]:
    if scene.whom:
        yield from _noun_phrase("whom", scene.whom, scene.whom_quality, choose)


def _subject(scene: Scene, choose: Choose, number: Entry | None) -> Iterator[Word]:
    """Tiga guru; hanya sedikit guru yang, where a quantifier wants the verb in a relative clause."""
    yield from _adverb(number)
    yield from _agent(scene, choose, number)
    if number and "relative" in number.features:
        yield THAT


def _adverb(number: Entry | None) -> list[Word]:
    """Hanya of hanya sedikit, which comes before a passive verb or ada."""
    return [Word(f"{number.features['adverb']}/ADV", "number")] if number and "adverb" in number.features else []


def _denial(scene: Scene) -> list[Word]:
    return [Word("tidak/PART", "negation")] if scene.negated else []


def _active(scene: Scene, choose: Choose, action: Entry) -> Iterator[Word]:
    """Tidak membaca buku itu."""
    yield from (*_denial(scene), Word(_form(action, "act", scene.whom), "action"), *_object(scene, choose))


def _passive(scene: Scene, choose: Choose, action: Entry, number: Entry | None) -> Iterator[Word]:
    """Tidak dibaca oleh guru itu; hanya dibaca oleh sedikit guru."""
    yield from (*_adverb(number), *_denial(scene), Word(_form(action, "pass", scene.whom), "action"), Word("oleh/ADP", "who"))
    yield from _agent(scene, choose, number)


def _cleft(scene: Scene, choose: Choose, number: Entry | None, predicate: Iterable[Word]) -> Iterator[Word]:
    """Guru itulah yang membaca buku itu; ada tiga guru yang membaca buku itu; yang membaca buku itu adalah Maria Silva."""
    if concepts()[scene.who].kind in ("name", "organisation"):
        yield from (THAT, *predicate, Word("adalah/AUX", "who"), *_agent(scene, choose, number))
    elif number and scene.number != "all":
        yield from (*_adverb(number), Word("ada/VERB", "who"), *_agent(scene, choose, number), THAT, *predicate)
    else:
        yield from (*_agent(scene, choose, number, definite="itulah/DET"), THAT, *predicate)


def _question(scene: Scene, choose: Choose, action: Entry, number: Entry | None, ask: str) -> Iterator[Word]:
    """Siapa yang membaca buku itu? Apa yang dibaca oleh guru itu? Kepada siapa guru itu berterima kasih? Di mana guru itu membaca buku itu?"""
    if ask == "who":
        yield from (_interrogative(scene.who), *_active(scene, choose, action))
    elif ask == "number":
        yield Word("berapa/ADV banyak/DET", "question")
        yield from (*_noun_phrase("who", scene.who, scene.who_quality, choose, definite=""), THAT, *_active(scene, choose, action))
    elif ask == "whom":
        verb, _, preposition = _form(action, "act", scene.whom).rpartition(" ")
        if preposition.endswith("/ADP") and _human(scene.whom):
            yield from (Word(f"{preposition} siapa/PRON", "question"), *_subject(scene, choose, number), Word(verb, "action"))
        else:
            yield from (_interrogative(scene.whom), *_passive(scene, choose, action, number))
    else:
        yield Word(f"{_preposition(action)} mana/PRON" if ask == "where" else "kapan/ADV", "question")
        yield from (*_subject(scene, choose, number), *_active(scene, choose, action))


def _interrogative(noun: str) -> Word:
    animal = concepts()[noun].kind == "animal"
    return Word("hewan/NOUN apa/DET yang/PRON" if animal else "siapa/PRON yang/PRON" if _human(noun) else "apa/PRON yang/PRON", "question")


def _where(scene: Scene, choose: Choose, action: Entry) -> Word:
    """Di stasiun; dari stasiun of departing."""
    return Word(choose(scene.where)["loc"].replace("di/ADP", _preposition(action), 1), "where")


def _preposition(action: Entry) -> str:
    return f"{action.features.get('place', 'di')}/ADP"


def _form(entry: Entry, key: str, noun: str) -> str:
    """The form for this noun, its hypernym or its class, where there is one: memanjat of a tree, mendaki of a mountain."""
    special = (f"{key}_{name}" for name in (*ancestors(noun), concepts()[noun].kind)) if noun else ()
    return entry[next((k for k in special if k in entry.forms), key)]


def _human(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "name", "organisation")
