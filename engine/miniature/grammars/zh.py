"""Chinese: subject, time, place, verb, object; 没有 before the place and the verb denies, and the verb then loses its 了."""

from __future__ import annotations

from collections.abc import Iterator

from engine.miniature.lexicon import WORD, Entry
from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts, of_kind
from engine.miniature.realisation import Choose, Word

SPACED = False
STOP = "。"
QUESTION = "？"
CAPITALS = False
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("word",)),
    "action": ("past", "plain"),
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
OPTIONAL = ("past_last", "plain_last", "after")
FEATURES = {"classifier": NOUN_CLASSES, **dict.fromkeys(("gender", "passive", "coverb", "place", "adverb"), ())}
VALUES = {"classifier": ("no", "yes", WORD), "gender": ("f",), "passive": ("yes",), "place": ("goal", "从")}
OBJECTS = (*NOUN_CLASSES, *NAME_CLASSES)
BESIDE = {
    "action": (("past", "plain", "past_last", "plain_last"), (*OBJECTS, *of_kind(*OBJECTS))),
    "quality": (("attr",), (*NOUN_CLASSES, *of_kind(*NOUN_CLASSES))),
}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: past_garment, attr_novel."""
COMMA = Word("，/PUNCT", "punctuation")


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """那位年轻的老师傍晚没有在车站读那本旧书: that-CL young teacher evening not at-station read that-CL old book."""
    action = choose(scene.action)
    passive = frame == "object_first" and "passive" in action.features
    if frame == "time_first":
        yield from (Word(choose(scene.when)["adv"], "when"), COMMA)
    elif frame == "place_first":
        yield from (Word(choose(scene.where)["loc"], "where"), COMMA)
    elif frame == "object_first":
        yield from _noun_phrase(choose, "whom", scene.whom, scene.whom_quality)
        if not passive:
            yield COMMA
    elif frame == "cleft":
        yield Word("是/AUX", "who")
    quantifier = choose(scene.number) if scene.number and ask not in ("who", "number") else None
    if not passive:
        yield from _agent(scene, choose, quantifier, ask)
    yield from _adverbials(scene, choose, action, frame, ask, quantifier.features.get("adverb", "") if quantifier and not passive else "")
    if passive:
        yield Word("被/AUX", "who")
        yield from _agent(scene, choose, quantifier, ask)
    yield from _predicate(scene, choose, action, frame, ask)


def _agent(scene: Scene, choose: Choose, quantifier: Entry | None, ask: str) -> Iterator[Word]:
    """三位老师, or what asks for it: 谁, 什么动物, 多少位老师."""
    if ask == "who":
        yield _interrogative(scene.who)
    elif ask == "number":
        yield Word("多少/NUM", "question")
        yield from _counted(choose, "who", scene.who, scene.who_quality, classifier=True)
    elif quantifier:
        yield Word(quantifier["num"], "number")
        yield from _counted(choose, "who", scene.who, scene.who_quality, quantifier.features.get("classifier") != "no")
    else:
        yield from _noun_phrase(choose, "who", scene.who, scene.who_quality)


def _noun_phrase(choose: Choose, slot: str, noun: str, quality: str) -> Iterator[Word]:
    """那本旧书: the demonstrative, classifier, adjective, noun; names stand alone."""
    if concepts()[noun].kind in ("name", "organisation"):
        yield Word(choose(noun)["word"], slot)
        return
    yield Word("那/DET", slot)
    yield from _counted(choose, slot, noun, quality, classifier=True)


def _counted(choose: Choose, slot: str, noun: str, quality: str, classifier: bool) -> Iterator[Word]:
    """本旧书: what follows a numeral or demonstrative."""
    entry = choose(noun)
    if classifier:
        yield Word(f"{entry.features['classifier']}/NOUN", slot)
    if quality:
        yield Word(_form(choose(quality), "attr", noun), f"{slot}_quality")
    yield Word(entry["word"], slot)


def _adverbials(scene: Scene, choose: Choose, action: Entry, frame: str, ask: str, adverb: str) -> Iterator[Word]:
    """傍晚都没有在车站: time, 都 of "all", denial, place. A question for time or place puts 是 before it (and 的 last)."""
    if scene.when and ask != "when" and frame != "time_first":
        yield Word(choose(scene.when)["adv"], "when")
    if adverb:
        yield Word(adverb, "number")
    # Before the place, 没有 denies the whole event; after it, it would only deny the verb.
    if scene.negated:
        yield Word("没有/ADV", "negation")
    if _focused(action, ask):
        yield Word("是/AUX", "action")
    if ask == "when":
        yield Word("什么/DET 时候/NOUN", "question")
    preposition = action.features.get("place", "在")
    if not scene.where or frame == "place_first" or preposition == "goal":
        return
    if ask == "where":
        yield Word(f"{preposition}/ADP 哪里/PRON", "question")
    else:
        yield Word(choose(scene.where)["loc"].replace("在", preposition, 1), "where")


def _predicate(scene: Scene, choose: Choose, action: Entry, frame: str, ask: str) -> Iterator[Word]:
    """读了那本旧书; 给那位病人做了手术, where the object has a preposition; 到达了车站, where the place is the object."""
    whom = list(_object(scene, choose, action, frame, ask))
    key = "plain" if scene.negated or _focused(action, ask) else "past"
    if scene.whom and not whom and f"{key}_last" in action.forms:
        key += "_last"
    verb = Word(_form(action, key, scene.whom), "action")
    if whom and "coverb" in action.features:
        yield from (Word(f"{action.features['coverb']}/ADP", whom[0].slot), *whom, verb)
    else:
        yield from (verb, *whom)
    if "after" in action.forms:
        yield Word(action["after"], "action")
    if scene.where and frame != "place_first" and action.features.get("place") == "goal":
        yield Word("哪里/PRON", "question") if ask == "where" else Word(_without_prepositions(choose(scene.where)["loc"]), "where")
    if _focused(action, ask):
        yield Word("的/PART", "action")


def _object(scene: Scene, choose: Choose, action: Entry, frame: str, ask: str) -> Iterator[Word]:
    """The object beside the verb. A topic leaves a pronoun there (那位病人，那位医生治疗了他), unless it is a thing."""
    if not scene.whom:
        return
    if ask == "whom":
        yield _interrogative(scene.whom)
    elif frame != "object_first":
        yield from _noun_phrase(choose, "whom", scene.whom, scene.whom_quality)
    elif "passive" not in action.features and ("coverb" in action.features or concepts()[scene.whom].kind == "animal" or _human(scene.whom)):
        person = concepts()[scene.whom].kind in ("person", "name")
        yield Word(("她/PRON" if choose(scene.whom).features.get("gender") == "f" else "他/PRON") if person else "它/PRON", "whom")


def _interrogative(noun: str) -> Word:
    if concepts()[noun].kind == "animal":
        return Word("什么/DET 动物/NOUN", "question")
    return Word("谁/PRON" if _human(noun) else "什么/PRON", "question")


def _focused(action: Entry, ask: str) -> bool:
    """Whether 是 ... 的 frames the question, as past time and place want it (是什么时候读那本书的); not 到达了哪里."""
    return ask == "when" or (ask == "where" and action.features.get("place") != "goal")


def _form(entry: Entry, key: str, noun: str) -> str:
    """The form for this noun or its class, where there is one: 戴上了 of a hat, 穿上了 of other garments."""
    special = (f"{key}_{name}" for name in (noun, concepts()[noun].kind)) if noun else ()
    return entry[next((k for k in special if k in entry.forms), key)]


def _without_prepositions(tagged: str) -> str:
    """森林 of 在森林里."""
    return " ".join(word for word in tagged.split() if not word.endswith("/ADP"))


def _human(noun: str) -> bool:
    return concepts()[noun].kind in ("person", "name", "organisation")
