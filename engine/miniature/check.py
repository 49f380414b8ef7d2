"""Checks a language of the miniature: `python -m engine.miniature.check CODE` prints what is wrong, then sentences to read.

What is checked: the lexicon, as always when it is read (`lexicon.parse`), and that every slot of many scenes is said in every frame and
question, with the words cutting the text exactly.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import fields, replace

from engine.errors import InputError
from engine.miniature import lexicon
from engine.miniature.meanings import Scene, concepts
from engine.miniature.realisation import ASKED, Sentence, at_random, frames, sentence
from engine.miniature.scenes import named_scene, random_scene
from engine.miniature.tags import TAGS


def problems(code: str, number: int = 300) -> Iterator[str]:
    """Everything that is wrong with the sentences, a sentence each. Raises InputError for what is wrong with the lexicon."""
    lexicon.load(code)
    for scene in scenes(number):
        for said, asked in all_ways(scene, code):
            yield from _unsound(scene, said, asked)


def scenes(number: int, seed: int = 7) -> Iterator[Scene]:
    """Scenes of every kind: plain, denied, quantified, with names; the same for every language."""
    rng = random.Random(seed)
    quantifiers = [c.name for c in concepts().values() if c.kind == "quantifier"]
    for i in range(number):
        scene = named_scene(rng) if i % 4 == 3 else random_scene(rng)
        if i % 10 == 5 and concepts()[scene.who].kind in ("person", "animal"):
            scene = replace(scene, number=rng.choice(quantifiers), negated=False)
        yield scene


def all_ways(scene: Scene, code: str) -> Iterator[tuple[Sentence, str]]:
    """The scene in every frame, and every question about it; with the slot that is asked for."""
    for frame in frames(scene, code):
        yield sentence(scene, code, frame=frame), ""
    affirmed = replace(scene, negated=False)
    for slot in ASKED:
        if getattr(scene, slot) and not (slot == "number" and concepts()[scene.number].kind == "quantifier"):
            yield sentence(affirmed, code, ask=slot), slot


def _unsound(scene: Scene, said: Sentence, asked: str) -> Iterator[str]:
    slots = {f.name for f in fields(Scene) if f.name != "negated" and getattr(scene, f.name)}
    if asked:
        slots -= {asked, f"{asked}_quality", *(("number",) if asked == "who" else ())}
    slots |= {"question"} if asked else {"negation"} if scene.negated else set()
    found = {span.slot for span in said.spans} - {"punctuation"}
    if slots - found or found - slots - {asked, *(("number", "who_quality") if asked == "who" else ())}:
        yield f"{said.language}: {said.text} says {', '.join(sorted(found))} where the scene has {', '.join(sorted(slots))}."
    rest = said.text
    for span in reversed(said.spans):
        if said.text[span.start : span.end] != span.text:
            yield f"{said.language}: the words of {said.text} do not cut it exactly at {span.text!r}."
        if span.tag not in TAGS:
            yield f"{said.language}: {span.text!r} in {said.text} has the tag {span.tag!r}."
        rest = rest[: span.start] + rest[span.end :]
    if rest.strip():
        yield f"{said.language}: {rest!r} in {said.text} belongs to no word."


def main(code: str, show: int = 40) -> int:
    """Print the problems, or else sentences to read: plain, with random synonyms, then every frame and question."""
    try:
        found = list(dict.fromkeys(problems(code)))
    except InputError as error:
        found = [str(error)]
    if found:
        print("\n".join(found[:60]))
        return 1
    rng = random.Random(3)
    for i, scene in enumerate(scenes(show, seed=11)):
        print(f"{i + 1}. {' '.join(f'{f.name}={getattr(scene, f.name)}' for f in fields(scene) if getattr(scene, f.name))}")
        ways = list(all_ways(scene, code))
        for said, asked in ways if i % 3 == 0 else ways[:1]:
            print(f"    {'?' if asked else ' '} {said.text}     {' '.join(s.tag for s in said.spans)}")
        print(f"    ~ {sentence(scene, code, at_random(code, rng)).text}")
    print(f"{code}: nothing wrong found.")
    return 0


def command(arguments: list[str]) -> int:
    """What the command line asks for: a language, and how many scenes to show."""
    code, *rest = arguments or [""]
    if not code or len(rest) > 1 or not all(number.isdecimal() for number in rest):
        print(f"Say which language to check, and how many scenes to show if not 40: python -m engine.miniature.check CODE [SCENES], with CODE one of {', '.join(lexicon.languages())}.")
        return 2
    return main(code, *map(int, rest))


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
