"""Modern Greek: subject, verb, object, place, time; "δεν" denies; a fronted object is doubled by a clitic, a cleft says "ήταν αυτός που".

Names have articles too. The feminine την is τη before most consonants; σε and the article are one word (στον, στη), as the sentences are tagged.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "."
QUESTION = ";"
CAPITALS = True
ORDERS = {
    "plain": ("who", "action", "whom", "where", "when"),
    "time_first": ("when", "who", "action", "whom", "where"),
    "place_first": ("where", "who", "action", "whom", "when"),
    "object_first": ("whom", "action", "who", "where", "when"),
    "question": ("question", "action", "who", "whom", "where", "when"),
}
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
VAGUE = ("many", "several", "few")
"""Quantifiers that a cleft puts first: ήταν πολλοί οι δάσκαλοι που, "the teachers who were many"."""

FORMS = {
    **dict.fromkeys((*NOUN_CLASSES, *NAME_CLASSES), ("nom", "acc")),
    **dict.fromkeys(("person", "animal"), ("nom", "acc", "pl")),
    "action": ("sg", "pl"),
    "quality": ("m", "f", "n", "acc", "m_pl", "f_pl", "n_pl"),
    **dict.fromkeys(("place", "city"), ("loc",)),
    "time": ("adv",),
    **dict.fromkeys(("number", "quantifier"), ("m", "f", "n")),
    "connective": ("text",),
}
OPTIONAL = ("acc_f",)
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), **dict.fromkeys(("number", "prep", "place", "when"), ())}
VALUES = {"gender": ("f", "m", "n"), "when": ("early",), "place": ("from",), "number": ("pl",)}
BESIDE = {"action": (("sg", "pl"), (*NOUN_CLASSES, *NAME_CLASSES))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: sg_vehicle."""

ARTICLES = {
    "nom": {"m": "ο", "f": "η", "n": "το", "m_pl": "οι", "f_pl": "οι", "n_pl": "τα"},
    "acc": {"m": "τον", "f": "την", "n": "το", "m_pl": "τους", "f_pl": "τις", "n_pl": "τα"},
}
"""By case and agreement. The accusative is also the clitic pronoun."""
DEMONSTRATIVES = {"m": "αυτός", "f": "αυτή", "n": "αυτό", "m_pl": "αυτοί", "f_pl": "αυτές", "n_pl": "αυτά"}
HOW_MANY = {"m": "πόσοι", "f": "πόσες", "n": "πόσα"}
KEEPS_N = (*"αάεέηήιίοόυύωώκπτξψt", "μπ", "ντ", "γκ")
"""How words begin before which την keeps its ν; t is for Toyota."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Τρεις χαρούμενοι δάσκαλοι δεν διάβασαν το παλιό βιβλίο στον σταθμό το πρωί."""
    choose = cache(choose)  # Articles, adjectives and clitics agree with the noun, so it has to stay the same word.
    action = choose(scene.action)
    parts = {
        "who": list(_cleft(scene, choose) if frame == "cleft" else _subject(scene, choose)),
        "action": list(_verb(scene, choose, doubled=frame == "object_first", singular=ask == "who")),
        "whom": list(_noun_phrase("whom", scene.whom, scene.whom_quality, choose, "acc", action.features.get("prep", ""))) if scene.whom else [],
        "where": [Word(_place(scene, choose), "where")] if scene.where else [],
        "when": [Word(choose(scene.when)["adv"], "when")] if scene.when else [],
    }
    order = list(ORDERS.get("question" if ask else frame, ORDERS["plain"]))
    if ask:
        parts["who" if ask == "number" else ask] = []
        parts["question"] = list(_interrogative(scene, choose, ask))
    elif action.features.get("when") == "early" and frame != "time_first":
        # Ο φύλακας το πρωί περίμενε, since περίμενε το πρωί is "waited for the morning".
        order.remove("when")
        order.insert(order.index("who" if frame == "place_first" else "action"), "when")
    for part in order:
        yield from parts[part]


