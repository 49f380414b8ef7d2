"""Hindi: subject, time, place, object, verb; "नहीं" before the verb denies.

All verbs are perfective. Most mark their subject with "ने" and agree with an object that has no postposition, or else are masculine singular; verbs
of motion and the like have no "ने" and agree with the subject. Living objects have "को"; many idioms ask for another postposition (डॉक्टर की मदद की).
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "।"
QUESTION = "?"
CAPITALS = False
ORDERS = {
    "plain": ("who", "when", "where", "whom", "question", "idiom", "verb"),
    "time_first": ("when", "who", "where", "whom", "idiom", "verb"),
    "place_first": ("where", "who", "when", "whom", "idiom", "verb"),
    "object_first": ("whom", "who", "when", "where", "idiom", "verb"),
    "cleft": ("who", "when", "where", "whom", "idiom", "verb"),
}
"""The order of the parts in each frame. The verb is its last word (with auxiliaries); the idiom is what is before it: मदद + की."""
FRAMES = tuple(ORDERS)
VAGUE = ("many", "several", "few")
"""Quantifiers that no cleft can stress: "there were few teachers who", not "it was few teachers who"."""

FORMS = {
    **dict.fromkeys((*NOUN_CLASSES, *NAME_CLASSES), ("dir", "obl")),
    **dict.fromkeys(("person", "animal"), ("dir", "obl", "pl", "obl_pl")),
    "action": ("m", "f"),
    "quality": ("m", "obl", "f"),
    **dict.fromkeys(("place", "city"), ("loc",)),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("m", "f"),
    "connective": ("text",),
}
OPTIONAL = ("mp", "fp", "not_m", "not_f", "not_mp", "not_fp")
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), **dict.fromkeys(("subject", "object", "place"), ())}
VALUES = {"gender": ("f", "m"), "subject": ("none", "का", "को"), "place": ("from", "to")}

CASED_PRONOUNS = {("किस", "को"): "किसे", ("जिस", "को"): "जिसे", ("जिन", "ने"): "जिन्होंने", ("जिन", "को"): "जिन्हें"}
"""Interrogatives and relatives that do not simply join their postposition."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """तीन बूढ़े शिक्षकों ने शाम को स्टेशन पर पुरानी किताब नहीं पढ़ी (three old teachers evening at station old book not read)."""
    who, action = choose(scene.who), choose(scene.action)
    whom = choose(scene.whom) if scene.whom else None
    marker = _object_marker(scene, action)
    idiom, verb = _verb(scene, action, _agreement(scene, who, action, whom, ask))
    parts = {
        "who": list(_cleft(scene, who, action, choose) if frame == "cleft" else _subject(scene, who, action, choose, ask)),
        "when": [Word(choose(scene.when)["adv"], "when")] if scene.when else [],
        "where": [Word(_place(scene, action, choose), "where")] if scene.where else [],
        "whom": list(_object(scene, whom, marker, choose)) if whom else [],
        "question": [],
        "idiom": idiom,
        "verb": verb,
    }
    if ask != "number" and ask:
        parts[ask] = []
        parts["who" if ask == "who" else "question"] = [Word(_interrogative(scene, action, marker, ask), "question")]
    if marker in ("का", "की", "के") and (frame == "object_first" or ask in ("where", "when")):
        # डॉक्टर की मदद शिक्षक ने की: the possessive cannot be far from its noun.
        parts["whom"] += idiom
        parts["idiom"] = []
    for part in ORDERS[frame]:
        yield from parts[part]


def _subject_marker(action: Entry) -> str:
    """The postposition of the subject: "ने", "को" of those that something comes to (शिक्षक को चाबी मिली), or "" of verbs of motion."""
    return action.features.get("subject", "ने").replace("none", "")


def _object_marker(scene: Scene, action: Entry) -> str:
    """The postposition that the verb asks for, or "को" of living beings; things need none: किताब पढ़ी, but डॉक्टर को देखा."""
    return action.features.get("object", "को" if scene.whom and _living(scene.whom) else "")


def _agreement(scene: Scene, who: Entry, action: Entry, whom: Entry | None, ask: str) -> str:
    """The form of the verb: it agrees with whichever of subject and object has no postposition, and is masculine otherwise."""
    if not _subject_marker(action):
        gender = "m" if ask == "who" else who.features["gender"]
        return f"{gender}p" if scene.number and ask != "who" else gender
    return "m" if not whom or _object_marker(scene, action) or ask == "whom" else whom.features["gender"]


def _verb(scene: Scene, action: Entry, agreement: str) -> tuple[list[Word], list[Word]]:
    """The idiom and the verb, with the denial between them: मदद + नहीं की, गेंद + नहीं फेंकी."""
    key = f"not_{agreement}"
    words = action[key if scene.negated and key in action.forms else agreement].split()
    start = max(i for i, word in enumerate(words) if split_tag(word)[1] in ("VERB", ""))
    denial = [Word("नहीं", "negation")] if scene.negated else []
    return [Word(word, "action") for word in words[:start]], [*denial, *(Word(word, "action") for word in words[start:])]


def _noun_phrase(scene: Scene, who: Entry, oblique: bool, choose: Choose, ask: str = "") -> Iterator[Word]:
    """The agent: तीन बूढ़े शिक्षक, oblique तीन बूढ़े शिक्षकों; asked for its number, कितने बूढ़े शिक्षक."""
    feminine = who.features["gender"] == "f"
    if ask == "number":
        yield Word("कितनी/DET" if feminine else "कितने/DET", "question")
    elif scene.number:
        number = choose(scene.number)
        yield Word(number["num"] if "num" in number.forms else number["f" if feminine else "m"], "number")
    if scene.who_quality:
        yield Word(choose(scene.who_quality)[_adjective(who, oblique or bool(scene.number))], "who_quality")
    case = "obl" if oblique else "dir"
    yield Word(who[{"dir": "pl", "obl": "obl_pl"}[case] if scene.number else case], "who")


def _adjective(noun: Entry, oblique: bool) -> str:
    """बूढ़ा शिक्षक, बूढ़े शिक्षक को, बूढ़ी रानी को."""
    return "f" if noun.features["gender"] == "f" else "obl" if oblique else "m"


def _subject(scene: Scene, who: Entry, action: Entry, choose: Choose, ask: str) -> Iterator[Word]:
    """तीन बूढ़े शिक्षकों ने; of a verb of motion तीन बूढ़े शिक्षक."""
    marker = _subject_marker(action)
    yield from _noun_phrase(scene, who, bool(marker), choose, ask)
    if marker:
        yield Word(f"{marker}/ADP", "who")


def _cleft(scene: Scene, who: Entry, action: Entry, choose: Choose) -> Iterator[Word]:
    """वह बूढ़ा शिक्षक ही था जिसने (it was the old teacher who); ऐसे अनेक शिक्षक थे जिन्होंने (there were many teachers who)."""
    feminine, vague = who.features["gender"] == "f", scene.number in VAGUE
    yield Word(("ऐसी/DET" if feminine else "ऐसे/DET") if vague else "वे/PRON" if scene.number else "वह/PRON", "who")
    yield from _noun_phrase(scene, who, False, choose)
    if not vague:
        yield Word("ही/PART", "who")
    copula = ("थीं" if feminine else "थे") if scene.number else "थी" if feminine else "था"
    marker = _subject_marker(action)
    yield Word(f"{copula}/AUX {_cased('जिन' if scene.number else 'जिस', marker) if marker else 'जो/PRON'}", "who")


def _object(scene: Scene, whom: Entry, marker: str, choose: Choose) -> Iterator[Word]:
    """पुरानी किताब; बूढ़े शिक्षक को; पुराने पुल का."""
    if scene.whom_quality:
        yield Word(choose(scene.whom_quality)[_adjective(whom, bool(marker))], "whom_quality")
    yield Word(whom["obl" if marker else "dir"], "whom")
    if marker:
        yield Word(f"{marker}/ADP", "whom")


def _place(scene: Scene, action: Entry, choose: Choose) -> str:
    """स्टेशन पर; but one arrives without a postposition, and departs with "from": स्टेशन पहुँचा, स्टेशन से रवाना हुआ."""
    place = choose(scene.where)["loc"]
    direction = action.features.get("place")
    return place.rpartition(" ")[0] + (" से/ADP" if direction == "from" else "") if direction else place


def _interrogative(scene: Scene, action: Entry, marker: str, ask: str) -> str:
    """किसने, कौन, किसे, किसकी, क्या, कहाँ, कहाँ से, कब."""
    match ask:
        case "where":
            return "कहाँ/PRON से/ADP" if action.features.get("place") == "from" else "कहाँ/PRON"
        case "when":
            return "कब/PRON"
        case "who":
            subject = _subject_marker(action)
            return _cased("किस", subject) if subject else "कौन/PRON"
        case _:
            return _cased("किस", marker) if marker else "क्या/PRON"


def _cased(pronoun: str, marker: str) -> str:
    """A pronoun together with its postposition, except for "पर": किसका, किसने, जिन्हें, किस पर."""
    return f"{pronoun}/PRON पर/ADP" if marker == "पर" else f"{CASED_PRONOUNS.get((pronoun, marker), pronoun + marker)}/PRON"


def _living(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "animal", *NAME_CLASSES)
