"""Finnish: subject, verb, object, place, time; the verb "ei" denies and makes the object partitive; fronted adverbials and objects, relative clefts.

There are no articles. A noun after a numeral is in the partitive singular, and the verb stays singular.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts, of_kind
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
ORDERS = {
    "plain": ("who", "action", "whom", "end", "where", "when"),
    "time_first": ("when", "who", "action", "whom", "end", "where"),
    "place_first": ("where", "who", "action", "whom", "end", "when"),
    "object_first": ("whom", "action", "end", "when", "where", "who"),
    "denied_object_first": ("whom", "who", "action", "end", "where", "when"),
    "cleft": ("who", "action", "whom", "end", "where", "when"),
    "question": ("question", "who", "action", "whom", "end", "where", "when"),
}
"""The order of the parts in each frame. "end" is what belongs to the verb but follows the object: kytki television *päälle*."""

FORMS = {
    **dict.fromkeys((*NOUN_CLASSES, *NAME_CLASSES), ("nom", "gen", "part")),
    "action": ("sg", "neg"),
    "quality": ("nom", "gen", "part"),
    **dict.fromkeys(("place", "city"), ("loc", "to", "from")),
    "time": ("adv",),
    **dict.fromkeys(("number", "quantifier"), ("num",)),
    "connective": ("text",),
}
OPTIONAL = ("pl", "ill", "lle", "sta")
FEATURES = dict.fromkeys(("at", "to", "case", "post", "tail", "place", "noun"), ())
VALUES = {"tail": ("after",), "place": ("from", "to"), "case": ("at", "gen", "lle", "part", "sta", "to"), "to": ("ill",), "at": ("lla", "ssa"), "noun": ("nom", "part", "pl")}
BESIDE = {"action": (("sg", "neg"), of_kind(*NOUN_CLASSES, *NAME_CLASSES))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: sg_hat."""

