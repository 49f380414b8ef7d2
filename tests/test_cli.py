"""Every command, in this process and as a program: what it answers, on a tiny real model."""

import json
import math
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from engine.__main__ import main
from tests.command_line import LABELS, PAIR, ROOT, answer, saved


@pytest.fixture(scope="module")
def done(tiny_xlmr, tmp_path_factory):
    return saved(str(tiny_xlmr), tmp_path_factory.getbasetemp() / "command_line")


def test_doctor(capsys, done):
    found, _ = answer(capsys, "doctor", "--runs", done.root)
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["device"] in ("cpu", "cuda", "mps")
    assert found["models"][done.run] in LABELS
    assert found["broken_runs"] == {}
    assert {"packages", "bfloat16", "runs"} <= set(found) and found["encoders"] == ["mini", "tiny", "small"]


def test_a_reader_that_has_read_enough_is_no_error(done):
    command = [sys.executable, "-m", "engine", "data", "show", "--task", "topic", "--limit", "0"]  # more than a pipe holds
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait() == 0


def test_models(capsys, done):
    found, _ = answer(capsys, "models", "--runs", done.root)
    card = next(m for m in found if m["name"] == done.run)
    assert (card["kind"], card["task"], card["objective"], card["seed"], set(card["labels"])) == ("run", "nli", "standard", 3, LABELS)
    assert done.evaluated not in {m["name"] for m in found}


def test_predict_a_pair(capsys, done):
    found, err = answer(capsys, "predict", "--model", done.model, *PAIR, "--language", "en", "--language-pair", "en")
    assert set(found["probabilities"]) == LABELS
    assert math.isclose(sum(found["probabilities"].values()), 1, abs_tol=1e-5)
    assert found["label"] == max(found["probabilities"], key=found["probabilities"].get)
    assert (found["language"], found["language_pair"], found["truncated"], err) == ("en", "en", 0, "")


def test_predict_with_a_run_by_its_id(capsys, done):
    found, _ = answer(capsys, "predict", "--model", done.run, "--runs", done.root, *PAIR, "--language", "en", "--language-pair", "en")
    assert found["label"] in LABELS


@pytest.mark.parametrize(
    ("text", "code", "named"), [("Mwalimu alisoma kitabu cha zamani.", "sw", "Swahili (sw)"), ("قرأ المعلم الكتاب.", "ar", "Arabic (ar)"), ("那位老师读了那本书。", "zh", "Chinese (zh)")]
)
def test_a_language_left_out_is_detected_and_said(capsys, done, text, code, named):
    found, err = answer(capsys, "predict", "--model", done.model, "--text", text, "--text-pair", text, "--language-pair", code)
    assert (found["language"], found["language_pair"]) == (code, code)
    assert err == f"The language of the text was detected as {named}.\n"
    _, err = answer(capsys, "predict", "--model", done.model, "--text", text, "--text-pair", text, "--language", code)
    assert err == f"The language of the second text was detected as {named}.\n"


@pytest.mark.parametrize("text", ["<script>alert('x')</script> & \"quotes\"", "👩‍👩‍👧‍👦 🇹🇿 🎉", "%s {0} $HOME `x` \\n", "e\u0301\u0323 שלום Привет ไทย"])
def test_unusual_text_is_just_text(capsys, done, text):
    found, _ = answer(capsys, "predict", "--model", done.model, "--text", text, "--language", "en")
    assert found["label"] in LABELS
    same, _ = answer(capsys, "perturb", "--name", "typo", "--severity", "0", "--text", text, "--language", "en")
    assert (same["text"], same["edits"]) == (text, [])


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a", "ok 👍🏽"])
def test_text_of_unclear_language_still_gets_an_answer(capsys, done, text):
    found, err = answer(capsys, "predict", "--model", done.model, "--text", text)
    assert found["label"] in LABELS
    assert f"({found['language']})" in err and err.count("\n") == 1


def test_a_text_longer_than_the_model_is_cut_and_said(capsys, done):
    found, err = answer(capsys, "predict", "--model", done.model, "--text", "teacher " * 500, "--language", "en")
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


def test_attack(capsys, done):
    found, _ = answer(capsys, "attack", "--model", done.model, "--name", "greedy_typo", *PAIR, "--budget", "40")
    assert found["outcome"] in ("succeeded", "failed")
    assert 1 <= found["num_queries"] <= 40
    assert (found["before"]["label"] != found["after"]["label"]) == (found["outcome"] == "succeeded")
    assert found["side"] == "text_pair"
    assert (found["perturbed"] != PAIR[3]) == bool(found["edits"])


def test_attack_skips_what_is_wrong_from_the_start(capsys, done):
    said = answer(capsys, "predict", "--model", done.model, *PAIR)[0]["label"]
    wrong = min(LABELS - {said})
    found, _ = answer(capsys, "attack", "--model", done.model, *PAIR, "--label", wrong)
    assert (found["outcome"], found["num_queries"], found["edits"]) == ("skipped", 1, [])


@pytest.mark.parametrize(("method", "exact"), [("integrated_gradients", True), ("input_x_gradient", False)])
def test_attribute(capsys, done, method, exact):
    found, _ = answer(capsys, "attribute", "--model", done.model, "--method", method, *PAIR, "--steps", "20")
    sides = {"text": PAIR[1], "text_pair": PAIR[3]}
    assert [w["text"] for w in found["words"]] == ["The", "teacher", "read", "the", "book", "The", "person", "read", "the", "book"]
    assert all(sides[w["side"]][w["start"] : w["end"]] == w["text"] for w in found["words"])
    assert any(w["score"] for w in found["words"])
    assert found["target"] in LABELS
    assert isinstance(found["convergence_delta"], float) if exact else found["convergence_delta"] is None


