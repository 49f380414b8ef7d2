"""Scenes, the concepts they are made of, and which scene follows from which.

Labels come from natural logic (MacCartney and Manning 2009): two scenes are compared slot by slot, and the join of the
slot relations decides. Both sentences are taken to describe one and the same event, as in SNLI (Bowman et al. 2015), so a
different place or agent is a contradiction rather than a second event.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from engine.errors import InputError, did_you_mean

CONCEPTS_FILE = Path(__file__).parent / "concepts.tsv"
NOUN_CLASSES = (
    "person", "animal", "food", "drink", "vehicle", "document", "tool", "instrument", "garment", "furniture", "device", "thing",
    "plant", "landmark", "medicine",
)
NAME_CLASSES = ("name", "organisation")
"""Proper nouns that can stand where a person stands; the third class of names, `city`, stands where a place stands."""
TOPICS = ("science/technology", "travel", "politics", "sports", "health", "entertainment", "geography")
"""The topics of SIB-200 (Adelani et al. 2024)."""
DOMAINS = ("legal", "medical")
LABELS = ("entailment", "neutral", "contradiction")


@dataclass(frozen=True)
class Concept:
    """One language-independent concept, a line of concepts.tsv."""

    name: str
    kind: str
    parent: str
    rival: str
    takes: tuple[str, ...]
    topic: str = ""
    """The SIB-200 topic that it speaks of; empty for what may come up under any."""
    domain: str = ""
    """legal, medical, or empty for general words."""


@dataclass(frozen=True)
class Scene:
    """One event: who (with how many and what they are like), what, whom, where, when, and whether it is denied.

    `number` is "" for the singular; every other empty slot is left unsaid. All scenes are in the past.
    """

    who: str
    action: str
    number: str = ""
    who_quality: str = ""
    whom: str = ""
    whom_quality: str = ""
    where: str = ""
    when: str = ""
    negated: bool = False


CONTENT_SLOTS = tuple(f.name for f in fields(Scene) if f.name != "negated")


@cache
def concepts() -> dict[str, Concept]:
    """All concepts by name, in the order of the file. Raises InputError with file and line for a bad line."""
    found: dict[str, Concept] = {}
    header_seen = False
    for number, line in enumerate(CONCEPTS_FILE.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not header_seen:
            header_seen = True
            continue
        columns = line.split("\t")
        if len(columns) != 8 or columns[0] in found:
            raise InputError(f"{CONCEPTS_FILE.name}:{number}: expected eight columns and a new concept, got {line!r}.")
        name, kind, parent, rival, takes, topic, domain, _ = columns
        for what, value, known in (("topic", topic, TOPICS), ("domain", domain, DOMAINS)):
            if value and value not in known:
                raise InputError(f"{CONCEPTS_FILE.name}:{number}: {did_you_mean(value, list(known), what)}")
        found[name] = Concept(name, kind, parent, rival, tuple(t for t in takes.split(",") if t), topic, domain)
    for concept in found.values():
        for name in (concept.parent, *(t for t in concept.takes if t not in NOUN_CLASSES)):
            if name and name not in found:
                raise InputError(f"{CONCEPTS_FILE.name}: {concept.name} names {name}, which is not a concept.")
    for concept in found.values():
        above, parent = {concept.name}, concept.parent
        while parent:
            if parent in above:
                raise InputError(f"{CONCEPTS_FILE.name}: {concept.name} is among its own hypernyms, by way of {parent}; take one parent out.")
            above.add(parent)
            parent = found[parent].parent
    return found


@cache
def of_kind(*kinds: str) -> tuple[str, ...]:
    """Names of all concepts of these classes, in file order."""
    return tuple(c.name for c in concepts().values() if c.kind in kinds)


@cache
def ancestors(name: str) -> tuple[str, ...]:
    """The concept itself, its hypernym, the hypernym's hypernym and so on."""
    concept = concepts()[name]
    return (name, *(ancestors(concept.parent) if concept.parent else ()))


@cache
def can_take(taker: str, noun: str) -> bool:
    """Whether an action can have this noun as object, or a quality can describe it."""
    takes = concepts()[taker].takes
    return concepts()[noun].kind in takes or any(a in takes for a in ancestors(noun))


@cache
def relation(premise: str, hypothesis: str) -> str:
    """How the premise's value of one slot bears on the hypothesis's: equal, forward (premise is more specific), reverse
    (hypothesis is more specific), disjoint, or independent. An empty value is less specific than any other."""
    if premise == hypothesis:
        return "equal"
    if not hypothesis or (premise and hypothesis in ancestors(premise)):
        return "forward"
    if not premise or premise in ancestors(hypothesis):
        return "reverse"
    first, second = concepts()[premise], concepts()[hypothesis]
    if first.kind in NOUN_CLASSES or (first.rival and first.rival == second.rival):
        return "disjoint"
    return "independent"


def slot_relations(premise: Scene, hypothesis: Scene) -> dict[str, str]:
    """The relation of every slot. An unsaid number is the singular, which excludes every other number."""
    relations = {s: relation(getattr(premise, s), getattr(hypothesis, s)) for s in CONTENT_SLOTS if s != "number"}
    relations["number"] = "equal" if premise.number == hypothesis.number else "disjoint"
    return relations


def label(premise: Scene, hypothesis: Scene) -> str:
    """entailment, neutral or contradiction, from the join of the slot relations and the two negations."""
    kinds = set(slot_relations(premise, hypothesis).values())
    covers = kinds <= {"equal", "forward"}
    """The premise's event is of the kind that the hypothesis names."""
    covered = kinds <= {"equal", "reverse"}
    """The hypothesis's event is of the kind that the premise names."""
    excludes = "disjoint" in kinds
    match premise.negated, hypothesis.negated:
        case False, False:
            return "contradiction" if excludes else "entailment" if covers else "neutral"
        case False, True:
            return "entailment" if excludes else "contradiction" if covers else "neutral"
        case True, True:
            return "entailment" if covered else "neutral"
        case _:
            return "contradiction" if covered else "neutral"


def check(scene: Scene) -> Scene:
    """The scene itself, or InputError where a slot holds a concept of the wrong class."""
    allowed = {
        "who": ("person", "animal", *NAME_CLASSES), "who_quality": ("quality",), "action": ("action",), "number": ("number", "quantifier"),
        "whom": (*NOUN_CLASSES, *NAME_CLASSES), "whom_quality": ("quality",), "where": ("place", "city"), "when": ("time",),
    }
    for slot, kinds in allowed.items():
        value = getattr(scene, slot)
        if value and (value not in concepts() or concepts()[value].kind not in kinds):
            raise InputError(f"The slot {slot} of a scene cannot hold {value!r}; it takes a {' or '.join(kinds)}.")
    if bool(scene.whom) != bool(concepts()[scene.action].takes):
        raise InputError(f"The action {scene.action} {'needs' if not scene.whom else 'takes no'} object.")
    return scene