def _subject(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Ο δάσκαλος, τρεις χαρούμενοι δάσκαλοι, όλοι οι δάσκαλοι, η Μαρία Σίλβα."""
    if not scene.number:
        yield from _noun_phrase("who", scene.who, scene.who_quality, choose, "nom")
        return
    yield Word(choose(scene.number)[choose(scene.who).features["gender"]], "number")
    yield from _plural(scene, choose)


def _plural(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Χαρούμενοι δάσκαλοι."""
    who = choose(scene.who)
    if scene.who_quality:
        yield Word(choose(scene.who_quality)[f"{who.features['gender']}_pl"], "who_quality")
    yield Word(who["pl"], "who")


def _cleft(scene: Scene, choose: Choose) -> Iterator[Word]:
    """Η Μαρία Σίλβα ήταν αυτή που; τρεις δάσκαλοι ήταν αυτοί που; ήταν πολλοί οι δάσκαλοι που."""
    agreement = _agreement(choose(scene.who), bool(scene.number))
    if scene.number in VAGUE:
        yield Word("ήταν/AUX", "who")
        yield Word(choose(scene.number)[choose(scene.who).features["gender"]], "number")
        yield Word(f"{ARTICLES['nom'][agreement]}/DET", "who")
        yield from _plural(scene, choose)
        yield Word("που/PRON", "who")
    else:
        yield from _subject(scene, choose)
        yield Word(f"ήταν/AUX {DEMONSTRATIVES[agreement]}/PRON που/PRON", "who")


def _noun_phrase(slot: str, noun: str, quality: str, choose: Choose, case: str, prep: str = "") -> Iterator[Word]:
    """Ο νεαρός δάσκαλος, τη Μαρία Σίλβα, στον Κάρλος, από τα Ηνωμένα Έθνη: article (after the verb's preposition), adjective, noun."""
    entry = choose(noun)
    agreement = _agreement(entry)
    words = [Word(entry[case], slot)]
    if quality:
        # Only the masculine, and the feminine of υγιής, have an accusative of their own.
        own = {"m": "acc", "f": "acc_f"}.get(agreement, "") if case == "acc" else ""
        words.insert(0, Word(choose(quality).tagged.get(own, choose(quality)[agreement]), f"{slot}_quality"))
    article = _before(ARTICLES[case][agreement], words[0].text)
    if prep == "σε":
        yield Word(f"σ{article}/ADP", slot)
    else:
        yield Word(f"{prep}/ADP {article}/DET" if prep else f"{article}/DET", slot)
    yield from words


def _verb(scene: Scene, choose: Choose, doubled: bool, singular: bool) -> Iterator[Word]:
    """Δεν διάβασαν; doubled with the pronoun of a direct object in front: δεν το διάβασαν. Vehicles may have a verb of their own."""
    action = choose(scene.action)
    key = "pl" if not singular and (scene.number or "number" in choose(scene.who).features) else "sg"
    own = f"{key}_{concepts()[scene.whom].kind}" if scene.whom else ""
    verb = action[own if own in action.forms else key]
    if scene.negated:
        yield Word("δεν", "negation")
    if doubled and "prep" not in action.features:
        yield Word(f"{_before(ARTICLES['acc'][_agreement(choose(scene.whom))], verb)}/PRON", "whom")
    yield Word(verb, "action")


def _place(scene: Scene, choose: Choose) -> str:
    """Στον σταθμό; with verbs of leaving από τον σταθμό."""
    place = choose(scene.where)["loc"]
    if choose(scene.action).features.get("place") != "from":
        return place
    first, rest = place.split(maxsplit=1)
    return f"από/ADP {split_tag(first)[0].removeprefix('σ')}/DET {rest}"


def _interrogative(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """Ποιος, ποιον, σε ποιον, ποιο ζώο, τι, πού, από πού, πότε; πόσοι χαρούμενοι δάσκαλοι."""
    features = choose(scene.action).features
    match ask:
        case "number":
            yield Word(HOW_MANY[choose(scene.who).features["gender"]], "question")
            yield from _plural(scene, choose)
        case "when":
            yield Word("πότε/ADV", "question")
        case "where":
            yield Word("από/ADP πού/ADV" if features.get("place") == "from" else "πού/ADV", "question")
        case "who":
            yield Word("ποιο/PRON ζώο/NOUN" if concepts()[scene.who].kind == "animal" else "ποιος", "question")
        case _:
            if "prep" in features:
                yield Word(f"{features['prep']}/ADP", "question")
            kinds = {"animal": "ποιο/PRON ζώο/NOUN", **dict.fromkeys(("person", *NAME_CLASSES), "ποιον")}
            yield Word(kinds.get(concepts()[scene.whom].kind, "τι"), "question")


def _agreement(noun: Entry, plural: bool = False) -> str:
    """Gender and number: m, f, n, m_pl, f_pl, n_pl."""
    return noun.features["gender"] + ("_pl" if plural or "number" in noun.features else "")


def _before(article: str, following: str) -> str:
    """Την before a vowel or a stop, τη before another consonant: την καρέκλα, τη Μαρία, τη διάβασε."""
    return "τη" if article == "την" and not following.lower().startswith(KEEPS_N) else article