def test_train_and_the_same_again(capsys, done):
    assert (done.trained["state"], done.trained["resumed"]) == ("finished", False)
    again, err = answer(capsys, *done.train())
    assert again["run_id"] == done.run
    assert "is finished already" in err
    by_id, _ = answer(capsys, "train", "--run", done.run, "--runs", done.root)
    assert by_id == again


def test_evaluate_and_the_same_again(capsys, done):
    rows = {(r["language"], r["perturbation"], r["metric"]): r for r in done.scored["scores"]}
    assert {key[:2] for key in rows} == {(code, p) for code in ("en", "ar") for p in ("clean", "typo", "synonym")}
    assert all(r["n"] == 6 and 0 <= r["low"] <= r["value"] <= r["high"] <= 1 for r in rows.values())
    again, err = answer(capsys, *done.evaluate())
    assert again == done.scored
    assert "is finished already" in err


def test_evaluate_a_run_by_its_id_from_a_folder_source(capsys, done, tmp_path):
    (tmp_path / "dev.sw.tsv").write_text("premise\thypothesis\tlabel\nMwalimu alisoma kitabu.\tMtu alisoma kitabu.\tentailment\n", encoding="utf-8")
    found, _ = answer(capsys, "evaluate", "--model", done.run, "--runs", done.root, "--source", f"folder:{tmp_path}", "--languages", "sw")
    assert [(r["language"], r["metric"], r["n"]) for r in found["scores"]] == [("sw", "accuracy", 1)]
    answer(capsys, "runs", "delete", found["run_id"], "--runs", done.root)


def test_runs_list_show_and_diff(capsys, done):
    listed, _ = answer(capsys, "runs", "list", "--runs", done.root)
    assert {r["run_id"]: r["state"] for r in listed if not r["shipped"]} == {done.run: "finished", done.evaluated: "finished"}
    shown, _ = answer(capsys, "runs", "show", done.run, "--runs", done.root)
    assert (shown["run_id"], shown["state"], shown["config"]["seed"]) == (done.run, "finished", 3)
    assert shown["scores"] and shown["provenance"]
    same, _ = answer(capsys, "runs", "diff", done.run, done.run, "--runs", done.root)
    assert same == []
    different, _ = answer(capsys, "runs", "diff", done.run, done.evaluated, "--runs", done.root)
    assert {"setting", "a", "b"} == set(different[0])
    assert any(r["setting"] == "seed" and (str(r["a"]), str(r["b"])) == ("3", "1") for r in different)


def test_runs_export_and_delete(capsys, done, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(done.root, root)
    found, _ = answer(capsys, "runs", "export", done.evaluated, "--to", str(tmp_path / "run.zip"), "--runs", str(root))
    with zipfile.ZipFile(found["file"]) as zipped:
        assert f"{done.evaluated}/scores.parquet" in zipped.namelist()
    found, _ = answer(capsys, "runs", "delete", done.evaluated, "--runs", str(root))
    assert found == {"deleted": done.evaluated}
    assert not (root / done.evaluated).exists() and (root / done.run).exists()


def test_sql(capsys, done):
    query = "select language, value, n from scores where perturbation = 'typo' and metric = 'accuracy' and run_id = '{}' order by language"
    found, _ = answer(capsys, "sql", query.format(done.evaluated), "--runs", done.root)
    assert [(r["language"], r["n"]) for r in found] == [("ar", 6), ("en", 6)]
    odd, _ = answer(capsys, "sql", "select 'nan'::double as x, [1, 2] as l, null as n, date '2020-01-01' as d", "--runs", done.root)
    assert odd[0]["x"] is None and odd[0]["l"] == [1, 2] and odd[0]["n"] is None and odd[0]["d"].startswith("2020-01-01")


def test_answers_for_people_are_tables(capsys, done):
    assert main(["runs", "list", "--runs", done.root]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["run_id", "state"]
    assert any(done.run in line for line in lines[1:])
    assert main(["perturb", "--name", "typo", "--text", "The teacher", "--language", "en"]) == 0
    assert json.loads(capsys.readouterr().out)["language"] == "en"


def test_pretrain_writes_an_encoder_that_trains(capsys, tmp_path):
    small = {"vocabulary": 400, "width": 16, "layers": 1, "heads": 2, "positions": 32, "scenes": 60, "text_length": 12, "steps": 4,
             "ranking_batch": 4, "masked_batch": 4, "detection_batch": 4}  # fmt: skip
    (tmp_path / "small.json").write_text(json.dumps(small))
    found, _ = answer(capsys, "pretrain", "--out", str(tmp_path / "encoder"), "--config", str(tmp_path / "small.json"))
    assert found == {"encoder": str(tmp_path / "encoder")}
    assert (tmp_path / "encoder" / "model.safetensors").stat().st_size > 1000
    status = main(["predict", "--model", found["encoder"], "--text", "x"])
    assert (status, "without a classification head" in capsys.readouterr().err) == (2, True)


# ---- As a program


def program(*arguments: bytes | str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "engine", *arguments], capture_output=True, cwd=ROOT, env=os.environ | environment, timeout=120, check=False)


def test_the_program_answers_on_standard_output_alone():
    found = program("perturb", "--name", "swap", "--severity", "1", "--text", "那位老师读了那本书。", "--json", PYTHONIOENCODING="ascii:backslashreplace")
    assert found.returncode == 0
    assert json.loads(found.stdout)["language"] == "zh"
    assert found.stderr.decode() == "The language of the text was detected as Chinese (zh).\n"


def test_the_program_refuses_bytes_that_are_no_text():
    found = program("perturb", "--name", "typo", "--text", b"caf\xe9")
    assert (found.returncode, found.stdout) == (2, b"")
    assert found.stderr.count(b"\n") == 1 and b"Traceback" not in found.stderr
