"""Bad and hostile input to every command: status 2, one sentence on standard error, nothing else, and the rest keeps working."""

import shutil

import pytest

from engine import runs
from engine.__main__ import main
from tests.command_line import LABELS, PAIR, answer, refusal, saved

COMMANDS = ["doctor", "models", "predict", "perturb", "attack", "attribute", "train", "evaluate", "sql", "pretrain", "measure"]
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
    *[([c, "--bogus", "1"], "bogus|required") for c in ["doctor", "models", "predict", "perturb", "attack", "attribute", "train", "evaluate", "sql", "pretrain", "measure"]],
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
    (["measure"], "encoder"),
    (["measure", "mini", "mnii"], "Did you mean mini"),
    (["measure", "mini", "--data", "no/such"], "There is no folder no/such"),
    (["measure", "mini", "--data", "EMPTY"], "No English lines of NTREX-128"),
    (["runs"], "action"),
    # unknown names, with near ones
    *[([c, "--model", "mini-standrad", *TEXT], "Unknown model 'mini-standrad'") for c in ("predict", "attack", "attribute")],
    *[([c, "--model", LONG, *TEXT], "xxx|too long") for c in ("predict", "attack", "attribute")],
    *[([c, "--model", "no/\x00", *TEXT], "could not be loaded|Unknown model") for c in ("predict", "attack", "attribute")],
    (["predict", "--model", "no-such/model", *TEXT], "could not be loaded"),
    (["predict", "--model", "../../no/such", *TEXT], "Unknown model"),
    (["predict", "--model", "EMPTY", *TEXT], "no config.json"),
    # without a letter no language can be detected; with --language such texts are answered (test_cli.py)
    *[([c, *MODEL, "--text", t], "choose the language") for c in ("predict", "attack", "attribute") for t in ("👍🏽🎉", "12345", "…")],
    (["perturb", "--name", "typo", "--text", "🎉"], "choose the language"),
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
        (["--source", "minature"], "Did you mean miniature"), (["--task", "nil"], "nli"), (["--task", "paraphrase"], "do not cover the labels"), (["--task", "qa"], "nli, paraphrase, topic"),
        (["--languages", "xx"], "Unknown language"), (["--languages", ","], "--languages names none"), (["--languages", "../en"], "not a language code"), (["--languages", LONG], "not a language code"),
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
    (["sql", ""], "empty"),
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
    (["sql", "select '\ud800'"], "surrogate"),
    (["sql", "select '\x00'"], "control|U+0000|NUL"),
    (["sql", LONG], "100,000|100000"),
    # pretrain
    (["pretrain", "--out", "OUT", "--config", "/no/such.json"], "No such file"),
    (["pretrain", "--out", "OUT", "--data", "/no/such/folder"], "/no/such/folder"),
    (["pretrain", "--out", "OUT", "--size", "huge"], "huge"),
    (["pretrain", "--out", "OUT", "--tokenizer", "/no/such/folder"], "no tokenizer.json"),
    (["pretrain", "--out", "OUT", "--start", "/no/such/folder"], "no encoder to go on from"),
    (["pretrain", "--out", "OUT", "--start", "EMPTY", "--tokenizer", "EMPTY"], "--start brings its own tokenizer"),
    (["pretrain", "--out", "OUT", "--share", "EMPTY", "--tokenizer", "EMPTY"], "--share brings its own tokenizer"),
    (["pretrain", "--out", "OUT", "--share", "EMPTY"], "`shared_layers` needs the encoder whose layers are shared"),
    # a folder of runs that is a file
    (["train", "--encoder", "MODEL", "--runs", "FILE"], "FILE"),
]  # fmt: skip


@pytest.fixture(scope="module")
def done(tiny_xlmr, tmp_path_factory):
    return saved(str(tiny_xlmr), tmp_path_factory.getbasetemp() / "command_line")


def _shown(arguments: list[str]) -> str:
    return ascii(" ".join(arguments))[1:70]


@pytest.fixture
def place(done, tmp_path, monkeypatch):
    """Puts the names of the fixtures into the arguments."""
    monkeypatch.setenv("BABELPROOF_RUNS", done.root)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("not a folder")
    names = {"MODEL": done.model, "RUN": done.run, "EMPTY": str(tmp_path / "empty"), "FILE": str(tmp_path / "file"), "OUT": str(tmp_path / "out")}
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


def test_a_corrupt_run_is_named_and_the_others_keep_working(capsys, done, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(done.root, root)
    file = root / done.evaluated / "scores.parquet"
    file.write_bytes(file.read_bytes()[:-4] + b"nope")
    assert "scores.parquet" in next(r for r in answer(capsys, "runs", "list", "--runs", str(root))[0] if r["run_id"] == done.evaluated)["message"]
    assert done.evaluated in refusal(capsys, ["runs", "show", done.evaluated, "--runs", str(root)])
    assert answer(capsys, "runs", "show", done.run, "--runs", str(root))[0]["scores"]
    found, _ = answer(capsys, "sql", "select distinct run_id from scores", "--runs", str(root))
    ids = {r["run_id"] for r in found}
    assert done.run in ids and done.evaluated not in ids
    assert answer(capsys, "predict", "--model", done.run, "--runs", str(root), *PAIR)[0]["label"] in LABELS
    (root / done.evaluated / "config.json").write_text("{")
    found, _ = answer(capsys, "doctor", "--runs", str(root))
    assert "config.json" in found["broken_runs"][done.evaluated]
