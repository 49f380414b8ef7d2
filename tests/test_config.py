"""Settings: round trips, names of runs, and a sentence for every bad value."""

import dataclasses
import json
import re
import typing
from dataclasses import replace

import pytest

from engine import config as configs
from engine.config import Adv, Evaluation, PerturbationSetting, RsDa, RsRp, RunConfig, Stage, Standard, TaskData
from engine.errors import InputError

KINDS = (Adv, RsRp, RsDa, TaskData, Stage, PerturbationSetting, Evaluation, RunConfig)

FULL = RunConfig(
    encoder="org/Some_Encoder",
    stages=(
        Stage((TaskData("nli", "miniature", 60), TaskData("nli", "folder:here")), Adv(norm="linf"), epochs=2, mixing=0.5),
        Stage((TaskData("paraphrase", "hub:pawsx"),), RsDa(rate=0.5)),
        Stage(objective=RsRp(0.25)),
        Stage(objective=Standard()),
    ),
    evaluation=Evaluation((TaskData(),), ("en", "sw"), (PerturbationSetting("typo", 0.3),), generalized=True, limit=10),
    seed=7,
)


def test_a_config_survives_json():
    assert configs.from_dict(json.loads(json.dumps(configs.to_dict(FULL)))) == FULL
    assert configs.from_dict({}) == RunConfig()


def test_an_objective_is_read_by_its_name():
    written = configs.to_dict(FULL)["stages"][0]["objective"]
    assert written == {"name": "adv", "radius": 0.2, "step_size": 0.2, "steps": 1, "norm": "linf", "clean_weight": 0.5}
    assert configs.from_dict({"stages": [{"objective": {"name": "rsrp", "radius": 1}}]}).stages[0].objective == RsRp(1.0)


def test_a_run_is_named_after_encoder_objective_task_and_seed():
    assert re.fullmatch(r"mini-standard-nli-s1-[0-9a-f]{8}", configs.run_id(RunConfig()))
    assert re.fullmatch(r"some-encoder-eval-paraphrase-s7-[0-9a-f]{8}", configs.run_id(
        replace(FULL, stages=(), evaluation=Evaluation((TaskData("paraphrase", "hub:pawsx"),)))
    ))
    assert re.fullmatch(r"model-standard-nli-s1-[0-9a-f]{8}", configs.run_id(RunConfig(encoder="///")))


def test_equal_settings_have_one_name_whole_numbers_for_fractions_included():
    assert configs.run_id(configs.from_dict(configs.to_dict(FULL))) == configs.run_id(FULL)
    assert configs.run_id(RunConfig(stages=(Stage(clip=1),))) == configs.run_id(RunConfig(stages=(Stage(clip=1.0),)))


def _changed(value):
    """A different allowed value for a plain setting."""
    other = {"l2": "linf", "nli": "paraphrase", "test": "dev", "nothing": "embeddings"}
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return other.get(value, value + "x")
    return value + 1 if isinstance(value, int) else value / 2 + 0.01


def _changes(settings):
    """The settings with one plain field changed, for every such field at any depth."""
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            yield from (replace(settings, **{field.name: v}) for v in _changes(value))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if dataclasses.is_dataclass(item):
                    changed = _changes(item)
                    yield from (replace(settings, **{field.name: (*value[:index], v, *value[index + 1 :])}) for v in changed)
        else:
            yield replace(settings, **{field.name: _changed(value)})


def test_every_change_of_a_setting_changes_the_name():
    stages = [Stage(objective=o) for o in (Standard(), Adv(), RsRp(), RsDa())]
    names = []
    for stage in stages:
        config = RunConfig(stages=(stage,), evaluation=Evaluation(perturbations=(PerturbationSetting(),)))
        names += [configs.run_id(c) for c in (config, *_changes(config))]
    # 4 times: the config itself, encoder and seed, 12 of the stage, 3 of its task, 3 + 2 + 3 of the evaluation; and the objectives' own.
    own = sum(len(dataclasses.fields(k)) for k in (Adv, RsRp, RsDa))
    assert own == 10
    shared = 4 * (1 + 2 + (len(dataclasses.fields(Stage)) - 2) + 3 + 3 + 2 + 3)
    assert len(names) == shared + own
    assert len(set(names)) == len(names)


