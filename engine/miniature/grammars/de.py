"""German: the finite verb is second, its prefix or participle last, after "nicht"; passive, relative clauses, adverbials in front."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from engine.miniature.meanings import NAME_CLASSES, NOUN_CLASSES, Scene, concepts, of_kind
from engine.miniature.realisation import Choose, Word
from engine.miniature.tags import split_tag

SPACED = True
STOP = "."
QUESTION = "?"
CAPITALS = True
FRAMES = ("plain", "time_first", "place_first", "object_first", "cleft")
AFTER_CONNECTIVE = "verb_first"
"""The frame for a sentence that a connective opens: it takes the place before the verb (zuerst las der Lehrer das Buch)."""

FORMS = {
    **dict.fromkeys(NOUN_CLASSES, ("sg",)),
    "person": ("sg", "pl"),
    "animal": ("sg", "pl"),
    "action": ("sg", "pl", "part"),
    "quality": ("e", "en"),
    "place": ("loc",),
    "time": ("adv",),
    "number": ("num",),
    "quantifier": ("num", "dat"),
    "connective": ("text",),
    "name": ("sg",),
    "organisation": ("sg", "dat"),
    "city": ("loc",),
}
OPTIONAL = ("obl", "pl", "pl_weak")
FEATURES = {"gender": (*NOUN_CLASSES, *NAME_CLASSES), **dict.fromkeys(("case", "inflection"), ())}
VALUES = {"gender": ("f", "m", "n", "p"), "case": ("dat",), "inflection": ("weak",)}
BESIDE = {"action": (("sg", "pl", "part"), ("person", "animal", *NAME_CLASSES, *of_kind(*NOUN_CLASSES, *NAME_CLASSES)))}
"""By class, the forms that may be said otherwise beside some words, and which classes and concepts these are: sg_animal of the subject, sg_hat of the object."""

ARTICLES = {
    "nom": {"m": "der", "f": "die", "n": "das", "p": "die"},
    "acc": {"m": "den", "f": "die", "n": "das", "p": "die"},
    "dat": {"m": "dem", "f": "der", "n": "dem", "p": "den"},
}
"""By case and gender (p: plural). The nominative is also the relative pronoun."""


def realise(scene: Scene, choose: Choose, frame: str = "plain", ask: str = "") -> Iterator[Word]:
    """Drei glückliche Lehrer lasen das alte Buch am Abend am Bahnhof nicht."""
    choose = cache(choose)  # Verb, adjective and pronoun agree with the noun, so it has to stay the same word.
    when = [Word(choose(scene.when)["adv"], "when")] if scene.when else []
    where = [Word(choose(scene.where)["loc"], "where")] if scene.where else []
    if frame == "object_first":
        yield from _passive(scene, choose, [*when, *where])
        return
    who = list(_noun_phrase("who", scene.who, scene.who_quality, scene.number, "nom", choose))
    whom = list(_object(scene, choose))
    if frame == "cleft":
        yield from _cleft(scene, choose, who, [*whom, *when, *where])
        return
    slots = {"who": who, "whom": whom, "when": when, "where": where}
    if ask:
        slots.pop("who" if ask == "number" else ask)
        front = list(_interrogative(scene, choose, ask))
    else:
        front = slots.pop({"time_first": "when", "place_first": "where"}.get(frame, "who")) if frame != AFTER_CONNECTIVE else []
    verb = _form(scene, "sg" if ask == "who" else _number(scene, choose), choose)
    yield from _main_clause(front, verb, [word for words in slots.values() for word in words], scene.negated)


def _main_clause(front: list[Word], verb: str, middle: list[Word], negated: bool) -> Iterator[Word]:
    """Am Abend | goss | der Lehrer den Tee im Hotel | nicht | ein; Am Abend | ruhte sich | der Lehrer | nicht | aus."""
    finite, reflexive, end = _split(verb)
    yield from (*front, *finite, *reflexive, *middle, *_denial(negated), *end)


def _cleft(scene: Scene, choose: Choose, who: list[Word], middle: list[Word]) -> Iterator[Word]:
    """Es war der Lehrer, der den Tee am Abend im Hotel nicht eingoss."""
    number = _number(scene, choose)
    gender = "p" if number == "pl" else choose(scene.who).features["gender"]
    finite, reflexive, end = _split(_form(scene, number, choose))
    yield Word("es/PRON waren/AUX" if number == "pl" else "es/PRON war/AUX", "who")
    yield from (*who, Word(",/PUNCT", "punctuation"), Word(f"{ARTICLES['nom'][gender]}/PRON", "who"))
    yield from (*reflexive, *middle, *_denial(scene.negated))
    if [split_tag(word.text)[1] for word in end] == ["ADP"]:
        yield Word(split_tag(end[0].text)[0] + finite[0].text, "action")  # A prefix is written with the verb that it stands before.
    else:
        yield from (*end, *finite)


def _passive(scene: Scene, choose: Choose, adverbials: list[Word]) -> Iterator[Word]:
    """Das alte Buch wurde von drei Lehrern am Abend nicht gelesen; dem Lehrer wurde von Maria Silva geholfen."""
    case = _object_case(scene, choose)
    front = list(_object(scene, choose, "nom" if case == "acc" else case))
    plural = case == "acc" and choose(scene.whom).features["gender"] == "p"
    agent = list(_noun_phrase("who", scene.who, scene.who_quality, scene.number, "dat", choose))
    if agent[0].text.startswith("dem/DET"):
        agent[0] = replace(agent[0], text=agent[0].text.replace("dem/DET", "vom/ADP", 1))
    else:
        agent.insert(0, Word("von/ADP", "who"))
    participle = Word(_form(scene, "part", choose), "action")
    yield from (*front, Word("wurden/AUX" if plural else "wurde/AUX", "action"), *agent, *adverbials, *_denial(scene.negated), participle)


def _interrogative(scene: Scene, choose: Choose, ask: str) -> Iterator[Word]:
    """Wer, was, wen, wem, wo, wann; wie viele alte Lehrer."""
    if ask == "number":
        yield Word("wie/ADV viele/DET", "question")
        if scene.who_quality:
            yield Word(choose(scene.who_quality)["e"], "who_quality")
        yield Word(choose(scene.who)["pl"], "who")
    elif ask in ("where", "when"):
        yield Word({"where": "wo/ADV", "when": "wann/ADV"}[ask], "question")
    else:
        case = "nom" if ask == "who" else _object_case(scene, choose)
        human = concepts()[getattr(scene, ask)].kind in ("person", *NAME_CLASSES)
        yield Word({"nom": "wer", "acc": "wen", "dat": "wem"}[case] if human or case == "dat" else "was", "question")


def _noun_phrase(slot: str, noun: str, quality: str, number: str, case: str, choose: Choose) -> Iterator[Word]:
    """Der alte Lehrer, drei alte Lehrer, alle alten Lehrer, (von) vielen alten Lehrern, (von) dem Roten Kreuz."""
    entry = choose(noun)
    if concepts()[noun].kind in NAME_CLASSES:
        yield Word(entry.tagged.get(case, entry["sg"]), slot)
        return
    gender = "p" if number else entry.features["gender"]
    weak = bool(number) and choose(number).features.get("inflection") == "weak"
    if number:
        yield Word(choose(number).tagged.get(case, choose(number)["num"]), "number")
    else:
        yield Word(f"{ARTICLES[case][gender]}/DET", slot)
    if quality:
        # The weak singular (der alte, die alte, das alte) and the strong plural (drei alte) all end in -e.
        yield Word(choose(quality)["en" if weak or case == "dat" or (case, gender) == ("acc", "m") else "e"], f"{slot}_quality")
    if number:
        plural = entry.forms.get("pl_weak", entry["pl"]) if weak else entry["pl"]
        yield Word(plural + "n" if case == "dat" and plural[-1] not in "ns" else plural, slot)
    else:
        yield Word(entry["sg"] if case == "nom" else entry.tagged.get("obl", entry["sg"]), slot)


def _object(scene: Scene, choose: Choose, case: str = "") -> Iterator[Word]:
    """The object, if there is one, in the case that the verb asks for or in another."""
    if scene.whom:
        yield from _noun_phrase("whom", scene.whom, scene.whom_quality, "", case or _object_case(scene, choose), choose)


def _object_case(scene: Scene, choose: Choose) -> str:
    """The accusative, or the dative as with helfen."""
    return choose(scene.action).features.get("case", "acc")


def _number(scene: Scene, choose: Choose) -> str:
    """sg or pl; the United Nations are plural by themselves."""
    return "pl" if scene.number or choose(scene.who).features["gender"] == "p" else "sg"


def _form(scene: Scene, key: str, choose: Choose) -> str:
    """A form of the verb: of the one for animals (fressen) or for this object (einen Hut aufsetzen) where the action has one."""
    action = choose(scene.action)
    own = (f"{key}_{name}" for name in (concepts()[scene.who].kind, scene.whom))
    return next((action[k] for k in own if k in action.forms), action[key])


def _split(verb: str) -> tuple[list[Word], list[Word], list[Word]]:
    """The finite verb, its "sich" if it has one, and what stands at the end of the clause: ruhte, sich, aus."""
    finite, *end = (Word(word, "action") for word in verb.split())
    count = int(bool(end) and end[0].text == "sich/PRON")
    return [finite], end[:count], end[count:]


def _denial(negated: bool) -> list[Word]:
    return [Word("nicht", "negation")] if negated else []
