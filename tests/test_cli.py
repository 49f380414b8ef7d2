"""Every command, in this process and as a program: its answers on a tiny real model, and its sentence for bad input."""

import contextlib
import json
import math
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine import runs
from engine.__main__ import main

ROOT = Path(__file__).parents[1]
LABELS = {"entailment", "neutral", "contradiction"}
PAIR = ["--text", "The teacher read the book.", "--text-pair", "The person read the book."]


@pytest.fixture(scope="module")
def models(tiny_xlmr, tmp_path_factory):
    """A model folder and a folder of runs with a finished training and a finished evaluation."""
    root = tmp_path_factory.mktemp("runs")
    model = str(tiny_xlmr)
    with contextlib.redirect_stdout(Answers()) as out:
        assert main([*train(model), "--runs", str(root), "--json"]) == 0
        assert main([*evaluation(model), "--runs", str(root), "--json"]) == 0
    trained, scored = out.documents()
    return {"MODEL": model, "RUNS": str(root), "RUN": trained["run_id"], "SCORED": scored["run_id"], "answers": (trained, scored)}


def train(model: str) -> list[str]:
    return ["train", "--encoder", model, "--limit", "40", "--epochs", "1", "--seed", "3", "--config", str(ROOT / "tests" / "small_run.json")]


def evaluation(model: str) -> list[str]:
    return ["evaluate", "--model", model, "--languages", "en,ar", "--limit", "6", "--perturbations", "typo:0.5,synonym:0.3"]


