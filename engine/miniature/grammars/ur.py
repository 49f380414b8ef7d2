"""Urdu: subject, time, place, object, verb; "نہیں" before the verb denies; fronted adverbials and objects, "یہ استاد ہی تھا جس نے" clefts.

With "نے" after the agent of a transitive verb, the verb agrees with an object that has no postposition, and with nothing where it has one.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "۔"
QUESTION = "؟"
CAPITALS = False
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
ORDER = {
    "plain": ("who", "when", "where", "whom"),
    "time_first": ("when", "who", "where", "whom"),
    "place_first": ("where", "who", "when", "whom"),
    "object_first": ("whom", "who", "when", "where"),
    "cleft": ("who", "when", "where", "whom"),
}
"""The order of the parts before the verb."""
VAGUE = ("many", "several", "few")
"""Quantifiers that no cleft can stress: "بہت سے استاد تھے جنہوں نے" (there were many teachers who)."""
GENITIVE = ("کا", "کی")
"""Postpositions that tie the object to the noun of the verb: مریض کا علاج (کیا)."""
WAS = {"m": "تھا", "f": "تھی", "mp": "تھے", "fp": "تھیں"}

FORMS = {
    **dict.fromkeys((*NOUN_CLASSES, *NAME_CLASSES), ("sg", "obl")),
    **dict.fromkeys(("person", "animal"), ("sg", "obl", "pl", "oblpl")),
    "action": ("m",),
    "quality": ("m", "o", "f"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("m", "f"),
    "quantifier": ("m", "f"),
    "connective": ("text",),
    "city": ("loc",),
}
OPTIONAL = ("f", "mp", "fp", "not_m", "not_f", "not_mp", "not_fp", "to")
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), **dict.fromkeys(("number", "subject", "post", "place"), ())}
VALUES = {"gender": ("f", "m"), "number": ("pl",), "place": ("from", "to")}


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """تین خوش استادوں نے شام کو اسٹیشن پر پرانی کتاب نہیں پڑھی (three happy teachers ... the old book ... did not read)."""
    action, who = choose(scene.action), choose(scene.who)
    whom = choose(scene.whom) if scene.whom else None
    parts = {
        "who": list(_cleft_agent(scene, who, action, choose) if frame == "cleft" else _agent(scene, who, action, choose, ask)),
        "when": [Word(choose(scene.when)["adv"], "when")] if scene.when else [],
        "where": [Word(_place(choose(scene.where), action), "where")] if scene.where else [],
        "whom": list(_object(scene, whom, action, choose)) if whom else [],
    }
    first, *rest = _verb(scene, action, _agreement(scene, who, whom, action, ask))
    # وزیر کی مدد استاد نے کی: the noun of the verb stays with its object, wherever that goes.
    tied = action.features.get("post") in GENITIVE and (frame == "object_first" or ask in ("who", "where", "when"))
    if tied:
        parts["whom"].append(first)
    for part in ORDER[frame]:
        yield from parts[part] if part != ask else ()
    if ask and ask != "number":
        yield from _interrogative(scene, action, ask)
    yield from rest if tied else (first, *rest)


def _agent(scene: Scene, who: Entry, action: Entry, choose: Choose, ask: str = "") -> Iterator[Word]:
    """تین بوڑھے استادوں نے; چابی ملی has استاد کو; an asked number is کتنے استادوں نے."""
    gender, particle = who.features["gender"], action.features.get("subject", "")
    if ask == "number":
        yield Word("کتنی/DET" if gender == "f" else "کتنے/DET", "question")
    elif scene.number:
        yield Word(choose(scene.number)[gender], "number")
    case = ("oblpl" if particle else "pl") if scene.number else ("obl" if particle else "sg")
    yield from _noun("who", who, scene.who_quality, case, choose)
    if particle:
        yield Word(f"{particle}/ADP", "who")


def _cleft_agent(scene: Scene, who: Entry, action: Entry, choose: Choose) -> Iterator[Word]:
    """یہ استاد ہی تھا جس نے (it was the teacher who); the agent is in the direct case, and its relative pronoun takes the particle."""
    particle = action.features.get("subject", "")
    vague = scene.number in VAGUE
    if not vague:
        yield Word("یہ/PRON", "who")
    if scene.number:
        yield Word(choose(scene.number)[who.features["gender"]], "number")
    yield from _noun("who", who, scene.who_quality, "pl" if scene.number else "sg", choose)
    yield Word(f"{'' if vague else 'ہی/PART '}{WAS[_subject_agreement(scene, who)]}/AUX", "who")
    relative = ("جنہوں" if particle == "نے" else "جن") if scene.number else "جس"
    yield Word(f"{relative}/PRON {particle}/ADP" if particle else "جو/PRON", "who")


def _noun(slot: str, noun: Entry, quality: str, case: str, choose: Choose) -> Iterator[Word]:
    """بوڑھا استاد, but بوڑھے استاد نے; پرانی کتاب. The direct singular alone has its own masculine adjective."""
    if quality:
        own = "m" if case == "sg" and "number" not in noun.features else "o"
        yield Word(choose(quality)["f" if noun.features["gender"] == "f" else own], f"{slot}_quality")
    yield Word(noun[case], slot)


def _postposition(scene: Scene, action: Entry) -> str:
    """What follows the object: the verb's own postposition, or کو after living beings and names; things have none."""
    return action.features.get("post") or ("کو" if _living(scene.whom) else "")


