"""Russian: time, subject, verb, object, place; "не" before the verb denies and leaves the object in its case.

There are no articles. Verbs agree with a singular subject in gender and are plural after a numeral; other orders front what the frame names.
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
ORDERS = {
    "plain": ("when", "who", "action", "whom", "where"),
    "time_first": ("who", "when", "action", "whom", "where"),
    "place_first": ("where", "when", "who", "action", "whom"),
    "object_first": ("whom", "when", "where", "action", "who"),
    "cleft": ("who", "action", "whom", "when", "where"),
    "question": ("question", "who", "action", "whom", "when", "where"),
    "inverted_question": ("question", "action", "who", "when", "where"),
}
"""The order of the parts in each frame; plain opens with the time already, so that time_first puts it after the subject."""
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")

CASES = ("nom", "gen", "dat", "acc", "ins")
FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("nom", "acc")),
    **dict.fromkeys(("person", "animal"), (*CASES, "few", "many", "pl")),
    "action": ("m", "f", "n", "pl"),
    "quality": ("m", "f", "n", "pl", "gen", "dat", "ins", "acc_f", "obl_f", "gen_pl"),
    **dict.fromkeys(("place", "city"), ("loc", "to", "from")),
    "time": ("adv",),
    **dict.fromkeys(("number", "quantifier"), ("m", "f", "n")),
    "connective": ("text",),
    **dict.fromkeys(NAME_CLASSES, CASES),
}
OPTIONAL = ("dat", "many_described")
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), "animate": (*NOUN_CLASSES, *NAME_CLASSES), "governs": ("number", "quantifier"), **dict.fromkeys(("case", "prep", "place"), ())}
VALUES = {"gender": ("f", "m", "n", "pl"), "animate": ("no", "yes"), "governs": ("few", "many", "pl"), "place": ("from", "to"), "case": ("dat", "gen", "ins")}
BESIDE = {"action": (("m", "f", "n", "pl"), (*NOUN_CLASSES, *NAME_CLASSES))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: m_garment."""

