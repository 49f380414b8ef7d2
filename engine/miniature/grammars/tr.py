"""Turkish: subject, time, place, object, verb; suffixes on the verb stem deny; fronted adverbials and objects, participle clefts.

There are no articles. A noun after a number stays singular, and so does the verb.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("nom", "acc", "dat", "gen")),
    **dict.fromkeys(("person", "animal"), ("nom", "acc", "dat", "gen", "pl", "was", "were")),
    **dict.fromkeys(("name", "organisation"), ("nom", "acc", "dat", "gen", "was")),
    **dict.fromkeys(("place", "city"), ("loc", "dat", "abl")),
    "action": ("past", "stem", "part", "parts"),
    "quality": ("adj",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("num",),
    "connective": ("text",),
}
OPTIONAL = ("apart",)
FEATURES = dict.fromkeys(("case", "place", "noun"), ())
VALUES = {"case": ("dat", "gen", "ile"), "place": ("abl", "dat"), "noun": ("pl",)}
BESIDE = {"action": (("past", "stem", "part", "parts"), (*NOUN_CLASSES, *NAME_CLASSES))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: past_vehicle."""

ORDER = {
    "plain": ("who", "when", "where", "whom"),
    "time_first": ("when", "who", "where", "whom"),
    "place_first": ("where", "who", "when", "whom"),
    "object_first": ("whom", "who", "when", "where"),
    "cleft": ("when", "where", "whom"),
}
PLURAL = {"nom": "pl", "was": "were", "part": "parts"}
DENIED = {"past": ("madı", "medi"), "part": ("mayan", "meyen"), "parts": ("mayanlar", "meyenler")}
"""The suffixes of denial by form, for a stem with back and with front vowels."""
WHO = {"nom": "kim/PRON", "acc": "kimi/PRON", "dat": "kime/PRON", "gen": "kimin/PRON", "ile": "kiminle/PRON"}
WHAT = {"nom": "hangi/DET hayvan/NOUN", "acc": "neyi/PRON", "dat": "neye/PRON", "gen": "neyin/PRON", "ile": "neyle/PRON"}
WHERE = {"loc": "nerede/ADV", "dat": "nereye/ADV", "abl": "nereden/ADV"}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Üç mutlu öğretmen akşam tren istasyonunda eski kitabı okumadı."""
    action = choose(scene.action)
    asked = "who" if ask == "number" else ask
    apart = frame == "object_first" or ask in ("who", "number", "when", "where")
    for slot in ORDER[frame]:
        if getattr(scene, slot) and slot != asked:
            yield from _part(slot, scene, action, choose, apart)
    if ask:
        yield from _asked(scene, action, choose, ask)
    yield from _verb(scene, action, "past" if frame != "cleft" else PLURAL["part"] if scene.number else "part")
    if frame == "cleft":
        # Kitabı okuyan, yaşlı öğretmendi: the comma keeps the participle from describing the noun.
        yield Word(",/PUNCT", "punctuation")
        yield from _agent(scene, choose, "was")


def _part(slot: str, scene: Scene, action: Entry, choose: Choose, apart: bool) -> Iterator[Word]:
    """One part of the sentence before the verb: the agent, the time, the place, or the object."""
    if slot == "when":
        yield Word(choose(scene.when)["adv"], slot)
    elif slot == "where":
        yield Word(choose(scene.where)[action.features.get("place", "loc")], slot)
    elif slot == "who":
        yield from _agent(scene, choose, "nom")
    else:
        yield from _object(scene, action, choose, apart)


def _agent(scene: Scene, choose: Choose, form: str) -> Iterator[Word]:
    """öğretmen; üç yaşlı öğretmen; bütün öğretmenler; in a cleft bütün öğretmenlerdi."""
    if scene.number:
        number = choose(scene.number)
        form = PLURAL[form] if number.features.get("noun") == "pl" else form
        yield Word(number["num"], "number")
    if scene.who_quality:
        yield Word(choose(scene.who_quality)["adj"], "who_quality")
    yield Word(choose(scene.who)[form], "who")


def _object(scene: Scene, action: Entry, choose: Choose, apart: bool) -> Iterator[Word]:
    """eski kitabı; yaşlı öğretmene (yardım etti); Maria Silva ile röportaj (yaptı); apart from the verb Maria Silva ile röportajı."""
    case = action.features.get("case", "acc")
    if scene.whom_quality:
        yield Word(choose(scene.whom_quality)["adj"], "whom_quality")
    yield Word(choose(scene.whom)["nom" if case == "ile" else case], "whom")
    if case == "ile":
        yield Word("ile/ADP", "whom")
    yield from _companion(action, apart)


def _companion(action: Entry, apart: bool) -> Iterator[Word]:
    """The noun of the action that stands with its object: (ayının) fotoğrafını çekti."""
    if action.features.get("case") in ("gen", "ile"):
        yield Word(action["apart"] if apart and "apart" in action.forms else action["past"].split()[0], "action")


def _verb(scene: Scene, action: Entry, form: str) -> Iterator[Word]:
    """okudu, oku+madı; in a cleft okuyan, oku+mayan; without the noun that stands with the object."""
    kind = concepts()[scene.whom].kind if scene.whom else ""
    key = "stem" if scene.negated else form
    key = f"{key}_{kind}" if f"{key}_{kind}" in action.forms else key
    taken = len(list(_companion(action, False)))
    yield Word(" ".join(action[key].split()[taken:]), "action")
    if scene.negated:
        yield Word(DENIED[form][0 if _is_back(action.forms[key]) else 1], "negation", glued=True)


def _asked(scene: Scene, action: Entry, choose: Choose, ask: str) -> Iterator[Word]:
    """The interrogative stands before the verb: Akşam eski kitabı kim okudu? Kitabı kaç yaşlı öğretmen okudu?"""
    if ask == "number":
        yield Word("kaç/ADJ", "question")
        if scene.who_quality:
            yield Word(choose(scene.who_quality)["adj"], "who_quality")
        yield Word(choose(scene.who)["nom"], "who")
    elif ask == "when":
        yield Word("ne/DET zaman/NOUN", "question")
    elif ask == "where":
        yield Word(WHERE[action.features.get("place", "loc")], "question")
    else:
        case = "nom" if ask == "who" else action.features.get("case", "acc")
        human = concepts()[getattr(scene, ask)].kind in ("person", "name", "organisation")
        yield Word((WHO if human else WHAT)[case], "question")
        if ask == "whom":
            yield from _companion(action, False)


def _is_back(text: str) -> bool:
    """Whether the last vowel asks for back vowels in suffixes: oku-madı, but gör-medi."""
    return next(letter for letter in reversed(text) if letter in "aıoueiöüâû") in "aıouâû"


def capital(text: str) -> str:
    """istasyon, İstasyon; ırmak, Irmak."""
    return text[:1].replace("i", "İ").upper() + text[1:]