def _object(scene: Scene, whom: Entry, action: Entry, choose: Choose) -> Iterator[Word]:
    """پرانی کتاب (پڑھی), بوڑھے مریض کو (دیکھا), مریض کے خلاف (مقدمہ دائر کیا)."""
    postposition = _postposition(scene, action)
    yield from _noun("whom", whom, scene.whom_quality, "obl" if postposition else "sg", choose)
    if postposition:
        yield Word(_adpositions(postposition), "whom")


def _adpositions(text: str) -> str:
    return " ".join(f"{word}/ADP" for word in text.split())


def _place(place: Entry, action: Entry) -> str:
    """اسٹیشن پر; one arrives at it without a postposition (اسٹیشن پہنچا) and departs اسٹیشن سے."""
    noun = place["loc"].rpartition(" ")[0]
    return {"to": place.tagged.get("to", noun), "from": f"{noun} سے/ADP"}.get(action.features.get("place", ""), place["loc"])


def _subject_agreement(scene: Scene, who: Entry) -> str:
    return who.features["gender"] + ("p" if scene.number else "")


def _agreement(scene: Scene, who: Entry, whom: Entry | None, action: Entry, ask: str) -> str:
    """With what the verb agrees: the agent in the direct case, else the object in the direct case; else, and with کون and کیا, it is m."""
    if "subject" not in action.features:
        return "m" if ask == "who" else _subject_agreement(scene, who)
    if whom is None or ask == "whom" or _postposition(scene, action):
        return "m"
    return whom.features["gender"] + ("p" if "number" in whom.features else "")


def _verb(scene: Scene, action: Entry, agreement: str) -> Iterator[Word]:
    """پڑھی; مدد نہیں کی. The denial stands before the verb itself, and the second verb of گر گیا goes: نہیں گرا."""
    keys = [f"not_{agreement}"] * scene.negated + [agreement, "m"]
    words = action[next(k for k in keys if k in action.forms)].split()
    start = next((i for i, word in enumerate(words) if word.endswith("/VERB")), 0)
    for i, word in enumerate(words):
        if scene.negated and i == start:
            yield Word("نہیں", "negation")
        yield Word(word, "action")


def _interrogative(scene: Scene, action: Entry, ask: str) -> Iterator[Word]:
    """کس نے, کون, کس جانور نے; کیا, کس کو, کس کی; کہاں سے; کب."""
    if ask == "when":
        yield Word("کب/PRON", "question")
    elif ask == "where":
        yield Word("کہاں/PRON سے/ADP" if action.features.get("place") == "from" else "کہاں/PRON", "question")
    else:
        noun = scene.who if ask == "who" else scene.whom
        particle = action.features.get("subject", "") if ask == "who" else _postposition(scene, action)
        animal = concepts()[noun].kind == "animal"
        if particle:
            kind = " جانور/NOUN" if animal else "" if _living(noun) else " چیز/NOUN"
            yield Word(f"کس/{'DET' if kind else 'PRON'}{kind} {_adpositions(particle)}", "question")
        elif ask == "who":
            yield Word("کون/PRON سا/PART جانور/NOUN" if animal else "کون/PRON", "question")
        else:
            yield Word("کیا/PRON", "question")


def _living(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "animal", *NAME_CLASSES)
