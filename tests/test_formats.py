"""The published file formats: what is exported from the miniature is read back the same, and what is wrong is said with its place."""

import json

import pyarrow.parquet as pq
import pytest

from engine import data, tasks
from engine.config import TaskData
from engine.data import export as exports
from engine.data.formats import FILES
from engine.errors import InputError
from tests.command_line import answer, refusal

LOST = {"ner": "text", "pos": "text"}
"""Tagged files do not say where spaces were, so the text read back is words joined anew."""


@pytest.mark.parametrize("task", tasks.TASKS)
@pytest.mark.parametrize("language", ["en", "ar", "th"])
def test_what_is_exported_is_read_back(tmp_path, task, language):
    source = TaskData(task)
    exports.export(source, ["dev", "test"], [language, "en"], tmp_path)
    again = TaskData(task, source=f"folder:{tmp_path / task}")
    for path in (tmp_path / task).glob("*.parquet"):
        path.unlink()
    assert set(data.languages(again)) == {language, "en"}
    written, read = data.examples(source, language, "test"), data.examples(again, language, "test")
    assert len(read) == 600
    for first, second in zip(written, read, strict=True):
        assert second.words == first.words and second.tags == first.tags and second.choices == first.choices
        # LAReQA's files have no word for what is asked, and STS-B's scores are numbers.
        label = {"answers": None, "similarity": first.label and first.label.removesuffix(".0")}.get(task, first.label)
        assert (second.label, second.question, second.answer) == (label, first.question, first.answer)
        assert (second.text_pair, second.language, second.split) == (first.text_pair, language, "test")
        if task in LOST:
            assert second.text.replace(" ", "") == first.text.replace(" ", "")
        else:
            assert (second.id.split("-")[-1].lstrip("0"), second.text) == (first.id.split("-")[-1].lstrip("0"), first.text) or second.text == first.text


@pytest.mark.parametrize("task", tasks.TASKS)
def test_parquet_holds_every_field(tmp_path, task):
    source = TaskData(task)
    exports.export(source, ["test"], ["sw"], tmp_path)
    table = pq.read_table(tmp_path / task / "test.sw.parquet")
    first, row = data.examples(source, "sw", "test", 1)[0], table.slice(0, 1).to_pylist()[0]
    for name in ("id", "text", "text_pair", "label", "language", "domain", "question"):
        assert row[name] == getattr(first, name), name
    assert (tuple(row["words"]), tuple(row["tags"]), tuple(row["choices"])) == (first.words, first.tags, first.choices)
    assert first.answer is None or (row["answer_start"], row["answer_end"]) == first.answer
    assert table.num_rows == 600


