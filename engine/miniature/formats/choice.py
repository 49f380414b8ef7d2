"""Cause and effect (XCOPA format; Ponti et al. 2020): which of two events is the cause, or the effect, of the premise?

What leads to what is written in `causes.tsv`. The wrong choice is an event of another rule with the same participants, so
neither shared words nor the choices alone tell which is right; one that may well be a cause or an effect as well is not offered.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.errors import InputError
from engine.miniature.items import Item, Saying
from engine.miniature.meanings import NOUN_CLASSES, Scene, ancestors, concepts, of_kind
from engine.miniature.scenes import SEED, maybe, split_of

SLACK = 8
"""By how many items an event may be the right choice more often than the wrong one, and the other way round."""
MAY = "may"
"""Agent of a row that is no rule, but says what the cause may lead to besides."""
CAUSES_FILE = Path(__file__).parents[1] / "causes.tsv"


@dataclass(frozen=True)
class Rule:
    """A on B causes `agent` (A or B) to do `effect` on A, B or nothing."""

    cause: str
    object: tuple[str, ...]
    agent: str
    effect: str
    on: str


@cache
def rules() -> tuple[Rule, ...]:
    """All rules. Raises InputError with file and line for a bad one."""
    return tuple(Rule(cause, tuple(o for o in objects.split(",") if o), agent, effect, on) for cause, objects, agent, effect, on in _rows() if agent != MAY)


@cache
def possible() -> frozenset[tuple[str, str]]:
    """What leads, or may well lead, to what: pairs of actions."""
    return frozenset((cause, effect) for cause, _, _, effects, _ in _rows() for effect in effects.split(","))


def _rows() -> list[list[str]]:
    """The rows of the file. Raises InputError with file and line for a bad one."""
    found = []
    for number, line in enumerate(CAUSES_FILE.read_text(encoding="utf-8").splitlines(), 1):
        columns = line.split("\t")
        if line.startswith("#") or columns[0] == "cause":
            continue
        place = f"{CAUSES_FILE.name}:{number}"
        if len(columns) != 5 or columns[2] not in ("A", "B", MAY) or columns[4] not in ("", "A", "B"):
            raise InputError(f"{place}: expected cause, object, agent (A, B or {MAY}), effect and on (A, B or nothing), got {line!r}.")
        cause, objects, agent, effect, _ = columns
        for name in (cause, *(effect.split(",") if agent == MAY else [effect]), *(o for o in objects.split(",") if o and o not in NOUN_CLASSES)):
            if name not in concepts():
                raise InputError(f"{place}: {name} is not a concept.")
        found.append(columns)
    return found


def sample(split: str, size: int) -> list[Item]:
    """The items of a split, as many with the first choice right as with the second, as many causes as effects asked for."""
    rng = random.Random(f"{SEED}-choice-{split}")
    found: dict[tuple[Scene, Scene, Scene], Item] = {}
    uses: Counter[tuple[str, str, bool]] = Counter()
    while len(found) < size:
        asks_effect, right_first = len(found) % 2 == 0, (len(found) // 2) % 2 == 0
        rule = rng.choice(rules())
        cause, effect = events(rng, rule)
        if split_of(cause) != split or split_of(effect) != split:
            continue
        premise, right = (cause, effect) if asks_effect else (effect, cause)
        side = "effect" if asks_effect else "cause"
        wrong = [s for r in rules() if (s := _instead(rule, r, cause, effect, asks_effect)) and split_of(s) == split]
        # An event is the right choice about as often as the wrong one.
        wrong = [s for s in wrong if uses[side, s.action, False] <= uses[side, s.action, True] + SLACK]
        if not wrong or uses[side, right.action, True] > uses[side, right.action, False] + SLACK:
            continue
        other = rng.choice(wrong)
        if (premise, right, other) not in found:
            uses[side, right.action, True] += 1
            uses[side, other.action, False] += 1
            choices = (right, other) if right_first else (other, right)
            label = f"{side}:{'choice1' if right_first else 'choice2'}"
            found[premise, right, other] = Item(label, (Saying(premise), *map(Saying, choices)))
    items = list(found.values())
    rng.shuffle(items)
    return items


def events(rng: random.Random, rule: Rule, who: str = "", whom: str = "") -> tuple[Scene, Scene]:
    """Cause and effect by a rule, with these participants where they are given. Only the cause may say where or when."""
    who = who or rng.choice(of_kind("person"))
    whom = whom or (rng.choice([n for n in _fitting(rule) if n != who]) if rule.object else "")
    roles = {"A": who, "B": whom, "": ""}
    cause = Scene(who=who, action=rule.cause, whom=whom, where=maybe(rng, 0.3, of_kind("place")), when=maybe(rng, 0.3, of_kind("time")))
    return cause, Scene(who=roles[rule.agent], action=rule.effect, whom=roles[rule.on])


@cache
def _fitting(rule: Rule) -> tuple[str, ...]:
    return tuple(n for n in of_kind(*NOUN_CLASSES) if concepts()[n].kind in rule.object or any(a in rule.object for a in ancestors(n)))


def _instead(rule: Rule, other: Rule, cause: Scene, effect: Scene, asks_effect: bool) -> Scene | None:
    """An event of another rule with the participants of the right one, that neither causes nor follows from the premise here."""
    if asks_effect:
        if (other.agent, other.on) != (rule.agent, rule.on) or (rule.cause, other.effect) in possible():
            return None
        wrong = Scene(who=effect.who, action=other.effect, whom=effect.whom)
        fits = not other.on or other.on == "A" or cause.whom in _fitting(other)
        return wrong if fits and wrong != effect else None
    if bool(other.object) != bool(rule.object) or (other.cause, rule.effect) in possible():
        return None
    if other.object and cause.whom not in _fitting(other):
        return None
    return Scene(who=cause.who, action=other.cause, whom=cause.whom, where=cause.where, when=cause.when) if other.cause != rule.cause else None