PERSON = {"nom": "kuka", "acc": "kenet", "gen": "kenen", "part": "ketä", "lle": "kenelle", "sta": "kenestä"}
THING = {"acc": "mitä", "gen": "minkä", "part": "mitä", "lle": "mille", "sta": "mistä", "at": "missä", "to": "mihin"}
ANIMAL = {
    "nom": "mikä/PRON eläin/NOUN", "acc": "minkä/PRON eläimen/NOUN", "gen": "minkä/PRON eläimen/NOUN", "part": "mitä/PRON eläintä/NOUN",
    "lle": "mille/PRON eläimelle/NOUN", "sta": "mistä/PRON eläimestä/NOUN",
}
WHERE = {"loc": "missä/PRON", "to": "minne/ADV", "from": "mistä/PRON"}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Kolme iloista opettajaa ei lukenut vanhaa kirjaa asemalla illalla."""
    choose = cache(choose)  # Verb and adjective agree with the noun, and the object with the verb, so each has to stay the same word.
    action = choose(scene.action)
    number = "part" if ask == "number" else _counted(scene, choose)
    plural = bool(scene.number) if frame == "cleft" else number == "pl" and ask != "who"
    verb, end = _verb(scene, action, plural)
    parts = {
        "who": list(_subject(scene, choose, number, ask)),
        "action": verb,
        "whom": list(_object(scene, action, choose)) if scene.whom else [],
        "end": end,
        "where": [Word(choose(scene.where)[action.features.get("place", "loc")], "where")] if scene.where else [],
        "when": [Word(choose(scene.when)["adv"], "when")] if scene.when else [],
    }
    if ask:
        parts["question"] = list(_interrogative(scene, action, ask))
        parts |= {ask: []} if ask != "number" else {}
    if frame == "cleft":
        parts["who"] = list(_cleft(parts["who"], number if scene.number else ""))
    if frame == "object_first" and scene.negated:
        frame = "denied_object_first"
    for part in ORDERS["question" if ask else frame]:
        yield from parts[part]


def _counted(scene: Scene, choose: Choose) -> str:
    """The form of the subject: opettaja, kolme opettajaa, moni opettaja, kaikki opettajat. The verb is plural after the last alone."""
    return choose(scene.number).features.get("noun", "part") if scene.number else "nom"


def _subject(scene: Scene, choose: Choose, form: str, ask: str) -> Iterator[Word]:
    """Vanha opettaja; kolme vanhaa opettajaa; kaikki vanhat opettajat; asked for the number only vanhaa opettajaa."""
    if scene.number and ask != "number":
        yield Word(choose(scene.number)["num"], "number")
    if scene.who_quality:
        yield Word(_inflected(choose(scene.who_quality), form), "who_quality")
    yield Word(_inflected(choose(scene.who), form), "who")


def _cleft(subject: list[Word], counted: str) -> Iterator[Word]:
    """Se oli opettaja, joka (luki kirjan); oli kolme opettajaa, jotka (lukivat); monet opettajat olivat niitä, jotka (lukivat)."""
    if counted in ("nom", "pl"):
        yield from (*subject, Word(f"{'olivat' if counted == 'pl' else 'oli'}/AUX niitä/PRON", "who"))
    else:
        yield from (Word("oli/VERB" if counted else "se/PRON oli/AUX", "who"), *subject)
    yield from (Word(",/PUNCT", "punctuation"), Word("jotka/PRON" if counted else "joka/PRON", "who"))


def _verb(scene: Scene, action: Entry, plural: bool) -> tuple[list[Word], list[Word]]:
    """Luki, lukivat, ei lukenut, eivät lukeneet, and what follows the object. Some objects have a verb of their own: pani hatun päähänsä."""
    key = "neg" if scene.negated else "sg"
    text = action.tagged.get(f"{key}_{scene.whom}", action[key])
    first, *rest = text.split()
    word, tag = split_tag(first)
    if plural:
        word = f"{word[:-2]}eet" if scene.negated else word + _harmonic("vat", word)
    words = [Word("eivät/AUX" if plural else "ei/AUX", "negation")] if scene.negated else []
    words.append(Word(f"{word}/{tag or 'VERB'}", "action"))
    others = [Word(other, "action") for other in rest]
    return (words, others) if action.features.get("tail") == "after" else ([*words, *others], [])


def _object(scene: Scene, action: Entry, choose: Choose) -> Iterator[Word]:
    """Vanhan kirjan (luki), vanhaa kirjaa (ei lukenut), vanhaa lääkäriä (auttoi), kauniilla saarella (vieraili), lääkäriä vastaan (nosti kanteen)."""
    noun, case = choose(scene.whom), action.features.get("case", "acc")
    if case == "acc":
        case = "part" if scene.negated else "gen"
    case = noun.features.get(case, "lle" if case == "to" else case)
    if scene.whom_quality:
        yield Word(_inflected(choose(scene.whom_quality), case), "whom_quality")
    yield Word(_inflected(noun, case), "whom")
    yield from _postposition(action, "whom")


def _postposition(action: Entry, slot: str) -> Iterator[Word]:
    if "post" in action.features:
        yield Word(f"{action.features['post']}/ADP", slot)


def _inflected(entry: Entry, case: str) -> str:
    """A form of the file, or one made of the genitive: vanhan, vanhat; saaren, saarelle, saarella, saaresta; linnan, linnassa."""
    if case in entry.forms:
        return entry[case]
    *before, last = entry["gen"].split()
    word, tag = split_tag(last)
    made = word.removesuffix("n") + ("t" if case == "pl" else _harmonic(case, word))
    return " ".join((*before, f"{made}/{tag}" if tag else made))


def _harmonic(suffix: str, word: str) -> str:
    """A suffix with the vowels that the word asks for: saare-lla, järve-llä, luki-vat, teki-vät."""
    last = next((letter for letter in reversed(word.lower()) if letter in "aouäöy"), "ä")
    return suffix if last in "aou" else suffix.replace("a", "ä")


def _interrogative(scene: Scene, action: Entry, ask: str) -> Iterator[Word]:
    """Kuka, kenet, mitä, missä, milloin; ketä vastaan; kuinka monta. The verb decides on the case of the object and on the direction of the place."""
    if ask in ("when", "number"):
        yield Word({"when": "milloin/ADV", "number": "kuinka/ADV monta/PRON"}[ask], "question")
    elif ask == "where":
        yield Word(WHERE[action.features.get("place", "loc")], "question")
    else:
        kind = concepts()[getattr(scene, ask)].kind
        forms = PERSON if kind in ("person", *NAME_CLASSES) else ANIMAL if kind == "animal" else THING
        yield Word(forms["nom" if ask == "who" else action.features.get("case", "acc")], "question")
        yield from _postposition(action, "question") if ask == "whom" else ()
