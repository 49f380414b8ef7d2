"""Japanese: topic, time, place, object, verb in the plain past; なかった denies; fronted adverbials, topicalised objects, 〜のは clefts."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts, of_kind
from engine.miniature.realisation import Choose, Word

SPACED = False
STOP = "。"
QUESTION = "？"
CAPITALS = False
ORDER = {
    "plain": ("who", "when", "where", "whom", "action"),
    "time_first": ("when", "who", "where", "whom", "action"),
    "place_first": ("where", "who", "when", "whom", "action"),
    "object_first": ("whom", "who", "when", "where", "action"),
    "cleft": ("when", "where", "whom", "action", "who"),
}
"""The parts of the sentence as each frame orders them."""
FRAMES = tuple(ORDER)

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("word",)),
    "action": ("past", "neg"),
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
OPTIONAL = ("after",)
FEATURES = {"classifier": ("person", "animal"), **dict.fromkeys(("object", "place", "counted"), ())}
VALUES = {"counted": ("yes",)}
BESIDE = {"action": (("past", "neg"), of_kind(*NOUN_CLASSES, *NAME_CLASSES))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: past_bridge."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """三人の若い教師は夕方に駅で、古い本を読まなかった: three-CL young teacher TOPIC evening-at station-at old book OBJECT read-not-PAST."""
    action = choose(scene.action)
    parts = {
        "who": _agent(scene, choose, frame, ask),
        "when": _when(scene, choose, frame, ask),
        "where": _where(scene, choose, frame, ask, action.features.get("place", "で")),
        "whom": _object(scene, choose, frame, ask, action.features.get("object", "を")),
        "action": _verb(scene, action),
    }
    before = ""
    for part in ORDER[frame]:
        words = list(parts[part])
        # Without the comma, 東京で有名な俳優 would be an actor who is famous in Tokyo.
        if part == "whom" and scene.whom_quality and ask != "whom" and before in ("when", "where"):
            yield Word("、/PUNCT", "punctuation")
        yield from words
        before = part if words else before
    if ask:
        yield Word("か/PART", "question")


def _agent(scene: Scene, choose: Choose, frame: str, ask: str) -> Iterator[Word]:
    """三人の若い教師は; 教師が after a topicalised object; のは教師だった in a cleft; 誰が or 何人の教師が where it is asked for."""
    if ask == "who":
        yield Word(f"{_what(scene.who)}/PRON が/ADP", "question")
        return
    if frame == "cleft":
        yield Word("の/SCONJ は/ADP", "who")
    if ask == "number":
        yield Word(f"何/NUM {choose(scene.who).features['classifier']}/NOUN の/ADP", "question")
    yield from _noun_phrase("who", scene.who, scene.who_quality, "" if ask == "number" else scene.number, choose)
    if frame == "cleft":
        yield Word("だっ/AUX た/AUX", "who")
    else:
        yield Word("が/ADP" if frame == "object_first" or ask == "number" else "は/ADP", "who")


def _noun_phrase(slot: str, noun: str, quality: str, number: str, choose: Choose) -> Iterator[Word]:
    """A number with the classifier of the noun, adjective, noun: 三人の若い教師, 数羽の鳥, すべての教師."""
    entry = choose(noun)
    if number:
        yield Word(_number(choose(number), entry), "number")
    if quality:
        yield Word(choose(quality)["attr"], f"{slot}_quality")
    yield Word(entry["word"], slot)


def _number(number: Entry, noun: Entry) -> str:
    """三人の, 数匹の, 何羽かの; すべての takes no classifier."""
    if "counted" not in number.features:
        return number["num"]
    after = f"{number['after']} " if "after" in number.forms else ""
    return f"{number.forms['num']}/NUM {noun.features['classifier']}/NOUN {after}の/ADP"


def _when(scene: Scene, choose: Choose, frame: str, ask: str) -> Iterator[Word]:
    """夕方に; in front without its particle, 夕方、; いつ where it is asked for."""
    if ask == "when":
        yield Word("いつ", "question")
    elif scene.when:
        adverbial = choose(scene.when)["adv"]
        if frame == "time_first":
            yield Word(adverbial.removesuffix(" に/ADP"), "when")
            yield Word("、/PUNCT", "punctuation")
        else:
            yield Word(adverbial, "when")


def _where(scene: Scene, choose: Choose, frame: str, ask: str, particle: str) -> Iterator[Word]:
    """駅で読んだ, but 駅に到着した and 駅から出発した; どこで where it is asked for."""
    if ask == "where":
        yield Word(f"どこ/PRON {particle}/ADP", "question")
    elif scene.where:
        yield Word(choose(scene.where)["loc"].removesuffix("で/ADP") + f"{particle}/ADP", "where")
        if frame == "place_first":
            yield Word("、/PUNCT", "punctuation")


def _object(scene: Scene, choose: Choose, frame: str, ask: str, particle: str) -> Iterator[Word]:
    """古い本を, 医師に; as the topic 古い本は, 医師には; 何を or 誰に where it is asked for."""
    if ask == "whom":
        yield Word(f"{_what(scene.whom)}/PRON {particle}/ADP", "question")
    elif scene.whom:
        yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", choose)
        topic = "に/ADP は/ADP" if particle == "に" else "は/ADP"
        yield Word(topic if frame == "object_first" else f"{particle}/ADP", "whom")


def _beside(noun: str, action: Entry, key: str) -> str:
    """The form of a verb that goes with its object: 川を越えた, but 橋を渡った."""
    return action[f"{key}_{noun}" if f"{key}_{noun}" in action.forms else key]


def _verb(scene: Scene, action: Entry) -> Iterator[Word]:
    """読んだ; denied, 読ま-なかっ-た."""
    if not scene.negated:
        yield Word(_beside(scene.whom, action, "past"), "action")
        return
    yield Word(_beside(scene.whom, action, "neg"), "action")
    yield Word("なかっ/AUX", "negation")
    yield Word("た/AUX", "action")


def _what(noun: str) -> str:
    return "誰" if concepts()[noun].kind in ("person", "name", "organisation") else "何"
