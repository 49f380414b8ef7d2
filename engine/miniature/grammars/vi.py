"""Vietnamese: subject, đã, verb, object, place, time; không before the verb denies; a passive with được or bị, and chính for the cleft."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, ancestors, concepts, of_kind
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
VAGUE = ("many", "several", "few")
"""Quantifiers that chính cannot stress: "có nhiều giáo viên đã đọc", there were many teachers who read."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("sg",)),
    "action": ("act",),
    "quality": ("attr",),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("num",),
    "connective": ("text",),
    "name": ("sg",),
    "organisation": ("sg",),
    "city": ("loc",),
}
OPTIONAL = ("pass", "alone")
FEATURES = dict.fromkeys(("classifier", "counted", "determiner", "passive", "after", "place", "adverb"), ())
VALUES = {"counted": ("no",), "place": ("goal", "từ")}
OBJECTS = (*NOUN_CLASSES, *NAME_CLASSES)
BESIDE = {
    **dict.fromkeys(OBJECTS, (("sg",), of_kind("action"))),
    "action": (("act",), (*OBJECTS, *of_kind(*OBJECTS))),
    "quality": (("attr",), (*NOUN_CLASSES, *of_kind(*NOUN_CLASSES))),
}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: sg_eat, act_hat, attr_child."""
COMMA = Word(",/PUNCT", "punctuation")


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Ba giáo viên lớn tuổi đã không đọc cuốn sách cũ ở nhà ga vào buổi tối: three old teachers PAST not read CL old book at station in evening."""
    action = choose(scene.action)
    where = list(_where(scene, choose, action, frame, ask))
    when = [_when(scene, choose, ask)] if scene.when else []
    if frame == "time_first":
        yield from (*when, COMMA)
        when = []
    elif frame == "place_first":
        yield from (*where, COMMA)
        where = []
    elif frame == "cleft":
        yield Word("có/VERB" if scene.number in VAGUE else "chính/PART", "who")
    if frame == "object_first":
        yield from _passive(scene, choose, action)
    else:
        yield from _active(scene, choose, action, frame, ask)
    yield from (*where, *when)


def _when(scene: Scene, choose: Choose, ask: str) -> Word:
    """Vào buổi tối, or what asks for it, last as in the past (and first in the future): đã đọc cuốn sách ở nhà ga khi nào."""
    return Word("khi/NOUN nào/PRON", "question") if ask == "when" else Word(choose(scene.when)["adv"], "when")


def _where(scene: Scene, choose: Choose, action: Entry, frame: str, ask: str) -> Iterator[Word]:
    """Ở nhà ga; of actions that leave or reach a place, từ nhà ga or the bare nhà ga (đã đến nhà ga). Its question: ở đâu."""
    if not scene.where:
        return
    relation = action.features.get("place", "ở")
    preposition = "" if relation == "goal" else f"{relation}/ADP "
    if ask == "where":
        yield Word(f"{preposition}đâu/PRON", "question")
    elif relation == "ở" or (relation == "goal" and frame == "place_first"):
        yield Word(choose(scene.where)["loc"], "where")
    else:
        yield Word(preposition + " ".join(word for word in choose(scene.where)["loc"].split() if not word.endswith("/ADP")), "where")


def _active(scene: Scene, choose: Choose, action: Entry, frame: str, ask: str) -> Iterator[Word]:
    """Tất cả mọi giáo viên đều đã cho con chó ăn: agent, đều of "all", đã, denial, verb, object, what follows the object."""
    yield from _agent(scene, choose, ask)
    if scene.number and ask not in ("who", "number") and frame != "cleft" and "adverb" in choose(scene.number).features:
        yield Word(choose(scene.number).features["adverb"], "number")
    yield from _past(scene)
    # Without its place after it, "arrived" needs a word for one: đã đến nơi.
    alone = "alone" in action.forms and (not scene.where or frame == "place_first")
    yield Word(action["alone"] if alone else _form(action, "act", scene.whom), "action")
    if scene.whom and ask == "whom":
        yield _interrogative(scene.whom)
    elif scene.whom:
        yield from _object(scene, choose)
    if "after" in action.features:
        yield Word(action.features["after"], "action")


def _agent(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """Ba giáo viên lớn tuổi, or what asks for it: ai, con vật nào, có bao nhiêu giáo viên lớn tuổi."""
    if ask == "who":
        yield _interrogative(scene.who)
        return
    number = Word("có/VERB bao/PRON nhiêu/PRON", "question") if ask == "number" else Word(choose(scene.number)["num"], "number") if scene.number else None
    yield from _noun_phrase(choose, "who", scene.who, scene.who_quality, number=number)


def _object(scene: Scene, choose: Choose) -> Iterator[Word]:
    return _noun_phrase(choose, "whom", scene.whom, scene.whom_quality, action=scene.action)


def _noun_phrase(choose: Choose, slot: str, noun: str, quality: str, number: Word | None = None, action: str = "") -> Iterator[Word]:
    """Cuốn sách cũ, thiết bị mới đó, ba giáo viên lớn tuổi: number, classifier (few nouns for persons keep it after a number), noun, quality, đó."""
    entry = choose(noun)
    if number:
        yield number
    if "classifier" in entry.features and not (number and entry.features.get("counted") == "no"):
        yield Word(f"{entry.features['classifier']}/NOUN", slot)
    yield Word(_form(entry, "sg", action), slot)
    if quality:
        yield Word(_form(choose(quality), "attr", noun), f"{slot}_quality")
    if "determiner" in entry.features and not number:
        yield Word(f"{entry.features['determiner']}/PRON", slot)


def _past(scene: Scene) -> Iterator[Word]:
    """Đã, đã không."""
    yield Word("đã/ADV", "action")
    if scene.negated:
        yield Word("không/ADV", "negation")


def _passive(scene: Scene, choose: Choose, action: Entry) -> Iterator[Word]:
    """Cuốn sách cũ đã không được ba giáo viên đọc; with bị where what happens is unwelcome: chiếc ô tô đã bị tên trộm lấy trộm."""
    yield from _object(scene, choose)
    yield from _past(scene)
    yield Word(f"{action.features.get('passive', 'được')}/AUX", "action")
    yield from _agent(scene, choose, "")
    yield Word(action["pass"] if "pass" in action.forms else _form(action, "act", scene.whom), "action")


def _interrogative(noun: str) -> Word:
    if concepts()[noun].kind == "animal":
        return Word("con/NOUN vật/NOUN nào/PRON", "question")
    return Word("ai/PRON" if concepts()[noun].kind in ("person", "name", "organisation") else "cái/NOUN gì/PRON", "question")


def _form(entry: Entry, key: str, other: str) -> str:
    """The form for this word, a hypernym of it or its class, where there is one: đội of a hat, mặc of other garments; cơm with "eat", gạo with "buy"."""
    special = (f"{key}_{name}" for name in (*ancestors(other), concepts()[other].kind)) if other else ()
    return entry[next((k for k in special if k in entry.forms), key)]
