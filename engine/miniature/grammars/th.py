"""Thai: subject, ไม่ได้, verb, object, place, time; classifier and นั้น mark the singular; the past is left unmarked, as in narrative and news.

Words are glued to one another; a space stands only where Thai writes one: after a fronted part, in and after full names, around digits.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import WORD, Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts
from engine.miniature.realisation import Choose, Word

SPACED = True
STOP = ""
QUESTION = ""
CAPITALS = False
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
VAGUE = ("many", "several", "few")
"""Quantifiers that คือ cannot stress: "มีครูไม่กี่คนที่", not "ผู้ที่ ... คือครูไม่กี่คน"."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("word",)),
    "action": ("verb",),
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
OPTIONAL = ("received",)
FEATURES = {"classifier": NOUN_CLASSES, **dict.fromkeys(("group", "neg", "passive", "things", "by", "place"), ())}
VALUES = {"classifier": ("no", WORD), "things": ("yes",), "place": ("goal", "จาก", "ใน")}
BESIDE = {"action": (("verb",), (*NOUN_CLASSES, *NAME_CLASSES))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: verb_garment."""
SPACE = Word("", "punctuation")
"""Asks for a space before the next word."""
GAP = "-/X"
"""Where the object stands in an action of two parts: ทำ - หาย."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """ครูสูงอายุสามคนไม่ได้อ่านหนังสือเก่าเล่มนั้นที่ห้องสมุดตอนเย็น: teacher elderly three CL not-PAST read book old CL that at library evening."""
    space = True
    for word in _words(scene, choose, frame, ask):
        for part in word.text.split():
            yield Word(part, word.slot, glued=not space)
            space = False
        space = space or word is SPACE


def _words(scene: Scene, choose: Choose, frame: str, ask: str) -> Iterator[Word]:
    """The words of the sentence in their order, with SPACE where one is written."""
    action = choose(scene.action)
    where, when = list(_where(scene, choose, action, frame, ask)), list(_when(scene, choose, ask))
    denial = _denial(scene, short=action.features.get("neg") == "ไม่")
    who, whom = list(_agent(scene, choose, frame, ask)), list(_object(scene, choose, ask))
    if frame == "time_first":
        yield from (*when, SPACE)
        when = []
    elif frame == "place_first":
        yield from (*where, SPACE)
        where = []
    if frame == "object_first":
        yield from (*_fronted(scene, action, who, whom), *where, *when)
    elif frame == "cleft" and scene.number not in VAGUE:
        yield Word(f"{_kind(scene.who, choose)}/NOUN ที่/DET", "who")
        yield from (*denial, *_predicate(action, whom, scene.whom), *where, *when, Word("คือ/AUX", "who"), *who)
    else:
        yield from (*who, *denial, *_predicate(action, whom, scene.whom), *where, *when)


def _agent(scene: Scene, choose: Choose, frame: str, ask: str) -> Iterator[Word]:
    """ครูสามคน, or what asks for it (ใคร, สัตว์อะไร, มีครูกี่คนที่); มีครูไม่กี่คนที่ where a cleft stresses few."""
    if ask == "who":
        yield _interrogative(scene.who)
        return
    existential = ask == "number" or (frame == "cleft" and scene.number in VAGUE)
    if existential:
        yield Word("มี/VERB", "question" if ask else "who")
    yield from _noun_phrase("who", scene.who, scene.who_quality, scene.number, choose, counting=ask == "number")
    if existential:
        yield Word("ที่/DET", "who")


def _noun_phrase(slot: str, noun: str, quality: str, number: str, choose: Choose, counting: bool = False) -> Iterator[Word]:
    """ครูสูงอายุคนนั้น, ครูสูงอายุสามคน, ครูสูงอายุทั้งหมด, and counting ครูสูงอายุกี่คน; names stand alone."""
    entry = choose(noun)
    if concepts()[noun].kind in ("name", "organisation"):
        parts = entry["word"].split()
        for part in parts:
            yield Word(part, slot)
            if len(parts) > 1:
                yield SPACE
        return
    yield Word(entry["word"], slot)
    if quality:
        yield Word(choose(quality)["attr"], f"{slot}_quality")
    classifier = Word(f"{entry.features['classifier']}/NOUN", slot)
    if counting:
        yield from (Word("กี่/DET", "question"), classifier)
    elif number:
        yield from _number(choose(number), classifier)
    else:
        yield from (classifier, Word("นั้น/DET", slot))


def _number(entry: Entry, classifier: Word) -> Iterator[Word]:
    """สามคน, or มากมาย of the quantifiers that take no classifier; digits stand between spaces."""
    spaces = [SPACE] if entry.forms["num"].isdecimal() else []
    yield from (*spaces, Word(entry["num"], "number"), *spaces)
    if entry.features.get("classifier") != "no":
        yield classifier


def _object(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    if scene.whom and ask == "whom":
        yield _interrogative(scene.whom)
    elif scene.whom:
        yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", choose)


def _predicate(action: Entry, whom: list[Word], noun: str) -> Iterator[Word]:
    """อ่านหนังสือเล่มนั้น; ทำหนังสือเล่มนั้นหาย; ซักเสื้อผ้าชิ้นนั้น, with a verb (verb_garment) of its own for a class of objects.

    Without its object beside it, ลงนามใน is ลงนาม.
    """
    special = f"verb_{concepts()[noun].kind}" if noun else ""
    before, _, after = action[special if special in action.forms else "verb"].partition(GAP)
    yield from (Word(before if whom else before.removesuffix("ใน/ADP"), "action"), *whom, Word(after, "action"))


def _fronted(scene: Scene, action: Entry, who: list[Word], whom: list[Word]) -> Iterator[Word]:
    """The object in front: a passive (ผู้ป่วยคนนั้นถูกครูคนนั้นผลัก, ผู้ป่วยคนนั้นได้รับการรักษาจากแพทย์คนนั้น) or a topic (หนังสือเล่มนั้น ครูคนนั้นอ่าน)."""
    animate = concepts()[scene.whom].kind in ("person", "animal", "name", "organisation")
    voice = action.features.get("passive", "") if animate or action.features.get("things") == "yes" else ""
    if "received" in action.forms:
        yield from (*whom, *_denial(scene, short=True), Word(f"ได้/AUX รับ/VERB {action['received']}", "action"))
        yield from (Word(f"{action.features.get('by', 'จาก')}/ADP", "who"), *who)
    elif voice:
        yield from (*whom, *_denial(scene), Word(f"{voice}/AUX", "action"), *who, *_predicate(action, [], scene.whom))
    else:
        denial = _denial(scene, short=action.features.get("neg") == "ไม่")
        yield from (*whom, SPACE, *who, *denial, *_predicate(action, [], scene.whom))


def _denial(scene: Scene, short: bool = False) -> list[Word]:
    """ไม่ได้, or ไม่ alone before ได้รับ and verbs such as เห็น, which say it without ได้ (neg=ไม่)."""
    return [Word("ไม่/PART" if short else "ไม่/PART ได้/AUX", "negation")] if scene.negated else []


def _where(scene: Scene, choose: Choose, action: Entry, frame: str, ask: str) -> Iterator[Word]:
    """ที่สถานี; จากสถานี of departing; the bare สถานี beside a verb of arriving (place=goal)."""
    preposition = action.features.get("place", "")
    if not scene.where:
        return
    if ask == "where":
        yield Word(f"{preposition}/ADP ที่ไหน/ADV" if preposition == "จาก" else "ที่ไหน/ADV", "question")
        return
    location = choose(scene.where)["loc"]
    name = location.partition(" ")[2]
    if preposition == "goal" and frame != "place_first":
        location = name
    elif preposition in ("จาก", "ใน"):
        location = f"{preposition}/ADP {name}"
    yield Word(location, "where")


def _when(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    if scene.when:
        yield Word("เมื่อไร/ADV", "question") if ask == "when" else Word(choose(scene.when)["adv"], "when")


def _interrogative(noun: str) -> Word:
    kind = concepts()[noun].kind
    if kind == "animal":
        return Word("สัตว์/NOUN อะไร/DET", "question")
    return Word("ใคร/PRON" if kind in ("person", "name", "organisation") else "อะไร/PRON", "question")


def _kind(noun: str, choose: Choose) -> str:
    """What a cleft calls its agent: ผู้, สัตว์, or องค์กร and บริษัท (the group of an organisation)."""
    return {"animal": "สัตว์"}.get(concepts()[noun].kind) or choose(noun).features.get("group", "ผู้")
