"""The frozen values that travel between the parts of the engine and up to the pages. No tensors, no drawing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One item of a task. For pairs, `text_pair` is the second text (hypothesis) and `language_pair` its language."""

    id: str
    task: str
    language: str
    text: str
    text_pair: str | None = None
    language_pair: str | None = None
    label: str | None = None
    split: str = ""
    domain: str = ""
    """Genre or domain, where the source says it."""
    words: tuple[str, ...] = ()
    """Tagging: the words of the text."""
    tags: tuple[str, ...] = ()
    """Tagging: the tag of every word."""
    question: str = ""
    """Choice: cause or effect, whichever is asked for."""
    choices: tuple[str, ...] = ()
    """Choice: the two alternatives."""
    answer: tuple[int, int] | None = None
    """Question answering: characters `start:end` of the text."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of one example: the label with the highest probability, and all probabilities by label name."""

    label: str
    probabilities: dict[str, float]
    truncated: int = 0
    """Tokens of the input that did not fit the model and were cut off; 0 when everything was read."""


@dataclass(frozen=True)
class Edit:
    """One change to a text: characters `start:end` of the original became `after`."""

    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True)
class Perturbed:
    """A perturbed text and how it came about. `applicable` is False where the perturbation says nothing to this text
    (a script without words in the lexicon, say): then `text` is the original and `reason` tells why."""

    text: str
    edits: tuple[Edit, ...] = ()
    applicable: bool = True
    reason: str = ""


@dataclass(frozen=True)
class AttackStep:
    """One accepted step of a search: what was changed, and the probability of the original label after it."""

    side: str
    edit: Edit
    probability: float
    label: str
    num_queries: int


@dataclass(frozen=True)
class AttackResult:
    """How an attack ended. `outcome` is succeeded, failed, or skipped (the model was wrong before the attack)."""

    original: Example
    perturbed: Example
    before: Prediction
    after: Prediction
    edits: tuple[Edit, ...]
    """Changes of the attacked text, in positions of the original."""
    num_queries: int
    """Texts that the model scored, the clean one included."""
    outcome: str
    trace: tuple[AttackStep, ...] = ()
    side: str = "text"
    """Which of the two texts was attacked: text or text_pair."""


@dataclass(frozen=True)
class WordScore:
    """The attribution of one word: characters `start:end` of the original string on `side` (text or text_pair)."""

    side: str
    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Attribution:
    """Scores of words of the original strings for the `target` label, summed from sub-words."""

    method: str
    target: str
    words: tuple[WordScore, ...]
    convergence_delta: float
    """Sum of all attributions minus (F(input) - F(baseline)); NaN where a method has no such identity."""
    truncated: int = 0