def test_with_seed_changes_the_seed_alone():
    assert configs.with_seed(FULL, 8) == replace(FULL, seed=8)


@pytest.mark.parametrize("kind", KINDS)
def test_every_plain_setting_explains_itself(kind):
    hints = typing.get_type_hints(kind)
    plain = [f for f in dataclasses.fields(kind) if hints[f.name] in (int, float, str, bool)]
    assert plain
    for field in plain:
        assert len(field.metadata["help"]) > 4, field.name
        assert field.metadata["help"].endswith("."), field.name


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: Adv(radius=-1.0), "The setting radius of Adv must be at least 0.0, got -1.0."),
        (lambda: Adv(steps=21), "The setting steps of Adv must be at most 20, got 21."),
        (lambda: Adv(steps=2.0), "The setting steps of Adv must be of type int, got 2.0."),
        (lambda: Adv(steps=True), "The setting steps of Adv must be of type int, got True."),
        (lambda: Adv(norm="l1"), "The setting norm of Adv must be one of l2, linf; got 'l1'."),
        (lambda: RsRp(radius=float("nan")), "The setting radius of RsRp must be a finite number, got nan."),
        (lambda: RsDa(rate="all"), "The setting rate of RsDa must be of type float, got 'all'."),
        (lambda: TaskData("sentiment"), "The setting task of TaskData must be one of nli, paraphrase, choice, pos, ner, qa, retrieval, answers, similarity, topic; got 'sentiment'."),
        (lambda: TaskData(limit=-1), "The setting limit of TaskData must be at least 0, got -1."),
        (lambda: Stage(learning_rate=0.0), "The setting learning_rate of Stage must be at least 1e-08, got 0.0."),
        (lambda: Stage(tasks=()), "A stage needs at least one task."),
        (lambda: Stage((TaskData("nli"), TaskData("paraphrase"))), "must share their labels"),
        (lambda: PerturbationSetting(severity=1.5), "The setting severity of PerturbationSetting must be at most 1.0, got 1.5."),
        (lambda: Evaluation(generalized=1), "The setting generalized of Evaluation must be of type bool, got 1."),
        (lambda: Evaluation(languages=("english",)), "'english' is not a language code; use codes such as en, sw, zh."),
        (lambda: RunConfig(seed=2**31), "The setting seed of RunConfig must be at most 2147483647, got 2147483648."),
        (lambda: RunConfig(encoder=" "), "The encoder is empty; name one, for example mini."),
    ],
)
def test_a_bad_value_gets_its_sentence(make, sentence):
    with pytest.raises(InputError) as error:
        make()
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    "values, sentence",
    [
        (["mini"], "config must be an object with named fields, got list."),
        ({"encoders": "mini"}, "config has no field 'encoders'; its fields are encoder, evaluation, seed, stages."),
        ({"stages": {}}, "config.stages must be a list, got dict."),
        ({"stages": [{"objective": {"name": "fgsm"}}]}, "config.stages[0].objective.name must be one of standard, adv, rsrp, rsda, codeswitch; got 'fgsm'."),
        ({"stages": [{"objective": {"name": ["adv"]}}]}, "config.stages[0].objective.name must be one of"),
        ({"stages": [{"objective": "adv"}]}, "config.stages[0].objective.name must be one of"),
        ({"stages": [{"objective": {"name": "adv", "eps": 1}}]}, "config.stages[0].objective has no field 'eps'"),
        ({"evaluation": {"languages": ["en", 3]}}, "config.evaluation.languages[1] must be of type str, got 3."),
        ({"evaluation": {"tasks": [{"task": "nli", "source": None}]}}, "must be of type str, got None."),
        ({"seed": "1"}, "The setting seed of RunConfig must be of type int, got '1'."),
    ],
)
def test_bad_json_gets_its_sentence(values, sentence):
    with pytest.raises(InputError) as error:
        configs.from_dict(values)
    assert sentence in str(error.value)
