"""The whole experiment as one small tree of settings: RunConfig -> stages -> tasks and objective -> evaluation."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

from engine import settings, tasks
from engine.errors import InputError
from engine.settings import setting

TASKS = tuple(name for name, task in tasks.TASKS.items() if isinstance(task, tasks.Classification))
"""Tasks that models are trained and scored on."""


@dataclass(frozen=True)
class Standard:
    """Standard fine-tuning: minimise the cross-entropy of the training examples as they are."""

    name: ClassVar[str] = "standard"


@dataclass(frozen=True)
class Adv:
    """Adversarial training (ADV, Huang et al. 2021; Madry et al. 2018): worst-case noise on word embeddings, found by PGD."""

    name: ClassVar[str] = "adv"
    radius: float = setting(0.2, "Radius of the ball around each token's embedding, as a share of the mean embedding norm.", low=0.0, high=10.0)
    step_size: float = setting(0.2, "Length of one ascent step, in the same unit as the radius.", low=0.0, high=10.0)
    steps: int = setting(1, "Ascent steps K; each costs about one more training step of time.", low=1, high=20)
    norm: str = setting("l2", "Norm of the ball: l2 (per token) or linf (per coordinate).", choices=("l2", "linf"))
    clean_weight: float = setting(0.5, "Share of the clean loss mixed in; 0 trains on the worst case alone, as the paper does.", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class RsRp:
    """Randomized smoothing with random perturbation (RS-RP): noise sampled uniformly from the ball on each token's embedding."""

    name: ClassVar[str] = "rsrp"
    radius: float = setting(0.2, "Radius of the ball around each token's embedding, as a share of the mean embedding norm.", low=0.0, high=10.0)
    norm: str = setting("l2", "Norm of the ball: l2 (per token) or linf (per coordinate).", choices=("l2", "linf"))

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class RsDa:
    """Randomized smoothing with data augmentation (RS-DA): each word becomes itself or a random neighbour, anew every epoch."""

    name: ClassVar[str] = "rsda"
    neighbours: str = setting("lexicon", "Where neighbours come from: lexicon (the miniature's synonyms), or the path of a JSON file {word: [neighbours]}.")
    rate: float = setting(1.0, "Chance that a word is redrawn at all; a redrawn word with k neighbours stays with chance 1/(k+1).", low=0.0, high=1.0)
    noise: float = setting(0.0, "Chance that a word gets one character edit on top (0: synonyms only, as the paper does).", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class CodeSwitch:
    """Code-switching augmentation (CoSDA-ML): words of the training language become their counterparts in another, anew every epoch."""

    name: ClassVar[str] = "codeswitch"
    dictionary: str = setting("lexicon", "Where counterparts come from: lexicon (the miniature's, in all its languages), or the path of a bilingual dictionary in MUSE's format.")
    texts: float = setting(0.7, "Share of the texts that are mixed; each text of a pair by itself, each with a language drawn for it.", low=0.0, high=1.0)
    rate: float = setting(0.6, "Share of a mixed text's words that are replaced.", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        settings.check(self)


Objective = Standard | Adv | RsRp | RsDa | CodeSwitch
OBJECTIVE_SETTINGS: dict[str, type[Any]] = {c.name: c for c in (Standard, Adv, RsRp, RsDa, CodeSwitch)}


@dataclass(frozen=True)
class TaskData:
    """One task and where its examples come from."""

    task: str = setting("nli", "Task, in the format of its published sister: nli (XNLI), paraphrase (PAWS-X), topic (SIB-200).", choices=tuple(tasks.TASKS))
    source: str = setting("miniature", "Source: miniature, everyday, folder:PATH, or hub:xnli / hub:pawsx / hub:namespace/name.")
    limit: int = setting(0, "Use so many examples of each language (0: all): to train on, spread evenly over the file; to score on, the first ones.", low=0)

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class Stage:
    """One stretch of training: one task is a sequential step, several are trained jointly."""

    tasks: tuple[TaskData, ...] = (TaskData(),)
    objective: Objective = Standard()
    epochs: int = setting(3, "Passes over the training examples.", low=1, high=1000)
    learning_rate: float = setting(3e-4, "Peak learning rate of AdamW.", low=1e-8, high=1.0)
    batch_size: int = setting(32, "Examples per forward pass.", low=1, high=4096)
    accumulation: int = setting(1, "Forward passes per optimizer step.", low=1, high=1024)
    warmup: float = setting(0.06, "Share of the steps over which the learning rate rises; it falls linearly afterwards.", low=0.0, high=1.0)
    weight_decay: float = setting(0.01, "AdamW weight decay.", low=0.0, high=1.0)
    clip: float = setting(1.0, "Largest gradient norm (0: no clipping).", low=0.0)
    max_length: int = setting(128, "Longest input in tokens; longer ones are cut, and counted.", low=8, high=8192)
    patience: int = setting(0, "Stop after this many checks of the source-language development set without a gain (0: never).", low=0)
    frozen: str = setting(
        "nothing", "What stays as it was: nothing, the embeddings, embeddings and the lower half of the layers (lower half), or all but the head (encoder). "
        "What is frozen keeps languages together that training does not see.",
        choices=("nothing", "embeddings", "lower half", "encoder"),
    )
    mixing: float = setting(1.0, "Joint training: examples of a task are drawn in proportion to its size to this power (1: all data once).", low=0.0, high=1.0)
    consistency: float = setting(
        0.0, "Weight of cross-lingual consistency: what is predicted of a translation shall be what is predicted of the English text. Needs a source with training texts in several "
        "languages, such as everyday; their labels are not read (0: off).", low=0.0, high=100.0,
    )  # fmt: skip

    def __post_init__(self) -> None:
        settings.check(self)
        if not self.tasks:
            raise InputError("A stage needs at least one task.")
        for chosen in self.tasks:
            tasks.classification(chosen.task)
        if len({t.task for t in self.tasks}) > 1:
            raise InputError("The tasks of one stage must share their labels; put different tasks into different stages.")


@dataclass(frozen=True)
class PerturbationSetting:
    """A perturbation and how strong it is."""

    name: str = setting("typo", "Name of the perturbation.")
    severity: float = setting(0.2, "Share of the words (or of the text) that is changed.", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        settings.check(self)


@dataclass(frozen=True)
class Evaluation:
    """What a run is scored on."""

    tasks: tuple[TaskData, ...] = (TaskData(),)
    languages: tuple[str, ...] = ()
    """Empty: every language that the source has."""
    perturbations: tuple[PerturbationSetting, ...] = ()
    """The clean text is always scored; these are scored besides."""
    generalized: bool = setting(False, "Also score pairs whose two sentences are in different languages (needs a parallel source).")
    split: str = setting("test", "Split to score: test, or dev where a source has no test split.", choices=("test", "dev", "train"))
    limit: int = setting(0, "Score at most this many examples per language (0: all).", low=0)

    def __post_init__(self) -> None:
        settings.check(self)
        for chosen in self.tasks:
            tasks.classification(chosen.task)
        for language in self.languages:
            if not re.fullmatch(r"[a-z]{2,3}", language):
                raise InputError(f"{language!r} is not a language code; use codes such as en, sw, zh.")


@dataclass(frozen=True)
class RunConfig:
    """A whole experiment. Without stages the encoder (a model by name) is only evaluated."""

    encoder: str = setting("mini", "Encoder or model to start from: mini, tiny, small, a finished run, a folder, or a hub id.")
    stages: tuple[Stage, ...] = (Stage(),)
    evaluation: Evaluation = Evaluation()
    seed: int = setting(1, "Seed of everything random in this run.", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        settings.check(self)
        if not self.encoder.strip():
            raise InputError("The encoder is empty; name one, for example mini.")

    @property
    def kind(self) -> str:
        """train, or evaluate when there are no stages."""
        return "train" if self.stages else "evaluate"


def to_dict(config: RunConfig) -> dict[str, Any]:
    """The config as JSON values; an objective carries its name."""
    values: dict[str, Any] = settings.to_dict(config)
    for stage, written in zip(config.stages, values["stages"], strict=True):
        written["objective"] = {"name": stage.objective.name, **written["objective"]}
    return values


def from_dict(values: Any) -> RunConfig:
    """A config from JSON values. Raises InputError for anything unknown or out of bounds."""
    config: RunConfig = settings.from_dict(RunConfig, values, "config")
    return config


@lru_cache(maxsize=4096)
def parse(text: str) -> RunConfig:
    """A config from its JSON text. Checking every setting is most of the cost of listing many runs, so each text is checked once."""
    return from_dict(json.loads(text))


def run_id(config: RunConfig) -> str:
    """The run's name: readable parts and a hash of all settings, so that equal settings are the same run."""
    text = json.dumps(to_dict(config), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    short = re.sub(r"[^A-Za-z0-9]+", "-", config.encoder.split("/")[-1]).strip("-").lower()[:24] or "model"
    task = (config.stages[-1].tasks if config.stages else config.evaluation.tasks)[0].task
    what = config.stages[-1].objective.name if config.stages else "eval"
    return f"{short}-{what}-{task}-s{config.seed}-{digest}"


def is_run_id(name: str) -> bool:
    """Whether a name can be a run's: small letters, digits, dots, dashes and underscores, and no way out of a folder."""
    return re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", name) is not None and ".." not in name


def with_seed(config: RunConfig, seed: int) -> RunConfig:
    """The same experiment with another seed."""
    return replace(config, seed=seed)
