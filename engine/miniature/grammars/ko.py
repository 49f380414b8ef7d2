"""Korean: topic, time, place, object, verb in the plain past; -지 않았다 denies; fronted adverbials, topicalised objects, -ㄴ 것은 clefts."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, ancestors, concepts, of_kind
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = False
ORDER = {
    "plain": ("who", "when", "where", "whom", "action"),
    "time_first": ("when", "who", "where", "whom", "action"),
    "place_first": ("where", "who", "when", "whom", "action"),
    "object_first": ("whom", "who", "when", "where", "action"),
    "cleft": ("when", "where", "whom", "action", "who"),
}
"""The parts of the sentence as each frame orders them."""
DESCRIBED = {
    "plain": ("who", "whom", "when", "where", "action"),
    "time_first": ("when", "who", "whom", "where", "action"),
    "place_first": ("where", "who", "whom", "when", "action"),
    "object_first": ORDER["object_first"],
    "cleft": ("whom", "when", "where", "action", "who"),
}
"""The same where the object has a quality: after an adverbial, 브라질에서 유명한 배우를 would be an actor who is famous in Brazil."""
FRAMES = tuple(ORDER)
BY_SOUND = {"은": "는", "이": "가", "을": "를", "이었다": "였다"}
"""Particles after a consonant, and the same after a vowel."""
ADVERBIAL = ("에", "에게", "에서", "에는", "에게는")
"""Particles that make a noun an ADV in UD Korean."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("word",)),
    "action": ("past", "neg", "rel"),
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
OPTIONAL = ()
FEATURES = dict.fromkeys(("object", "place", "counted", "after"), ())
VALUES = {"counted": ("yes",), "after": ("yes",)}
OBJECTS = (*NOUN_CLASSES, *NAME_CLASSES)
BESIDE = {
    "action": (("past", "neg", "rel"), (*OBJECTS, *of_kind(*OBJECTS))),
    "quality": (("attr",), (*NOUN_CLASSES, *of_kind(*NOUN_CLASSES))),
}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: past_garment, attr_child."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """젊은 교사는 오래된 책을 저녁에 역에서 읽지 않았다: young teacher-TOPIC old book-OBJECT evening-in station-at read-NEG did.not."""
    action = choose(scene.action)
    parts = {
        "who": _agent(scene, choose, frame, ask),
        "when": _when(scene, choose, ask),
        "where": _where(scene, choose, ask, action.features.get("place", "에서")),
        "whom": _object(scene, choose, frame, ask, action.features.get("object", "을")),
        "action": _verb(scene, action, frame, ask),
    }
    order = (DESCRIBED if scene.whom_quality and ask != "whom" else ORDER)[frame]
    for part in order:
        yield from parts[part]
        # Without the comma, 도쿄에서 유명한 배우는 would be an actor who is famous in Tokyo.
        if part == order[0] and frame in ("time_first", "place_first") and scene.who_quality:
            yield Word(",/PUNCT", "punctuation")


def _agent(scene: Scene, choose: Choose, frame: str, ask: str) -> Iterator[Word]:
    """교사는; 교사 세 명이; 교사가 after a topicalised object; 것은 교사였다 in a cleft; 누가 or 몇 명의 교사가 where it is asked for."""
    if ask == "who":
        yield Word("누가" if _human(scene.who) else "무엇이", "question")
        return
    if ask == "number":
        yield Word(f"몇/DET {_classifier(scene.who)}의/NOUN", "question")
    if frame == "cleft":
        yield Word("것은/NOUN", "who")
    number = "" if ask == "number" else scene.number
    particle = "이었다" if frame == "cleft" else "이" if scene.number or frame == "object_first" else "은"
    yield from _noun_phrase("who", scene.who, scene.who_quality, number, particle, choose)


def _noun_phrase(slot: str, noun: str, quality: str, number: str, particle: str, choose: Choose) -> Iterator[Word]:
    """Adjective, noun, number, and the particle on the last of them: 젊은 교사를, 젊은 교사 세 명이; but 많은 젊은 교사가."""
    entry, counted = choose(noun)["word"], choose(number) if number else None
    follows = counted is not None and ("counted" in counted.features or "after" in counted.features)
    if counted and not follows:
        yield Word(counted["num"], "number")
    if quality:
        yield Word(_beside(noun, choose(quality), "attr"), f"{slot}_quality")
    if counted and follows:
        yield Word(entry, slot)
        yield Word(_with(_count(counted, noun), particle), "number")
    else:
        yield Word(_with(entry, particle), slot)


def _count(number: Entry, noun: str) -> str:
    """세 명 of persons, 세 마리 of animals, 3명 in figures; 모두 takes no classifier."""
    if "after" in number.features:
        return number["num"]
    space = "" if number.forms["num"].isdecimal() else " "
    return f"{number['num']}{space}{_classifier(noun)}/NOUN"


def _when(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """저녁에; 언제 where it is asked for."""
    if ask == "when":
        yield Word("언제/ADV", "question")
    elif scene.when:
        yield Word(choose(scene.when)["adv"], "when")


def _where(scene: Scene, choose: Choose, ask: str, particle: str) -> Iterator[Word]:
    """역에서 읽었다, but 역에 도착했다 and 브라질을 여행했다; 어디에서 where it is asked for."""
    if ask == "where":
        yield Word(_with("어디/PRON", particle), "question")
    elif scene.where:
        place, tag = choose(scene.where)["loc"].rsplit("에서/", 1)
        yield Word(_with(f"{place}/{'NOUN' if tag == 'ADV' else tag}", particle), "where")


def _object(scene: Scene, choose: Choose, frame: str, ask: str, particle: str) -> Iterator[Word]:
    """오래된 책을, 의사에게, 나무에; as the topic 오래된 책은, 의사에게는; 무엇을 or 누구에게 where it is asked for."""
    if not scene.whom:
        return
    if particle == "에" and concepts()[scene.whom].kind in ("person", "animal", "name"):
        particle = "에게"
    if ask == "whom":
        asked = "누구" if _human(scene.whom) else "무엇"
        yield Word(_with(f"{asked}/PRON", "에게" if asked == "누구" and particle == "에" else particle), "question")
        return
    if frame == "object_first":
        particle = "은" if particle == "을" else f"{particle}는"
    yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", particle, choose)


def _verb(scene: Scene, action: Entry, frame: str, ask: str) -> Iterator[Word]:
    """읽었다, denied 읽지 않았다; before 것은, 읽은 and 읽지 않은; in a question, 읽었는가."""
    if scene.negated:
        yield Word(_beside(scene.whom, action, "neg"), "action")
        yield Word("않은/AUX" if frame == "cleft" else "않았다/AUX", "negation")
        return
    said = _beside(scene.whom, action, "rel" if frame == "cleft" else "past")
    yield Word(_interrogative(said) if ask else said, "action")


def _interrogative(said: str) -> str:
    """읽었다 becomes 읽었는가, 춤을 췄다 춤을 췄는가."""
    *before, last = said.split()
    word, tag = split_tag(last)
    return " ".join([*before, f"{word.removesuffix('다')}는가/{tag or 'VERB'}"])


def _beside(noun: str, entry: Entry, key: str) -> str:
    """The form of a verb or adjective that goes with the noun: 책을 씻었다 but 옷을 빨았다, 젊은 교사 but 어린 소녀."""
    names = (*ancestors(noun), concepts()[noun].kind) if noun else ()
    return next((entry[f"{key}_{name}"] for name in names if f"{key}_{name}" in entry.forms), entry[key])


def _with(text: str, particle: str) -> str:
    """The particle on the last word, chosen by its final sound: 교사는, 왕은; adverbial ones make a common noun an ADV: 의사에게/ADV."""
    *before, last = text.split()
    word, tag = split_tag(last)
    closed = (ord(word[-1]) - ord("가")) % 28 != 0  # Unicode orders the syllables by their 28 endings, the open one first.
    shown = particle if closed else BY_SOUND.get(particle, particle)
    if tag != "PROPN":
        tag = "ADV" if particle in ADVERBIAL else "VERB" if particle == "이었다" else tag or "NOUN"
    return " ".join([*before, f"{word}{shown}/{tag}"])


def _classifier(noun: str) -> str:
    return "마리" if concepts()[noun].kind == "animal" else "명"


def _human(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "name", "organisation")
