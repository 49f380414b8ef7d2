"""Bulgarian: subject, verb, object, place, time; "не" before the verb and its clitics denies; a clitic repeats an object that is in front.

The article is a suffix of the first word of a noun phrase; a masculine one has a full form for subjects and a short one for all else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts, of_kind
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
ORDERS = {
    "plain": ("who", "action", "whom", "where", "when"),
    "time_first": ("when", "who", "action", "whom", "where"),
    "place_first": ("where", "who", "action", "whom", "when"),
    "object_first": ("whom", "action", "who", "where", "when"),
    "cleft": ("cleft", "who", "relative", "action", "whom", "where", "when"),
    "question": ("question", "who", "action", "whom", "where", "when"),
    "inverted_question": ("question", "action", "who", "where", "when"),
}
"""The order of the parts in each frame."""
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
VAGUE = ("many", "several", "few")
"""Quantifiers that именно cannot stress: "имаше малко учители, които", not "именно малко учители"."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("obj", "sg")),
    **dict.fromkeys(("person", "animal"), ("subj", "obj", "sg", "pl")),
    "action": ("sg", "pl"),
    "quality": ("m_subj", "m_obj", "f", "n", "pl"),
    **dict.fromkeys(("place", "city"), ("loc", "from")),
    "time": ("adv",),
    "number": ("men", "m", "fn"),
    "quantifier": ("num",),
    "connective": ("text",),
    **dict.fromkeys(NAME_CLASSES, ("subj", "obj")),
}
OPTIONAL = ("people", "count", "described")
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), "governs": ("number", "quantifier"), **dict.fromkeys(("case", "place", "prep"), ())}
VALUES = {"gender": ("f", "m", "n"), "case": ("dat",), "governs": ("count", "pl"), "place": ("from",)}
OBJECTS = (*NOUN_CLASSES, *NAME_CLASSES)
BESIDE = {"action": (("sg", "pl"), (*OBJECTS, *of_kind(*OBJECTS)))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: sg_garment, sg_hat."""

CLITICS = {
    "acc": {"m": "го", "f": "я", "n": "го"},
    "dat": {"m": "му", "f": "ѝ", "n": "му"},
}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Двама щастливи учители не прочетоха старата книга на гарата вечерта."""
    choose = cache(choose)  # Adjective, numeral and clitic agree with the noun, so it has to stay the same word.
    who, action = choose(scene.who), choose(scene.action)
    whom = choose(scene.whom) if scene.whom else None
    clitic = list(_clitic(action, whom)) if frame == "object_first" and whom else []
    vague = scene.number in VAGUE
    parts = {
        "who": list(_counted(scene, who, choose) if scene.number else _definite("who", who, scene.who_quality, "subj", choose)),
        "action": list(_verb(scene, action, "pl" if scene.number and ask != "who" else "sg", clitic)),
        "whom": list(_object(scene, action, whom, choose)) if whom else [],
        "where": [Word(choose(scene.where)[action.features.get("place", "loc")], "where")] if scene.where else [],
        "when": [Word(choose(scene.when)["adv"], "when")] if scene.when else [],
        "cleft": [Word("имаше/VERB" if vague else "именно/PART", "who")],
        "relative": [Word(",/PUNCT", "punctuation"), Word("които/PRON", "who")] if vague else [],
    }
    if ask:
        parts["question"] = list(_interrogative(scene, who, action, ask, choose))
        parts["who" if ask == "number" else ask] = []
        # Какво изпи лекарят? Къде спа лекарят? But: Къде лекарят изпи кафето?
        frame = "question" if parts["whom"] or ask in ("who", "number") else "inverted_question"
    for part in ORDERS[frame]:
        yield from parts[part]


def _definite(slot: str, noun: Entry, quality: str, case: str, choose: Choose) -> Iterator[Word]:
    """Учителят, (видя) учителя; старият учител, (видя) стария учител; старата книга: the first word has the article."""
    if not quality:
        yield Word(noun[case], slot)
        return
    gender = noun.features["gender"]
    yield Word(choose(quality)[f"m_{case}" if gender == "m" else gender], f"{slot}_quality")
    yield Word(noun["sg"], slot)


def _counted(scene: Scene, who: Entry, choose: Choose) -> Iterator[Word]:
    """Двама учители, but два лъва and две момичета; много учители, but множество стари учители ("много стари" are very old ones)."""
    number = choose(scene.number)
    men = concepts()[scene.who].kind == "person" and who.features["gender"] == "m"
    key = "num" if "num" in number.forms else "men" if men else "m" if who.features["gender"] == "m" else "fn"
    yield Word(number["described"] if scene.who_quality and "described" in number.forms else number[key], "number")
    yield from _counted_noun(scene, who, number.features["governs"], choose)


def _counted_noun(scene: Scene, who: Entry, governs: str, choose: Choose) -> Iterator[Word]:
    """Много (стари) лъвове, but пет (стари) лъва, with the count form of masculine animals; пет души, but пет стари хора."""
    if scene.who_quality:
        yield Word(choose(scene.who_quality)["pl"], "who_quality")
    form = "pl" if governs == "pl" else "people" if "people" in who.forms and not scene.who_quality else "count"
    yield Word(who.tagged.get(form, who["pl"]), "who")


def _verb(scene: Scene, action: Entry, number: str, clitic: list[Word]) -> Iterator[Word]:
    """Не прочете, не я прочете, му се обади, but си я сложи. Some objects have a verb of their own: изпра ризата, but изми колата."""
    if scene.negated:
        yield Word("не", "negation")
    own = (f"{number}_{name}" for name in (concepts()[scene.whom].kind, scene.whom)) if scene.whom else ()
    form = next((action[key] for key in own if key in action.forms), action[number])
    if clitic and form.startswith("си/PRON "):
        reflexive, form = form.split(" ", 1)
        yield Word(reflexive, "action")
    yield from (*clitic, Word(form, "action"))


def _clitic(action: Entry, whom: Entry) -> Iterator[Word]:
    """Книгата я (прочете учителят), на учителя му (помогна лекарят); objects after other prepositions have none."""
    if "prep" not in action.features:
        yield Word(f"{CLITICS[action.features.get('case', 'acc')][whom.features['gender']]}/PRON", "whom")


def _object(scene: Scene, action: Entry, whom: Entry, choose: Choose) -> Iterator[Word]:
    """Старата книга, на стария учител, срещу стария учител."""
    if preposition := _preposition(action):
        yield Word(f"{preposition}/ADP", "whom")
    yield from _definite("whom", whom, scene.whom_quality, "obj", choose)


def _preposition(action: Entry) -> str:
    """The preposition that the verb asks for, на for the dative."""
    return action.features.get("prep") or ("на" if action.features.get("case") == "dat" else "")


def _interrogative(scene: Scene, who: Entry, action: Entry, ask: str, choose: Choose) -> Iterator[Word]:
    """Кой; кого, на кого; какво; къде, откъде; кога; колко стари учители, колко лъва. As always in Bulgarian, an animal is кой, кого."""
    match ask:
        case "whom":
            if preposition := _preposition(action):
                yield Word(f"{preposition}/ADP", "question")
            living = concepts()[scene.whom].kind in ("person", "animal", *NAME_CLASSES)
            yield Word("кого/PRON" if living else "какво/PRON", "question")
        case "where":
            yield Word("откъде/ADV" if action.features.get("place") == "from" else "къде/ADV", "question")
        case "number":
            yield Word("колко/ADV", "question")
            yield from _counted_noun(scene, who, "count", choose)
        case _:
            yield Word({"who": "кой/PRON", "when": "кога/ADV"}[ask], "question")