class Answers:
    """Standard output that is read back as JSON documents."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def documents(self) -> list:
        return [json.loads(line) for line in self.text.splitlines()]


def answer(capsys, *arguments: str):
    """The JSON answer of a command that succeeds, and what it says on standard error."""
    status = main([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    assert out.endswith("\n") and out.count("\n") == 1
    return json.loads(out, parse_constant=pytest.fail), err


def refusal(capsys, arguments: list[str]) -> str:
    """The one sentence of a command that refuses its input."""
    status = main(arguments)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.count("\n") == 1 and err.endswith(("\n",)) and 20 < len(err) < 800
    assert "Traceback" not in err
    assert err[:1].isupper() or not err[:1].isalpha() or err.startswith("runs "), err
    return err


# ---- Answers


def test_doctor(capsys, models):
    found, _ = answer(capsys, "doctor", "--runs", models["RUNS"])
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["device"] in ("cpu", "cuda", "mps")
    assert found["models"][models["RUN"]] in LABELS
    assert found["broken_runs"] == {}
    assert {"packages", "bfloat16", "runs"} <= set(found)


def test_models(capsys, models):
    found, _ = answer(capsys, "models", "--runs", models["RUNS"])
    card = next(m for m in found if m["name"] == models["RUN"])
    assert (card["kind"], card["task"], card["objective"], card["seed"], set(card["labels"])) == ("run", "nli", "standard", 3, LABELS)
    assert models["SCORED"] not in {m["name"] for m in found}


def test_predict_a_pair(capsys, models):
    found, err = answer(capsys, "predict", "--model", models["MODEL"], *PAIR, "--language", "en", "--language-pair", "en")
    assert set(found["probabilities"]) == LABELS
    assert math.isclose(sum(found["probabilities"].values()), 1, abs_tol=1e-5)
    assert found["label"] == max(found["probabilities"], key=found["probabilities"].get)
    assert (found["language"], found["language_pair"], found["truncated"], err) == ("en", "en", 0, "")


def test_predict_with_a_run_by_its_id(capsys, models):
    found, _ = answer(capsys, "predict", "--model", models["RUN"], "--runs", models["RUNS"], *PAIR, "--language", "en", "--language-pair", "en")
    assert found["label"] in LABELS


@pytest.mark.parametrize(
    ("text", "code", "named"), [("Mwalimu alisoma kitabu cha zamani.", "sw", "Swahili (sw)"), ("قرأ المعلم الكتاب.", "ar", "Arabic (ar)"), ("那位老师读了那本书。", "zh", "Chinese (zh)")]
)
def test_a_language_left_out_is_detected_and_said(capsys, models, text, code, named):
    found, err = answer(capsys, "predict", "--model", models["MODEL"], "--text", text, "--text-pair", text, "--language-pair", code)
    assert (found["language"], found["language_pair"]) == (code, code)
    assert err == f"The language of the text was detected as {named}.\n"
    _, err = answer(capsys, "predict", "--model", models["MODEL"], "--text", text, "--text-pair", text, "--language", code)
    assert err == f"The language of the second text was detected as {named}.\n"


@pytest.mark.parametrize("text", ["<script>alert('x')</script> & \"quotes\"", "👩‍👩‍👧‍👦 🇹🇿 🎉", "%s {0} $HOME `x` \\n", "e\u0301\u0323 שלום Привет ไทย"])
def test_unusual_text_is_just_text(capsys, models, text):
    found, _ = answer(capsys, "predict", "--model", models["MODEL"], "--text", text, "--language", "en")
    assert found["label"] in LABELS
    same, _ = answer(capsys, "perturb", "--name", "typo", "--severity", "0", "--text", text, "--language", "en")
    assert (same["text"], same["edits"]) == (text, [])


def test_a_text_longer_than_the_model_is_cut_and_said(capsys, models):
    found, err = answer(capsys, "predict", "--model", models["MODEL"], "--text", "teacher " * 500, "--language", "en")
    assert found["truncated"] > 300
    assert f"its last {found['truncated']} tokens were cut off" in err


def test_perturb_says_its_edits(capsys):
    text = "The old teacher reads a wonderful newspaper."
    found, _ = answer(capsys, "perturb", "--name", "typo", "--severity", "0.5", "--language", "en", "--text", text, "--seed", "1")
    assert found["text"] != text and found["edits"] and found["applicable"]
    rebuilt = text
    for edit in reversed(found["edits"]):
        assert text[edit["start"] : edit["end"]] == edit["before"]
        rebuilt = rebuilt[: edit["start"]] + edit["after"] + rebuilt[edit["end"] :]
    assert rebuilt == found["text"]
    again, _ = answer(capsys, "perturb", "--name", "typo", "--severity", "0.5", "--language", "en", "--text", text, "--seed", "1")
    other, _ = answer(capsys, "perturb", "--name", "typo", "--severity", "0.5", "--language", "en", "--text", text, "--seed", "2")
    assert again == found != other


def test_perturb_that_does_not_apply_says_why(capsys):
    found, err = answer(capsys, "perturb", "--name", "synonym", "--language", "en", "--text", "🎉 🎉")
    assert (found["text"], found["edits"], found["applicable"]) == ("🎉 🎉", [], False)
    assert found["reason"] and found["reason"] in err


def test_attack(capsys, models):
    found, _ = answer(capsys, "attack", "--model", models["MODEL"], "--name", "greedy_typo", *PAIR, "--budget", "40")
    assert found["outcome"] in ("succeeded", "failed")
    assert 1 <= found["num_queries"] <= 40
    assert (found["before"]["label"] != found["after"]["label"]) == (found["outcome"] == "succeeded")
    assert found["side"] == "text_pair"
    assert (found["perturbed"] != PAIR[3]) == bool(found["edits"])


def test_attack_skips_what_is_wrong_from_the_start(capsys, models):
    said = answer(capsys, "predict", "--model", models["MODEL"], *PAIR)[0]["label"]
    wrong = min(LABELS - {said})
    found, _ = answer(capsys, "attack", "--model", models["MODEL"], *PAIR, "--label", wrong)
    assert (found["outcome"], found["num_queries"], found["edits"]) == ("skipped", 1, [])


@pytest.mark.parametrize(("method", "exact"), [("integrated_gradients", True), ("input_x_gradient", False)])
def test_attribute(capsys, models, method, exact):
    found, _ = answer(capsys, "attribute", "--model", models["MODEL"], "--method", method, *PAIR, "--steps", "20")
    sides = {"text": PAIR[1], "text_pair": PAIR[3]}
    assert [w["text"] for w in found["words"]] == ["The", "teacher", "read", "the", "book", "The", "person", "read", "the", "book"]
    assert all(sides[w["side"]][w["start"] : w["end"]] == w["text"] for w in found["words"])
    assert any(w["score"] for w in found["words"])
    assert found["target"] in LABELS
    assert isinstance(found["convergence_delta"], float) if exact else found["convergence_delta"] is None


def test_train_and_the_same_again(capsys, models):
    trained, _ = models["answers"]
    assert (trained["state"], trained["resumed"]) == ("finished", False)
    again, err = answer(capsys, *train(models["MODEL"]), "--runs", models["RUNS"])
    assert again["run_id"] == trained["run_id"]
    assert "is finished already" in err
    by_id, _ = answer(capsys, "train", "--run", trained["run_id"], "--runs", models["RUNS"])
    assert by_id == again


def test_evaluate_and_the_same_again(capsys, models):
    _, scored = models["answers"]
    rows = {(r["language"], r["perturbation"], r["metric"]): r for r in scored["scores"]}
    assert {key[:2] for key in rows} == {(code, p) for code in ("en", "ar") for p in ("clean", "typo", "synonym")}
    assert all(r["n"] == 6 and 0 <= r["low"] <= r["value"] <= r["high"] <= 1 for r in rows.values())
    again, err = answer(capsys, *evaluation(models["MODEL"]), "--runs", models["RUNS"])
    assert again == scored
    assert "is finished already" in err


def test_evaluate_a_run_by_its_id_from_a_folder_source(capsys, models, tmp_path):
    (tmp_path / "dev.sw.tsv").write_text("premise\thypothesis\tlabel\nMwalimu alisoma kitabu.\tMtu alisoma kitabu.\tentailment\n", encoding="utf-8")
    found, _ = answer(capsys, "evaluate", "--model", models["RUN"], "--runs", models["RUNS"], "--source", f"folder:{tmp_path}", "--languages", "sw")
    assert [(r["language"], r["metric"], r["n"]) for r in found["scores"]] == [("sw", "accuracy", 1)]
    answer(capsys, "runs", "delete", found["run_id"], "--runs", models["RUNS"])


def test_runs_list_show_and_diff(capsys, models):
    listed, _ = answer(capsys, "runs", "list", "--runs", models["RUNS"])
    assert {r["run_id"]: r["state"] for r in listed if not r["shipped"]} == {models["RUN"]: "finished", models["SCORED"]: "finished"}
    shown, _ = answer(capsys, "runs", "show", models["RUN"], "--runs", models["RUNS"])
    assert (shown["run_id"], shown["state"], shown["config"]["seed"]) == (models["RUN"], "finished", 3)
    assert shown["scores"] and shown["provenance"]
    same, _ = answer(capsys, "runs", "diff", models["RUN"], models["RUN"], "--runs", models["RUNS"])
    assert same == []
    different, _ = answer(capsys, "runs", "diff", models["RUN"], models["SCORED"], "--runs", models["RUNS"])
    assert {"setting", "a", "b"} == set(different[0])
    assert any(r["setting"] == "seed" and (str(r["a"]), str(r["b"])) == ("3", "1") for r in different)


def test_runs_export_and_delete(capsys, models, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(models["RUNS"], root)
    found, _ = answer(capsys, "runs", "export", models["SCORED"], "--to", str(tmp_path / "run.zip"), "--runs", str(root))
    with zipfile.ZipFile(found["file"]) as zipped:
        assert f"{models['SCORED']}/scores.parquet" in zipped.namelist()
    found, _ = answer(capsys, "runs", "delete", models["SCORED"], "--runs", str(root))
    assert found == {"deleted": models["SCORED"]}
    assert not (root / models["SCORED"]).exists() and (root / models["RUN"]).exists()


def test_sql(capsys, models):
    query = "select language, value, n from scores where perturbation = 'typo' and metric = 'accuracy' and run_id = '{}' order by language"
    found, _ = answer(capsys, "sql", query.format(models["SCORED"]), "--runs", models["RUNS"])
    assert [(r["language"], r["n"]) for r in found] == [("ar", 6), ("en", 6)]
    odd, _ = answer(capsys, "sql", "select 'nan'::double as x, [1, 2] as l, null as n, date '2020-01-01' as d", "--runs", models["RUNS"])
    assert odd[0]["x"] is None and odd[0]["l"] == [1, 2] and odd[0]["n"] is None and odd[0]["d"].startswith("2020-01-01")


def test_answers_for_people_are_tables(capsys, models):
    assert main(["runs", "list", "--runs", models["RUNS"]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["run_id", "state"]
    assert any(models["RUN"] in line for line in lines[1:])
    assert main(["perturb", "--name", "typo", "--text", "The teacher", "--language", "en"]) == 0
    assert json.loads(capsys.readouterr().out)["language"] == "en"


def test_pretrain_writes_an_encoder_that_trains(capsys, tmp_path):
    small = {"vocabulary": 400, "width": 16, "layers": 1, "heads": 2, "positions": 32, "scenes": 60, "text_length": 12, "ranking_steps": 2,
             "masked_steps": 2, "ranking_batch": 4, "masked_batch": 4}  # fmt: skip
    (tmp_path / "small.json").write_text(json.dumps(small))
    found, _ = answer(capsys, "pretrain", "--out", str(tmp_path / "encoder"), "--config", str(tmp_path / "small.json"))
    assert found == {"encoder": str(tmp_path / "encoder")}
    assert (tmp_path / "encoder" / "model.safetensors").stat().st_size > 1000
    status = main(["predict", "--model", found["encoder"], "--text", "x"])
    assert (status, "without a classification head" in capsys.readouterr().err) == (2, True)


# ---- Bad input

LONG = "x" * 100_000
MODEL = ["--model", "MODEL"]
TEXT = ["--text", "The teacher read."]
TEXTS = [  # what no command reads as a text
    ("", "empty"), ("   \n", "empty"), (LONG, "100,000|100000"), ("good \ud800 bad", "surrogate"), ("nul \x00 here", "NUL|control|U\\+0000"),
]  # fmt: skip
COMMANDS_WITH_TEXT = {
    "predict": MODEL, "attack": MODEL, "attribute": MODEL, "perturb": ["--name", "typo"],
}  # fmt: skip
BAD = [
    ([], "COMMAND"),
    (["frobnicate"], "'frobnicate'"),
    (["predict", "--frobnicate"], "--frobnicate|required"),
    # every command: an unknown option
    *[([c, "--bogus", "1"], "bogus|required") for c in ["doctor", "models", "predict", "perturb", "attack", "attribute", "train", "evaluate", "sql", "pretrain"]],
    (["runs", "list", "--bogus"], "bogus"),
    # a missing option
    (["predict", *TEXT], "--model"),
    (["predict", *MODEL], "--text"),
    (["perturb", *TEXT], "--name"),
    (["perturb", "--name", "typo"], "--text"),
    (["attack", *TEXT], "--model"),
    (["attribute", *MODEL], "--text"),
    (["evaluate"], "--model"),
    (["sql"], "query"),
    (["pretrain"], "--out"),
    (["runs"], "action"),
    # unknown names, with near ones
    *[([c, "--model", "mini-standrad", *TEXT], "Unknown model 'mini-standrad'") for c in ("predict", "attack", "attribute")],
    *[([c, "--model", LONG, *TEXT], "xxx|too long") for c in ("predict", "attack", "attribute")],
    *[([c, "--model", "no/\x00", *TEXT], "could not be loaded|Unknown model") for c in ("predict", "attack", "attribute")],
    (["predict", "--model", "no-such/model", *TEXT], "could not be loaded"),
    (["predict", "--model", "../../etc", *TEXT], "Unknown model"),
    (["predict", "--model", "EMPTY", *TEXT], "no config.json"),
    (["predict", *MODEL, *TEXT, "--language", "xx"], "Unknown language 'xx'"),
    (["predict", *MODEL, *TEXT, "--language", ""], "Unknown language"),
    (["predict", *MODEL, *TEXT, "--text-pair", "x", "--language-pair", "english"], "language"),
    (["predict", *MODEL, *TEXT, "--text-pair", ""], "second text"),
    (["perturb", "--name", "typpo", *TEXT], "Did you mean typo"),
    (["perturb", "--name", "typo", "--language", "klingon", *TEXT], "Unknown language"),
    (["attack", *MODEL, *TEXT, "--name", "greedy_tpo"], "Did you mean greedy_typo"),
    (["attack", *MODEL, *TEXT, "--language", "xx"], "Unknown language"),
    (["attack", *MODEL, *TEXT, "--label", "maybe"], "Unknown label"),
    (["attack", *MODEL, *TEXT, "--side", "text_pair"], "no second text"),
    (["attack", *MODEL, *TEXT, "--side", "left"], "'left'"),
    (["attribute", *MODEL, *TEXT, "--method", "gradcam"], "Unknown attribution method"),
    (["attribute", *MODEL, *TEXT, "--target", "maybe"], "Unknown label"),
    (["attribute", *MODEL, *TEXT, "--language", "xx"], "Unknown language"),
    # numbers
    *[(["perturb", "--name", "typo", *TEXT, "--severity", s], "between 0 and 1") for s in ("2", "-0.1", "nan", "inf", "abc", "")],
    *[(["perturb", "--name", "typo", *TEXT, "--seed", s], "whole number|between") for s in ("-1", "1.5", "abc", "9" * 5000)],
    *[(["attack", *MODEL, *TEXT, "--budget", b], "whole number|between") for b in ("-3", "0", "1e3", "many")],
    *[(["attack", *MODEL, *TEXT, "--seed", s], "between") for s in ("-1", "99999999999")],
    *[(["attribute", *MODEL, *TEXT, "--steps", s], "whole number|between") for s in ("0", "-5", "1001", "x")],
    # train
    *[(["train", "--encoder", "MODEL", *o], e) for o, e in [
        (["--objective", "advv"], "'advv'"), (["--task", "nil"], "nli"), (["--source", "minature"], "Did you mean miniature"),
        (["--source", "folder:/no/such"], "no folder or file"), (["--source", "folder:"], "needs a path"), (["--source", "hub:nowhere"], "namespace/name"),
        (["--source", "miniature+nowhere"], "Unknown data source"), (["--source", ""], "Unknown data source"),
        (["--seed", "-1"], "between"), (["--limit", "-1"], "between"), (["--epochs", "0"], "at least 1"), (["--epochs", "one"], "'one'"),
        (["--learning-rate", "nan"], "finite"), (["--batch-size", "-4"], "at least 1"), (["--perturbations", "typo:2"], "at most 1"),
        (["--perturbations", "typo:x"], "between 0 and 1"), (["--perturbations", "tipo"], "Did you mean typo"), (["--perturbations", "typo:nan"], "finite"),
        (["--config", "/no/such.json"], "No such file"), (["--config", "EMPTY"], "cannot be read"),
    ]],
    (["train", "--encoder", "nimi"], "Unknown model 'nimi'"),
    (["train", "--encoder", ""], "empty"),
    (["train", "--run", "../x"], "is not a run id"),
    (["train", "--run", "no-such-run"], "no run|Unknown run"),
    # evaluate
    *[(["evaluate", *MODEL, *o], e) for o, e in [
        (["--source", "minature"], "Did you mean miniature"), (["--task", "nil"], "nli"), (["--task", "paraphrase"], "no paraphrase data"),
        (["--languages", "xx"], "Unknown language"), (["--languages", "../en"], "not a language code"), (["--languages", LONG], "not a language code"),
        (["--perturbations", "typo:2"], "at most 1"), (["--perturbations", "typo:nan"], "finite"), (["--perturbations", "typo:abc"], "between 0 and 1"),
        (["--perturbations", "tipo:0.1"], "Did you mean typo"), (["--limit", "-1"], "between"), (["--seed", "-1"], "between"), (["--split", "all"], "'all'"),
        (["--source", "folder:/no/such"], "no folder or file"),
    ]],
    (["evaluate", "--model", "mini-standrad"], "Unknown model"),
    # runs
    (["runs", "burn"], "'burn'"),
    (["runs", "show"], "takes 1 run id"),
    (["runs", "list", "extra"], "takes no run id"),
    (["runs", "diff", "RUN"], "takes 2 run ids"),
    (["runs", "export", "RUN"], "--to"),
    (["runs", "export", "RUN", "--to", "EMPTY"], "ends in .zip"),
    (["runs", "export", "RUN", "--to", "/no/such/folder/run.zip"], "does not exist"),
    *[(["runs", a, *ids], "is not a run id") for a, ids in [
        ("show", ["../x"]), ("delete", ["../../etc"]), ("export", ["..", "--to", "x.zip"]), ("diff", ["RUN", "../x"]), ("show", ["a/b"]), ("show", [""]),
        ("show", [LONG]), ("show", ["a\x00b"]), ("show", ["\ud800"]), ("delete", ["RUN/../RUN"]),
    ]],
    (["runs", "show", "no-such-run"], "Unknown run"),
    (["runs", "delete", "no-such-run"], "Unknown run"),
    # sql
    (["sql", "selec 1"], "syntax error"),
    (["sql", ""], "one SELECT"),
    (["sql", "select * from nowhere"], "nowhere"),
    (["sql", "select 1; select 2"], "one SELECT"),
    (["sql", "drop table runs"], "one SELECT"),
    (["sql", "insert into runs select * from runs"], "one SELECT"),
    (["sql", "copy runs to '/tmp/stolen.csv'"], "one SELECT"),
    (["sql", "attach '/tmp/x.db'"], "one SELECT"),
    (["sql", "set enable_external_access = true"], "one SELECT"),
    (["sql", "select * from read_csv('/etc/passwd')"], "disabled|not allowed|Permission"),
    (["sql", "select * from '/etc/passwd'"], "disabled|not allowed|Permission|does not exist"),
    (["sql", "select * from read_text('pyproject.toml')"], "disabled|not allowed|Permission"),
    (["sql", "select '\ud800'"], "refuses|surrogate"),
    (["sql", "select '\x00'"], "refuses|SELECT|NUL"),
    (["sql", LONG], "refuses|SELECT"),
    # pretrain
    (["pretrain", "--out", "OUT", "--config", "/no/such.json"], "No such file"),
    (["pretrain", "--out", "OUT", "--data", "/no/such/folder"], "/no/such/folder"),
    # a folder of runs that is a file
    (["train", "--encoder", "MODEL", "--runs", "FILE"], "FILE"),
]  # fmt: skip


def _shown(arguments: list[str]) -> str:
    return ascii(" ".join(arguments))[1:70]


@pytest.fixture
def place(models, tmp_path, monkeypatch):
    """Puts the names of the fixtures into the arguments."""
    monkeypatch.setenv("BABELPROOF_RUNS", models["RUNS"])
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("not a folder")
    names = {"MODEL": models["MODEL"], "RUN": models["RUN"], "EMPTY": str(tmp_path / "empty"), "FILE": str(tmp_path / "file"), "OUT": str(tmp_path / "out")}
    return lambda arguments: [names.get(a, a) for a in arguments]


@pytest.mark.parametrize(("arguments", "reason"), BAD, ids=[f"{n}:{_shown(a)}" for n, (a, _) in enumerate(BAD)])
def test_bad_input_is_refused_in_a_sentence(capsys, place, arguments, reason):
    said = refusal(capsys, place(arguments))
    reason = "|".join(place(reason.split("|")))
    assert any(part.replace("\\", "") in said for part in reason.split("|")), said


@pytest.mark.parametrize("command", COMMANDS_WITH_TEXT)
@pytest.mark.parametrize(("text", "reason"), TEXTS, ids=["empty", "blank", "long", "surrogate", "nul"])
def test_text_that_is_none_is_refused(capsys, place, command, text, reason):
    said = refusal(capsys, place([command, *COMMANDS_WITH_TEXT[command], "--text", text]))
    assert any(part.replace("\\", "").lower() in said.lower() for part in reason.split("|")), said


CONFIGS = {
    "corrupt": ('{"encoder": "mini"', "cannot be read as JSON"),
    "binary": ("\x00\x01", "cannot be read as JSON"),
    "unknown field": ('{"encodr": "mini"}', "has no field 'encodr'"),
    "unknown nested field": ('{"stages": [{"epoch": 1}]}', "has no field 'epoch'"),
    "wrong type": ('{"seed": "one"}', "must be of type int"),
    "out of bounds": ('{"stages": [{"epochs": 0}]}', "at least 1"),
    "unknown objective": ('{"stages": [{"objective": {"name": "magic"}}]}', "magic"),
    "a list": ("[1, 2]", "must be an object"),
    "no stages": ('{"stages": []}', "nothing to train"),
    "no tasks": ('{"stages": [{"tasks": []}]}', "at least one task"),
    "a surrogate": ('{"encoder": "\\ud800"}', "Unknown model"),
    "a number as language": ('{"evaluation": {"languages": [1]}}', "languages"),
    "unknown language": ('{"evaluation": {"languages": ["xx"]}}', "Unknown language"),
    "unknown perturbation": ('{"evaluation": {"perturbations": [{"name": "magic"}]}}', "Unknown perturbation"),
    "nested too deeply": ("[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_bad_configuration_is_refused_and_leaves_no_run(capsys, place, tmp_path, monkeypatch, kind):
    content, reason = CONFIGS[kind]
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    monkeypatch.setenv("BABELPROOF_RUNS", str(tmp_path / "runs"))
    encoder = [] if kind == "a surrogate" else ["--encoder", "MODEL"]
    assert reason in refusal(capsys, place(["train", "--config", str(tmp_path / "run.json"), *encoder]))
    assert runs.all_runs(shipped=False) == []


@pytest.mark.parametrize(("content", "reason"), [("{", "cannot be read as JSON"), ('{"layer": 1}', "has no field 'layer'"), ('{"layers": 0}', "at least 1")])
def test_a_bad_pretraining_configuration_is_refused(capsys, tmp_path, content, reason):
    (tmp_path / "small.json").write_text(content)
    assert reason in refusal(capsys, ["pretrain", "--out", str(tmp_path / "out"), "--config", str(tmp_path / "small.json")])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("dev.en.tsv", "premise\thypothesis\tlabel\na\tb\tmaybe\n", "the label 'maybe' is none of"),
        ("dev.en.tsv", "premise\thypothesis\tlabel\na\tb\t0\n", "numeric labels need names"),
        ("dev.en.tsv", "first\tsecond\tlabel\na\tb\tneutral\n", "no column premise"),
        ("dev.en.jsonl", '{"premise": "a", "hypothesis"', "cannot be read as jsonl"),
        ("dev.en.parquet", "PAR1 nonsense", "cannot be read as parquet"),
        ("dev.en.tsv", "premise\thypothesis\tlabel\n", "no examples"),
        ("notes.txt", "", "holds no file named after a split"),
    ],
)
def test_bad_data_is_refused_with_file_and_reason(capsys, place, tmp_path, name, content, reason):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_text(content)
    found = place(["evaluate", *MODEL, "--source", f"folder:{folder}", "--runs", str(tmp_path / "runs")])
    assert main(found) == 2
    out, err = capsys.readouterr()
    assert out == "" and reason in err and "Traceback" not in err


def test_a_corrupt_run_is_named_and_the_others_keep_working(capsys, models, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(models["RUNS"], root)
    file = root / models["SCORED"] / "scores.parquet"
    file.write_bytes(file.read_bytes()[:-4] + b"nope")
    assert "scores.parquet" in next(r for r in answer(capsys, "runs", "list", "--runs", str(root))[0] if r["run_id"] == models["SCORED"])["message"]
    assert models["SCORED"] in refusal(capsys, ["runs", "show", models["SCORED"], "--runs", str(root)])
    assert answer(capsys, "runs", "show", models["RUN"], "--runs", str(root))[0]["scores"]
    found, _ = answer(capsys, "sql", "select distinct run_id from scores", "--runs", str(root))
    ids = {r["run_id"] for r in found}
    assert models["RUN"] in ids and models["SCORED"] not in ids
    assert answer(capsys, "predict", "--model", models["RUN"], "--runs", str(root), *PAIR)[0]["label"] in LABELS
    (root / models["SCORED"] / "config.json").write_text("{")
    found, _ = answer(capsys, "doctor", "--runs", str(root))
    assert "config.json" in found["broken_runs"][models["SCORED"]]


# ---- As a program


def program(*arguments: bytes | str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "engine", *arguments], capture_output=True, cwd=ROOT, env=os.environ | environment, timeout=120, check=False)


def test_the_program_answers_on_standard_output_alone():
    found = program("perturb", "--name", "swap", "--severity", "1", "--text", "那位老师读了那本书。", "--json", PYTHONIOENCODING="utf-8")
    assert found.returncode == 0
    assert json.loads(found.stdout)["language"] == "zh"
    assert found.stderr.decode() == "The language of the text was detected as Chinese (zh).\n"


def test_the_program_refuses_bytes_that_are_no_text():
    found = program("perturb", "--name", "typo", "--text", b"caf\xe9")
    assert (found.returncode, found.stdout) == (2, b"")
    assert found.stderr.count(b"\n") == 1 and b"Traceback" not in found.stderr