WHO = {"acc": "кого", "gen": "кого", "dat": "кому", "ins": "кем"}
WHAT = {"acc": "что", "gen": "чего", "dat": "чему", "ins": "чем"}
WHERE = {"loc": "где", "to": "куда", "from": "откуда"}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Вечером два старых учителя не прочитали новую книгу на вокзале."""
    who, action = choose(scene.who), choose(scene.action)
    whom = choose(scene.whom) if scene.whom else None
    parts = {
        "who": list(_counted_subject(scene, who, choose, ask) if scene.number else _single_subject(scene, who, choose)),
        "action": list(_verb(scene, action, "m" if ask == "who" else "pl" if scene.number else who.features["gender"])),
        "whom": list(_object(scene, action, whom, choose)) if whom else [],
        "where": [Word(choose(scene.where)[action.features.get("place", "loc")], "where")] if scene.where else [],
        "when": [Word(choose(scene.when)["adv"], "when")] if scene.when else [],
    }
    if ask:
        parts["question"] = list(_interrogative(scene, action, ask))
        if ask != "number":
            parts[ask] = []
    if frame == "cleft":
        # Это учитель прочитал книгу: "it was the teacher who read the book". But это животное would be "this animal".
        yield Word("именно/PART" if who.features["gender"] == "n" and not scene.number else "это/PART", "who")
    if frame == "object_first" and whom and not scene.number and _living(scene.whom) and _ambiguous(who, whom, action):
        # Интерпол, вот кого поблагодарил ЮНИСЕФ: the forms alone would not tell who thanked whom.
        parts["whom"] += [Word(",/PUNCT", "punctuation"), Word("вот/PART", "whom"), Word(f"{_pronoun(scene.whom, action)}/PRON", "whom")]
    if ask:
        # Кого увидел врач? Где спал врач? But: Где врач прочитал книгу? Сколько врачей спали?
        frame = "question" if ask in ("who", "number") or parts["whom"] else "inverted_question"
    for part in ORDERS[frame]:
        yield from parts[part]


def _single_subject(scene: Scene, who: Entry, choose: Choose) -> Iterator[Word]:
    """Старый учитель."""
    if scene.who_quality:
        yield Word(choose(scene.who_quality)[who.features["gender"]], "who_quality")
    yield Word(who["nom"], "who")


def _counted_subject(scene: Scene, who: Entry, choose: Choose, ask: str) -> Iterator[Word]:
    """The number governs the noun: genitive singular after two to four ("few"), genitive plural after five, несколько and сколько
    ("many"), but все and многие agree with it ("pl")."""
    gender, form = who.features["gender"], "many"
    if ask != "number":
        number = choose(scene.number)
        form = number.features["governs"]
        yield Word(number[gender], "number")
    if scene.who_quality:
        # две сильные собаки, все сильные львы, but два сильных льва, пять сильных собак
        agrees = form == "pl" or (gender == "f" and form == "few")
        yield Word(choose(scene.who_quality)["pl" if agrees else "gen_pl"], "who_quality")
        # пять человек, but пять сильных людей
        form = "many_described" if form == "many" and "many_described" in who.forms else form
    yield Word(who[form], "who")


def _verb(scene: Scene, action: Entry, agreement: str) -> Iterator[Word]:
    """Не прочитали. Some objects have a verb of their own: постирать рубашку, but помыть машину."""
    if scene.negated:
        yield Word("не", "negation")
    own = f"{agreement}_{concepts()[scene.whom].kind}" if scene.whom else ""
    yield Word(action[own if own in action.forms else agreement], "action")


def _object(scene: Scene, action: Entry, whom: Entry, choose: Choose) -> Iterator[Word]:
    """The object in the case, and after the preposition, that the verb asks for: новую книгу, старому врачу, за врачом."""
    if "prep" in action.features:
        yield Word(f"{action.features['prep']}/ADP", "whom")
    if scene.whom_quality:
        yield Word(choose(scene.whom_quality)[_agreeing(whom, _case(action))], "whom_quality")
    yield Word(whom[_case(action)], "whom")


def _case(action: Entry) -> str:
    return action.features.get("case", "acc")


def _agreeing(noun: Entry, case: str) -> str:
    """Which form an adjective has beside a noun in an oblique case or the accusative: старого врача, but старый стол."""
    gender = noun.features["gender"]
    if gender == "f":
        return "acc_f" if case == "acc" else "obl_f"
    if case == "acc":
        return "gen" if gender == "m" and noun.features["animate"] == "yes" else gender
    return case


def _interrogative(scene: Scene, action: Entry, ask: str) -> Iterator[Word]:
    """За кем? Что? Куда? The verb decides on the case of the object and on the direction of the place."""
    if ask == "whom" and "prep" in action.features:
        yield Word(f"{action.features['prep']}/ADP", "question")
    match ask:
        case "whom":
            yield Word(f"{_pronoun(scene.whom, action)}/PRON", "question")
        case "where":
            yield Word(f"{WHERE[action.features.get('place', 'loc')]}/ADV", "question")
        case _:
            yield Word({"who": "кто/PRON", "when": "когда/ADV", "number": "сколько/NUM"}[ask], "question")


def _pronoun(noun: str, action: Entry) -> str:
    """Кого of people, organisations and, as always in Russian, animals; что of things."""
    return (WHO if _living(noun) else WHAT)[_case(action)]


def _living(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "animal", *NAME_CLASSES)


def _ambiguous(who: Entry, whom: Entry, action: Entry) -> bool:
    """Whether either of two nouns could be the subject: no preposition, case form or agreement tells them apart."""
    same_gender = who.features["gender"] == whom.features["gender"]
    return same_gender and "prep" not in action.features and all(noun.forms["nom"] == noun.forms[_case(action)] for noun in (who, whom))
