"""An item of a task without any language: its label, and its scenes with the manner in which each is said."""

from __future__ import annotations

from dataclasses import dataclass, fields

from engine.errors import InputError
from engine.miniature.meanings import Scene, check, concepts
from engine.miniature.realisation import Choose, Sentence, frames, sentence
from engine.miniature.scenes import said


@dataclass(frozen=True)
class Saying:
    """A scene and how it is said. `manner` picks the sentence frame: 0 is plain, another number one of the language's others
    (languages have different ones, so it counts around); `ask` makes it a question; `opening` is a connective in front."""

    scene: Scene
    manner: int = 0
    ask: str = ""
    opening: str = ""


@dataclass(frozen=True)
class Item:
    """One item of a task, the same in every language."""

    label: str
    sayings: tuple[Saying, ...]

    @property
    def domain(self) -> str:
        """legal or medical where a concept of that domain is said, otherwise general."""
        return next((d for s in self.sayings for c in said(s.scene) if (d := concepts()[c].domain)), "general")


def spoken(saying: Saying, language: str, choose: Choose | None = None) -> Sentence:
    """A saying in a language."""
    frame = "plain"
    others = frames(saying.scene, language)[1:]
    if saying.manner and others:
        frame = others[(saying.manner - 1) % len(others)]
    return sentence(saying.scene, language, choose, frame, saying.ask, saying.opening)


def say(saying: Saying) -> str:
    """A saying as words: `who=teacher action=read number=three negated manner=2`."""
    scene = saying.scene
    words = [f"{f.name}={getattr(scene, f.name)}" for f in fields(Scene) if f.name != "negated" and getattr(scene, f.name)]
    words += ["negated"] if scene.negated else []
    words += [f"{name}={value}" for name in ("manner", "ask", "opening") if (value := getattr(saying, name))]
    return " ".join(words)


def parse(text: str) -> Saying:
    """The saying that `say` wrote. Raises InputError for an unknown slot or a concept of the wrong class."""
    words = text.split(" ")
    slots = dict(w.split("=", 1) for w in words if "=" in w)
    manner, ask, opening = slots.pop("manner", "0"), slots.pop("ask", ""), slots.pop("opening", "")
    try:
        return Saying(check(Scene(**slots, negated="negated" in words)), int(manner), ask, opening)
    except (TypeError, ValueError) as error:
        raise InputError(f"{text!r} is no scene: {error}.") from None
