"""The published file formats: what is exported from the miniature is read back the same, and what is wrong is said with its place."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import data, tasks
from engine.config import TaskData
from engine.data import export as exports
from engine.data.formats import FILES
from engine.errors import InputError
from engine.miniature.realisation import align
from tests.command_line import answer, refusal

LOST = {"ner": "text", "pos": "text"}
"""Tagged files do not say where spaces were, so the text read back is words joined anew."""


@pytest.mark.parametrize("task", tasks.TASKS)
@pytest.mark.parametrize("language", ["en", "ar", "th"])
def test_what_is_exported_is_read_back(tmp_path, task, language):
    source = TaskData(task)
    exports.export([source], ["dev", "test"], [language, "en"], tmp_path)
    again = TaskData(task, source=f"folder:{tmp_path / task}")
    for code in (language, "en"):
        assert data.splits(again, code) == ["dev", "test"]
        assert data.examples(again, code, "test") == data.examples(source, code, "test"), "Parquet comes before the published file"
    for path in (tmp_path / task).glob("*.parquet"):
        path.unlink()
    if task == "retrieval" and language == "en":
        assert list((tmp_path / task).iterdir()) == [], "English is no translation of itself"
        return
    assert set(data.languages(again)) == {language} | ({"en"} if task != "retrieval" else set())
    assert data.splits(again, language) == ["dev", "test"]
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
    exports.export([source], ["test"], ["sw"], tmp_path)
    table = pq.read_table(tmp_path / task / "test.sw.parquet")
    first, row = data.examples(source, "sw", "test", 1)[0], table.slice(0, 1).to_pylist()[0]
    for name in ("id", "text", "text_pair", "label", "language", "domain", "question"):
        assert row[name] == getattr(first, name), name
    assert (tuple(row["words"]), tuple(row["tags"]), tuple(row["choices"])) == (first.words, first.tags, first.choices)
    assert first.answer is None or (row["answer_start"], row["answer_end"]) == first.answer
    assert table.num_rows == 600


def test_the_card_says_what_it_is(tmp_path):
    exports.export([TaskData("topic")], ["train", "test"], [], tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nlicense: cc-by-4.0\n") and "topic" in card and "7,000" in card and "600" in card
    languages = sorted(p.name.split(".")[1] for p in (tmp_path / "topic").glob("test.*.tsv"))
    assert languages == sorted(data.languages(TaskData("topic"))) and len(languages) == 20
    assert [p.name for p in (tmp_path / "topic").glob("train.*.tsv")] == ["train.en.tsv"]


def test_the_licence_of_another_source_is_its_own(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test.en.tsv").write_text("premise\thypothesis\tlabel\nA cat.\tA dog.\tneutral\n")
    exports.export([TaskData(source=f"folder:{tmp_path / 'mine'}")], ["test"], [], tmp_path / "out")
    assert "cc-by-4.0" not in (tmp_path / "out" / "README.md").read_text().lower()
    exports.export([TaskData("topic")], ["test"], ["en"], tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "license: other" in card and f"| test | 1 | folder:{tmp_path / 'mine'} | en |" in card and "| test | 600 | miniature | en |" in card


def test_everyday_pairs_are_exported_under_their_licence_and_read_back(tmp_path):
    everyday = TaskData("nli", "everyday")
    exports.export([everyday], ["train", "dev", "test"], ["en", "sw"], tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nlicense: cc-by-4.0\n") and "# Babelproof everyday pairs" in card
    back = TaskData("nli", f"folder:{tmp_path / 'nli'}")
    for code, split in (("sw", "test"), ("sw", "train"), ("en", "train")):
        first, second = ([(e.id, e.text, e.text_pair, e.label) for e in data.examples(source, code, split)] for source in (everyday, back))
        assert first == second


def test_the_card_lists_every_task_of_this_call_and_of_earlier_ones(tmp_path):
    exports.export([TaskData("pos")], ["dev"], ["sw", "en"], tmp_path)
    exports.export([TaskData("nli"), TaskData("topic")], ["test"], ["en"], tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert [line for line in card.splitlines() if line.startswith("## ")] == ["## nli", "## pos", "## topic"]
    assert "| dev | 600 | en sw |" in card and card.count("| test | 600 | en |") == 2 and "- sw\n" in card


def test_a_readme_of_somebody_else_stays(tmp_path):
    (tmp_path / "README.md").write_text("Mine.")
    for _ in range(2):
        assert exports.export([TaskData("topic")], ["test"], ["en"], tmp_path)[-1] == tmp_path / "DATA_CARD.md"
    assert (tmp_path / "README.md").read_text() == "Mine." and "cc-by-4.0" in (tmp_path / "DATA_CARD.md").read_text()
    (tmp_path / "DATA_CARD.md").write_text("Mine too.")
    with pytest.raises(InputError, match="README.md and a DATA_CARD.md that the export did not write"):
        exports.export([TaskData("pos")], ["test"], ["en"], tmp_path)
    assert not (tmp_path / "pos").exists()


def test_a_failed_export_leaves_nothing(tmp_path):
    (tmp_path / "mine").mkdir()
    write = (tmp_path / "mine" / "test.de.tsv").write_text
    out = tmp_path / "a" / "b"
    for content, splits, says in (
        ("premise\thypothesis\tlabel\nA cat.\tA dog.\tmaybe\n", ["test"], "the label 'maybe'"),
        ("premise\thypothesis\tlabel\nA cat.\tA dog.\tneutral\n", ["train"], "has no train split of nli in any language"),
    ):
        write(content)
        with pytest.raises(InputError, match=says):
            exports.export([TaskData(source=f"folder:{tmp_path / 'mine'}")], splits, [], out)
        assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    (tmp_path / "mine" / "test.de.tsv").unlink()
    (tmp_path / "mine" / "test.en.jsonl").write_text(json.dumps({"premise": "\ud800", "hypothesis": "b"}))
    with pytest.raises(InputError, match="failed: 'utf-8' codec can't encode"):
        exports.export([TaskData(source=f"folder:{tmp_path / 'mine'}")], ["test"], [], out)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_an_export_that_fails_later_leaves_what_it_wrote_and_a_card_of_it(tmp_path):
    (tmp_path / "mine").mkdir()
    for code, label in (("de", "neutral"), ("sw", "maybe")):
        (tmp_path / "mine" / f"test.{code}.tsv").write_text(f"premise\thypothesis\tlabel\nA cat.\tA dog.\t{label}\n")
    with pytest.raises(InputError, match="the label 'maybe'"):
        exports.export([TaskData(source=f"folder:{tmp_path / 'mine'}")], ["test"], [], tmp_path / "out")
    assert sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")) == [
        "README.md", "nli/test.de.parquet", "nli/test.de.tsv",
    ]  # fmt: skip
    assert f"| test | 1 | folder:{tmp_path / 'mine'} | de |" in (tmp_path / "out" / "README.md").read_text()


def test_the_card_of_an_earlier_release_is_replaced_and_its_files_are_listed(tmp_path):
    exports.export([TaskData("pos")], ["dev"], ["sw"], tmp_path)
    path = tmp_path / "pos" / "dev.sw.parquet"
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    (tmp_path / "mine").mkdir()
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "mine" / "dev.sw.parquet")
    (tmp_path / "README.md").write_text("---\n---\n\nTasks in this folder: pos. Every split is there twice: as Parquet, and in the published format.\n")
    assert exports.export([TaskData("topic")], ["test"], ["en"], tmp_path)[-1] == tmp_path / "README.md"
    card = (tmp_path / "README.md").read_text()
    assert "| dev | 600 | an unknown source | sw |" in card and "| test | 600 | miniature | en |" in card and "license: other" in card
    assert "## mine" not in card


def test_examples_without_labels_are_written_so_that_they_can_be_read(tmp_path):
    rows = {"qa": {"text": "A cat.", "text_pair": "Who?"}, "similarity": {"text": "A cat.", "text_pair": "A dog."}}
    for task, row in rows.items():
        (tmp_path / task).mkdir()
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / task / "test.en.parquet")
        exports.export([TaskData(task, f"folder:{tmp_path / task}")], ["test"], [], tmp_path / "out")
        (tmp_path / "out" / task / "test.en.parquet").unlink()
        found = data.examples(TaskData(task, f"folder:{tmp_path / 'out' / task}"), "en", "test")
        assert [(e.text, e.text_pair, e.label, e.answer) for e in found] == [(row["text"], row["text_pair"], None, None)]


def test_texts_that_do_not_fit_a_line_and_missing_labels(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test.en.jsonl").write_text(json.dumps({"sentence1": "a\tb\n", "sentence2": "c\u2028d"}))
    source = TaskData("paraphrase", source=f"folder:{tmp_path / 'mine'}")
    exports.export([source], ["test"], [], tmp_path / "out")
    assert (tmp_path / "out" / "paraphrase" / "test.en.tsv").read_text() == "id\tsentence1\tsentence2\tlabel\n1\ta b \tc\u2028d\t\n"
    again = TaskData("paraphrase", source=f"folder:{tmp_path / 'out' / 'paraphrase'}")
    assert data.examples(again, "en", "test") == data.examples(source, "en", "test")
    (tmp_path / "out" / "paraphrase" / "test.en.parquet").unlink()
    assert [(e.text_pair, e.label) for e in data.examples(again, "en", "test")] == [("c\u2028d", None)]


def test_retrieval_is_written_as_tatoeba_is(tmp_path):
    exports.export([TaskData("retrieval")], ["dev", "test"], ["en", "zh", "sw"], tmp_path)
    names = {p.name for p in (tmp_path / "retrieval").iterdir() if p.suffix != ".parquet"}
    assert names == {f"tatoeba.{code}-eng{part}.{end}" for code in ("cmn", "swh") for part in ("", ".dev") for end in (code, "eng")}
    examples = data.examples(TaskData("retrieval"), "zh", "test")
    assert (tmp_path / "retrieval" / "tatoeba.cmn-eng.cmn").read_text().splitlines() == [e.text for e in examples]
    assert (tmp_path / "retrieval" / "tatoeba.cmn-eng.eng").read_text().splitlines() == [e.text_pair for e in examples]


def test_choices_are_numbered_as_in_xcopa(tmp_path):
    exports.export([TaskData("choice")], ["test"], ["sw"], tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "choice" / "test.sw.jsonl").read_text().splitlines()]
    assert [row["idx"] for row in rows] == list(range(600)) and {row["changed"] for row in rows} == {False}
    assert list(rows[0]) == ["premise", "choice1", "choice2", "question", "label", "idx", "changed"]


def test_answers_are_written_as_in_lareqa(tmp_path):
    exports.export([TaskData("answers")], ["test"], ["de"], tmp_path)
    paragraph = json.loads((tmp_path / "answers" / "test.de.json").read_text())["data"][0]["paragraphs"][0]
    first = data.examples(TaskData("answers"), "de", "test", 1)[0]
    assert paragraph == {
        "context": first.text_pair, "sentence_breaks": [[0, len(first.text_pair)]],
        "qas": [{"id": first.id, "question": first.text, "answers": [{"text": first.text_pair, "answer_start": 0}]}],
    }  # fmt: skip


@pytest.mark.parametrize("task", ["retrieval", "qa"])
def test_alignments_are_exported(tmp_path, task):
    exports.export([TaskData(task)], ["test"], ["en", "de"], tmp_path, aligned="en")
    assert [p.name for p in (tmp_path / "alignments" / task).iterdir()] == ["test.de-en.tsv"]
    with (tmp_path / "alignments" / task / "test.de-en.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len({row["id"] for row in rows}) == 600
    for row in (rows[0], rows[-1]):
        said, english = data.miniature.parallel_sentences(task, "test", row["id"], "de", "en")[int(row["sentence"])]
        assert (row["words"].split(" "), row["words_en"].split(" ")) == ([s.text for s in said.spans], [s.text for s in english.spans])
        assert [tuple(map(int, pair.split("-"))) for pair in row["alignment"].split(" ")] == align(said, english)
    assert "Pharaoh" in (tmp_path / "README.md").read_text()
    assert data.languages(TaskData(task, source=f"folder:{tmp_path / task}")) == ["en", "de"], "they lie apart from what the loader reads"
    with pytest.raises(InputError, match="miniature alone"):
        exports.export([TaskData(task, source=f"folder:{tmp_path / task}")], ["test"], [], tmp_path / "again", aligned="en")


def test_alignments_are_exported_with_any_language(tmp_path):
    exports.export([TaskData("pos")], ["test"], ["th", "tr"], tmp_path, aligned="tr")
    lines = (tmp_path / "alignments" / "pos" / "test.th-tr.tsv").read_text(encoding="utf-8").splitlines()
    assert [p.name for p in (tmp_path / "alignments" / "pos").iterdir()] == ["test.th-tr.tsv"] and lines[0] == "id\tsentence\twords\twords_tr\talignment"
    id, sentence, words, turkish, pairs = lines[1].split("\t")
    sides = data.miniature.parallel_sentences("pos", "test", id, "th", "tr")[int(sentence)]
    assert [words.split(" "), turkish.split(" ")] == [[span.text for span in side.spans] for side in sides]
    assert [tuple(map(int, pair.split("-"))) for pair in pairs.split()] == align(*sides) != []
    with pytest.raises(InputError, match="Unknown language of the miniature to align with 'xx'"):
        exports.export([TaskData("pos")], ["test"], ["th"], tmp_path / "again", aligned="xx")


@pytest.mark.parametrize("task", ["retrieval", "qa"])
@pytest.mark.parametrize("language", data.languages(TaskData())[1:])
def test_spaces_divide_the_words_of_alignments_in_every_language(task, language):
    lines = exports.alignments(data.examples(TaskData(task), language, "test", 30)).splitlines()[1:]
    assert len(lines) >= 30
    for line in lines:
        id, sentence, words, english, pairs = line.split("\t")
        sides = data.miniature.parallel_sentences(task, "test", id, language, "en")[int(sentence)]
        assert [words.split(" "), english.split(" ")] == [[span.text for span in side.spans] for side in sides]
        assert [tuple(map(int, pair.split("-"))) for pair in pairs.split()] == align(*sides)


BAD = [
    ("pos", "test-en.tsv", "The\tDET\ndog\tNOUNS\n", r"test-en.tsv:2: expected a word, a tab and one of ADJ"),
    ("pos", "test-en.tsv", "The DET\n", "test-en.tsv:1: expected a word, a tab"),
    ("ner", "test-en.tsv", "Paris\tB-CITY\n", "test-en.tsv:1: expected a word, a tab and one of B-LOC"),
    ("qa", "test.en.json", "{", "test.en.json"),
    ("qa", "test.en.json", "[]", "expected a JSON object, got list"),
    ("qa", "test.en.json", '{"data": 3}', "expected a list called data"),
    ("qa", "test.en.json", json.dumps({"data": [{"paragraphs": [{"context": "A cat.", "qas": [
        {"id": "q", "question": "Who?", "answers": [{"text": "dog", "answer_start": 2}]}]}]}]}), "'dog' of question q does not stand at character 2"),
    *[("qa", "test.en.json", json.dumps({"data": [{"paragraphs": [{"context": "A cat.", "qas": [{"id": "q", "question": "Who?", "answers": answers}]}]}]}),
       "expected answers with a text and a whole number called answer_start, as in SQuAD's files, in question q")
      for answers in (None, {}, 3, ["cat"], [{}], [{"text": "cat", "answer_start": "two"}], [{"text": 3, "answer_start": 2}], {"text": "cat"}, {"text": ["cat"]})],
    ("qa", "test.en.json", '{"data": ["x"]}', "a list called data that holds objects"),
    ("qa", "test.en.json", '{"data": [{"paragraphs": ["x"]}]}', "a list called paragraphs that holds objects"),
    ("qa", "test.en.json", '{"data": [{"paragraphs": [{"context": "A cat.", "qas": ["x"]}]}]}', "a list called qas that holds objects"),
    ("qa", "test.en.json", '{"data": [{"paragraphs": [{"context": 3, "qas": []}]}]}', "expected a text called context"),
    ("qa", "test.en.json", "[" * 100_000, "nested too deeply"),
    ("qa", "test.en.json", '{"data": %s}' % ("9" * 5000), "cannot be read as qa data"),
    ("answers", "test.en.json", json.dumps({"data": [{"paragraphs": [{"context": "A cat.", "qas": [
        {"id": "q", "question": "Who?", "answers": [{"text": "cat", "answer_start": 2}]}]}]}]}), "expected sentence_breaks"),
    ("nli", "test.en.jsonl", "[" * 100_000, "nested too deeply"),
    ("nli", "test.en.tsv", "A cat.\tA dog.\tneutral\nA cat.\tneutral\n", "test.en.tsv, row 2: expected two texts and a label separated by tabs"),
    ("pos", "test-en.conllu", "1\tThe\tDET\n", "test-en.conllu:1: expected the ten columns of CoNLL-U"),
    ("pos", "test-en.conllu", "# text\n" + "1\tThe\tthe\tDT" + 6 * "\t_" + "\n", "test-en.conllu:2: expected a word, a tab and one of ADJ"),
    ("retrieval", "tatoeba.deu-eng.deu", "Eine Katze.\n", "tatoeba.deu-eng.deu has no tatoeba.deu-eng.eng beside it"),
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


@pytest.mark.parametrize(
    ("task", "columns", "says"),
    [
        ("pos", {"words": "a b", "tags": ["X"]}, "the column words does not hold what pos data need"), ("pos", {"words": ["a"], "tags": []}, "the column tags"),
        ("ner", {"words": [1], "tags": ["O"]}, "the column words"), ("ner", {"words": 1.5, "tags": ["O"]}, "the column words"),
        ("choice", {"choices": ["a"]}, "the column choices"), ("retrieval", {"text_pair": None}, "text_pair"),
        ("qa", {"text_pair": "Who?", "answer_start": "2", "answer_end": "3"}, "the column answer_start"), ("qa", {"context": "A cat."}, "the column text_pair"),
    ],
)  # fmt: skip
def test_a_parquet_file_of_other_columns_is_said(tmp_path, task, columns, says):
    pq.write_table(pa.Table.from_pylist([{"text": "a"} | columns]), tmp_path / "test.en.parquet")
    with pytest.raises(InputError, match=f"test.en.parquet, row 1: .*{says}"):
        data.examples(TaskData(task, source=f"folder:{tmp_path}"), "en", "test")


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


def test_tatoeba_is_read_line_by_line(tmp_path):
    for code, line in {"cmn": "一只猫。", "swh": "Paka."}.items():
        (tmp_path / f"tatoeba.{code}-eng.{code}").write_text(f"{line}\n{line}\u2028\n")
        (tmp_path / f"tatoeba.{code}-eng.eng").write_text("A cat.\nTwo\x85.\n")
    source = TaskData("retrieval", source=f"folder:{tmp_path}")
    assert data.languages(source) == ["sw", "zh"] and data.splits(source, "zh") == ["test"]
    found = data.examples(source, "zh", "test")
    assert [(e.id, e.text, e.text_pair, e.language_pair) for e in found] == [("0", "一只猫。", "A cat.", "en"), ("1", "一只猫。\u2028", "Two\x85.", "en")]
    one = TaskData("retrieval", source=f"folder:{tmp_path / 'tatoeba.swh-eng.swh'}")
    assert [e.text for e in data.examples(one, "sw", "test")] == ["Paka.", "Paka.\u2028"]
    (tmp_path / "tatoeba.swh-eng.eng").write_text("A cat.\n")
    with pytest.raises(InputError, match="of 2 and 1 lines, do not translate each other"):
        data.examples(source, "sw", "test")


@pytest.mark.parametrize(("prefix", "part", "split"), [("bucc2018.", "dev", "dev"), ("", "sample", "dev"), ("", "training", "train")])
def test_bucc_is_read_by_its_pairs_of_ids(tmp_path, prefix, part, split):
    name = f"{prefix}de-en.{part}"
    (tmp_path / f"{name}.de").write_text("de-1\tEin Hund.\nde-2\tEine Katze.\nde-3\tEin Fisch.\n")
    (tmp_path / f"{name}.en").write_text("en-1\tA cat.\nen-2\tA dog.\n")
    source = TaskData("retrieval", source=f"folder:{tmp_path}")
    with pytest.raises(InputError, match="need their .gold file beside them"):
        data.examples(source, "de", split)
    (tmp_path / f"{name}.gold").write_text("de-1\ten-2\nde-2\ten-1\n")
    assert data.languages(source) == ["de"] and data.splits(source, "de") == [split]
    assert [(e.id, e.text, e.text_pair) for e in data.examples(source, "de", split)] == [("de-1", "Ein Hund.", "A dog."), ("de-2", "Eine Katze.", "A cat.")]
    (tmp_path / f"{name}.gold").write_text("de-1\ten-9\n")
    with pytest.raises(InputError, match=r"The .gold file of .*de, line 1: expected the ids of two sentences"):
        data.examples(source, "de", split)


def test_lines_of_an_id_and_two_texts_are_still_read(tmp_path):
    (tmp_path / "test.sw.tsv").write_text("a\tPaka.\tA cat.\n")
    for task, other in (("retrieval", "en"), ("answers", "sw")):
        found = data.examples(TaskData(task, source=f"folder:{tmp_path}"), "sw", "test")
        assert [(e.id, e.text, e.text_pair, e.language_pair) for e in found] == [("a", "Paka.", "A cat.", other)]


@pytest.mark.parametrize(
    ("task", "content", "label"),
    [("nli", 'He said "no".\tHe spoke.\tentailment\n', "entailment"), ("paraphrase", 'He said "no".\tHe spoke.\t1\n', "paraphrase"),
     ("nli", '"He said ""no""."\tHe spoke.\tentailment\n', "entailment")],
)  # fmt: skip
def test_xtremes_files_without_a_header_are_read(tmp_path, task, content, label):
    (tmp_path / "dev-sw.tsv").write_text(content * 2)
    found = data.examples(TaskData(task, source=f"folder:{tmp_path}"), "sw", "dev")
    assert [(e.id, e.text, e.text_pair, e.label) for e in found] == [(str(n), 'He said "no".', "He spoke.", label) for n in (1, 2)]


@pytest.mark.parametrize("name", ["de_gsd-ud-dev.conllu", "dev-de.conllu", "de/dev.conllu"])
def test_treebanks_are_read_as_they_are(tmp_path, name):
    rows = [("1", "Er", "PRON"), ("2-3", "am", "_"), ("2", "an", "ADP"), ("3", "dem", "DET"), ("3.1", "war", "AUX"), ("4", ".", "PUNCT")]
    lines = ["# text = Er am .", *("\t".join([n, word, "_", tag, *6 * "_"]) for n, word, tag in rows), "", "\t".join(["1", "Ja", "_", "INTJ", *6 * "_"]), ""]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines))
    found = data.examples(TaskData("pos", source=f"folder:{tmp_path}"), "de", "dev")
    assert [(e.id, e.words, e.tags) for e in found] == [("0", ("Er", "an", "dem", "."), ("PRON", "ADP", "DET", "PUNCT")), ("1", ("Ja",), ("INTJ",))]


def test_xtremes_tsv_is_read_before_treebanks(tmp_path):
    for name in ("de_gsd-ud-test.conllu", "de_hdt-ud-test.conllu"):
        (tmp_path / name).write_text("\t".join(["1", "Ja", "_", "INTJ", *6 * "_"]) + "\n")
    source = TaskData("pos", source=f"folder:{tmp_path}")
    with pytest.raises(InputError, match="de_gsd-ud-test.conllu and de_hdt-ud-test.conllu are the same split and language"):
        data.examples(source, "de", "test")
    (tmp_path / "test-de.tsv").write_text("Nein\tINTJ\n")
    assert [e.words for e in data.examples(source, "de", "test")] == [("Nein",)]
    exports.export([TaskData("pos")], ["test"], ["de"], tmp_path / "out")
    (tmp_path / "out" / "pos" / "test.de.parquet").rename(tmp_path / "test.de.parquet")
    assert len(data.examples(source, "de", "test")) == 600


@pytest.mark.parametrize("answers", [[], {"text": [], "answer_start": []}])
def test_a_question_without_answers_has_no_label(tmp_path, answers):
    paragraph = {"context": "A cat.", "sentence_breaks": [[0, 6]], "qas": [{"id": "q", "question": "Who?", "answers": answers}]}
    (tmp_path / "xquad.de.json").write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    found = data.examples(TaskData("qa", source=f"folder:{tmp_path}"), "de", "test")
    assert [(e.text, e.text_pair, e.label, e.answer) for e in found] == [("A cat.", "Who?", None, None)]
    with pytest.raises(InputError, match="no examples"):
        data.examples(TaskData("answers", source=f"folder:{tmp_path}"), "de", "test")


@pytest.mark.parametrize("answers", [[{"text": "cat", "answer_start": 2}], {"text": ["cat", "A cat"], "answer_start": [2, 0]}])
def test_answers_are_read_as_squad_and_as_the_hub_have_them(tmp_path, answers):
    paragraph = {"context": "A cat.", "qas": [{"id": "q", "question": "Who?", "answers": answers}]}
    (tmp_path / "xquad.de.json").write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    found = data.examples(TaskData("qa", source=f"folder:{tmp_path}"), "de", "test")
    assert [(e.text, e.text_pair, e.label, e.answer) for e in found] == [("A cat.", "Who?", "cat", (2, 5))]


def test_a_published_file_without_a_language_in_its_name_is_english(tmp_path):
    paragraph = {"context": '"' + "A cat. " * 30_000, "qas": [{"id": "q", "question": "Who?", "answers": [{"text": "cat", "answer_start": 3}]}]}
    (tmp_path / "dev-v1.1.json").write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    source = TaskData("qa", source=f"folder:{tmp_path}")
    assert data.languages(source) == ["en"] and [e.label for e in data.examples(source, "en", "dev")] == ["cat"]


def test_lareqa_gives_the_sentence_of_the_answer(tmp_path):
    qas = [{"id": f"q{n}", "question": "Who?", "answers": [{"text": "x", "answer_start": n}]} for n in (2, 9, 99)]
    paragraph = {"context": "A cat. A dog.", "sentence_breaks": [[0, 6], [7, 13]], "qas": qas}
    (tmp_path / "de.json").write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    found = data.examples(TaskData("answers", source=f"folder:{tmp_path}"), "de", "test")
    assert [(e.id, e.text, e.text_pair) for e in found] == [("q2", "Who?", "A cat."), ("q9", "Who?", "A dog.")], "the third lies in no sentence"


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
    assert done == {"folder": str(tmp_path), "files": len([p for p in tmp_path.rglob("*") if p.is_file()]), "card": "README.md"}


@pytest.mark.parametrize("task", tasks.TASKS)
def test_what_is_exported_can_be_listed_and_shown(tmp_path, capsys, task):
    answer(capsys, "data", "export", "--task", task, "--languages", "en,sw", "--split", "test", "--to", str(tmp_path))
    source = ["--source", f"folder:{tmp_path / task}", "--task", task]
    listed, _ = answer(capsys, "data", "list", *source)
    assert [(row["split"], row["items"], row["languages"]) for row in listed] == [("test", 600, "en sw")]
    own, _ = answer(capsys, "data", "show", "--task", task, "--languages", "sw")
    assert answer(capsys, "data", "show", *source, "--languages", "sw")[0] == own


def test_export_takes_every_split_unless_one_is_asked_for(tmp_path, capsys):
    for more, splits in (([], {"train", "dev", "test"}), (["--split", "all"], {"train", "dev", "test"}), (["--split", "dev"], {"dev"})):
        to = tmp_path / "".join(more).strip("-")
        answer(capsys, "data", "export", "--task", "topic", "--languages", "en", "--to", str(to), *more)
        assert {p.name.split(".")[0] for p in (to / "topic").iterdir()} == splits
    shown, _ = answer(capsys, "data", "show", "--task", "topic", "--languages", "sw,en", "--split", "all", "--limit", "1")
    assert [(row["language"], row["split"]) for row in shown] == [("sw", "dev"), ("sw", "test"), ("en", "train"), ("en", "dev"), ("en", "test")]
    assert {row["split"] for row in answer(capsys, "data", "show", "--task", "topic")[0]} == {"test"}
    mine = ["data", "show", "--task", "topic", "--source", f"folder:{tmp_path / 'splitdev' / 'topic'}", "--split", "all", "--languages", "xx"]
    assert "Unknown language" in refusal(capsys, mine)
    assert "Unknown language" in refusal(capsys, ["data", "show", "--task", "topic", "--split", "all", "--languages", "xx"])


def test_the_card_is_put_beside_a_readme(tmp_path, capsys):
    (tmp_path / "README.md").write_text("Mine.")
    assert answer(capsys, "data", "export", "--task", "topic", "--languages", "en", "--to", str(tmp_path))[0]["card"] == "DATA_CARD.md"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["burn"], "'burn'"), (["show"], "takes one --task"), (["show", "--task", "pso"], "Did you mean pos"), (["list", "--source", "minature"], "Did you mean miniature"),
        (["list", "--source", "folder:x"], "Name the task of folder:x"), (["list", "--source", "folder"], "needs a path after a colon"),
        (["list", "--source", "miniature:foo"], "takes nothing after its name, got 'miniature:foo'"), (["list", "--source", "miniature:", "--task", "nli"], "takes nothing"),
        (["show", "--task", "nli", "--source", "folder:a\x00b"], "no folder or file"), (["show", "--task", "nli", "--source", f"folder:{'x' * 5000}"], "no folder or file"),
        (["export", "--task", "pos", "--to", "a\x00b"], "failed"), (["export", "--task", "retrieval", "--split", "train", "--to", "X"], "no train split of retrieval"),
        (["export", "--source", "folder:tests", "--task", "nli", "--to", "X", "--align"], "miniature alone"),
        (["show", "--task", "pos", "--source", "minature"], "Did you mean miniature"), (["show", "--task", "pos", "--languages", "xx"], "xx"),
        (["show", "--task", "retrieval", "--split", "train"], "train"), (["export", "--task", "pos"], "needs --to DIR"),
        (["export", "--task", "pos", "--to", "X", "--languages", "../en"], "../en"), (["export", "--task", "pos", "--to", "/proc/nowhere"], "failed"),
        (["show", "--task", "pos", "--limit", "-1"], "between"), (["show", "--task", "nli", "--source", "folder:/no/such"], "no folder or file"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(capsys, arguments, says):
    assert says in refusal(capsys, ["data", *arguments])