def test_the_card_says_what_it_is(tmp_path):
    exports.export(TaskData("topic"), ["train", "test"], [], tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nlicense: cc-by-4.0\n") and "topic" in card and "7,000" in card and "600" in card
    languages = sorted(p.name.split(".")[1] for p in (tmp_path / "topic").glob("test.*.tsv"))
    assert languages == sorted(data.languages(TaskData("topic"))) and len(languages) == 20
    assert [p.name for p in (tmp_path / "topic").glob("train.*.tsv")] == ["train.en.tsv"]


def test_the_licence_of_another_source_is_its_own(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test.en.tsv").write_text("premise\thypothesis\tlabel\nA cat.\tA dog.\tneutral\n")
    exports.export(TaskData(source=f"folder:{tmp_path / 'mine'}"), ["test"], [], tmp_path / "out")
    assert "cc-by-4.0" not in (tmp_path / "out" / "README.md").read_text().lower()


BAD = [
    ("pos", "test-en.tsv", "The\tDET\ndog\tNOUNS\n", r"test-en.tsv:2: expected a word, a tab and one of ADJ"),
    ("pos", "test-en.tsv", "The DET\n", "test-en.tsv:1: expected a word, a tab"),
    ("ner", "test-en.tsv", "Paris\tB-CITY\n", "test-en.tsv:1: expected a word, a tab and one of B-LOC"),
    ("qa", "test.en.json", "{", "test.en.json"),
    ("qa", "test.en.json", "[]", "expected a JSON object, got list"),
    ("qa", "test.en.json", '{"data": 3}', "expected a list called data"),
    ("qa", "test.en.json", json.dumps({"data": [{"paragraphs": [{"context": "A cat.", "qas": [
        {"id": "q", "question": "Who?", "answers": [{"text": "dog", "answer_start": 2}]}]}]}]}), "'dog' of question q does not stand at character 2"),
    ("choice", "test.en.jsonl", '{"premise": "It rained.", "choice1": "a", "question": "cause", "label": 0}', "line 1: .* wrong: choice2"),
    ("choice", "test.en.jsonl", '{"premise": "R", "choice1": "a", "choice2": "b", "question": "cause", "label": 7}', "wrong: label"),
    ("similarity", "test.en.csv", "A cat.,A dog.,6\n", "row 1: the score 6 lies outside 0 to 5"),
    ("similarity", "test.en.csv", "A cat.,A dog.\n", "row 1: expected two sentences and a score"),
    ("retrieval", "test.sw.tsv", "1\tPaka.\n", "test.sw.tsv:1: expected an id and two texts"),
]  # fmt: skip


@pytest.mark.parametrize(("task", "name", "content", "says"), BAD)
def test_what_is_wrong_in_a_file_is_said_with_its_place(tmp_path, task, name, content, says):
    (tmp_path / name).write_text(content)
    source = TaskData(task, source=f"folder:{tmp_path}")
    with pytest.raises(InputError, match=says):
        data.examples(source, data.languages(source)[0], "test")


def test_every_task_has_a_file_format():
    assert set(FILES) == set(tasks.TASKS)


# ---- The published files, as they lie there


@pytest.mark.parametrize(
    ("task", "name", "content", "language", "expected"),
    [
        ("ner", "dev-ar", "ar:باريس\tB-LOC\nar:جميلة\tO\n\n", "ar", ("باريس جميلة", ("B-LOC", "O"))),
        ("pos", "dev-de", "am\t_\nan\tADP\ndem\tDET\n\n", "de", None),
        ("topic", "zho_Hans/dev.tsv", "index_id\tcategory\ttext\n1\tsports\t足球。\n", "zh", ("足球。", ())),
    ],
)
def test_published_files_load_as_they_are(tmp_path, task, name, content, language, expected):
    path = tmp_path / (name if "." in name else f"{name}.tsv")
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    found = data.examples(TaskData(task, source=f"folder:{tmp_path}"), language, "dev")
    assert len(found) == 1
    if expected:
        assert (found[0].text, found[0].tags) == expected
    else:
        assert found[0].words == ("am", "an", "dem"), "a word that UD splits stays in the file as it is"


def test_a_folder_of_another_format_is_said(tmp_path):
    (tmp_path / "test.en.tsv").write_text("premise\thypothesis\tlabel\nA cat.\tA dog.\tneutral\n")
    with pytest.raises(InputError, match="test.en.tsv:1: expected a word"):
        data.examples(TaskData("pos", source=f"folder:{tmp_path}"), "en", "test")


# ---- The command


def test_the_command_lists_shows_and_exports(tmp_path, capsys):
    listed, _ = answer(capsys, "data", "list")
    assert {(row["task"], row["split"]) for row in listed} >= {("nli", "train"), ("retrieval", "test"), ("qa", "dev")}
    assert all(row["items"] == 600 for row in listed if row["split"] == "test")
    shown, _ = answer(capsys, "data", "show", "--task", "pos", "--languages", "ja,sw", "--limit", "2")
    assert [row["language"] for row in shown] == ["ja", "ja", "sw", "sw"] and shown[0]["tags"]
    done, _ = answer(capsys, "data", "export", "--task", "qa", "--languages", "fi", "--split", "all", "--to", str(tmp_path))
    assert done == {"folder": str(tmp_path), "files": len([p for p in tmp_path.rglob("*") if p.is_file()])}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["burn"], "'burn'"), (["show"], "takes one --task"), (["show", "--task", "pso"], "Did you mean pos"), (["list", "--source", "minature"], "Name the task"),
        (["show", "--task", "pos", "--source", "minature"], "Did you mean miniature"), (["show", "--task", "pos", "--languages", "xx"], "xx"),
        (["show", "--task", "retrieval", "--split", "train"], "train"), (["export", "--task", "pos"], "needs --to DIR"),
        (["export", "--task", "pos", "--to", "X", "--languages", "../en"], "../en"), (["export", "--task", "pos", "--to", "/proc/nowhere"], "failed"),
        (["show", "--task", "pos", "--limit", "-1"], "between"), (["show", "--task", "nli", "--source", "folder:/no/such"], "no folder or file"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(capsys, arguments, says):
    assert says in refusal(capsys, ["data", *arguments])
