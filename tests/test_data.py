"""Sources of examples: four file formats that agree, refusals that name file and row, and the miniature."""

import csv
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import data, tasks
from engine.config import TaskData
from engine.errors import InputError
from engine.results import Example

ROWS = [
    {"id": "a", "premise": 'He said "no".', "hypothesis": "He spoke.", "label": "entailment"},
    {"id": "b", "premise": 'The "cat', "hypothesis": "Paka, 'na mbwa'", "label": "neutral"},
    {"id": "c", "premise": "猫在花园里。", "hypothesis": "\u200fالقطة نائمة", "label": "contradiction"},
]
WANTED = [
    Example(r["id"], "nli", "sw", r["premise"], r["hypothesis"], "sw", r["label"], "test")
    for r in ROWS
]


def write_tsv(path, rows):
    lines = ["\t".join(rows[0]), *("\t".join(r.values()) for r in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")


def write_parquet(path, rows):
    pq.write_table(pa.Table.from_pylist(rows), path)


WRITERS = {"tsv": write_tsv, "csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet}


def source(folder, task="nli", **more):
    return TaskData(task, f"folder:{folder}", **more)


def refused(wanted, language="sw", split="test"):
    with pytest.raises(InputError) as error:
        data.examples(wanted, language, split)
    return str(error.value)


# ---- Files


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_same_examples(tmp_path, suffix):
    WRITERS[suffix](tmp_path / f"test.sw.{suffix}", ROWS)
    assert data.examples(source(tmp_path), "sw", "test") == WANTED


def test_quotes_of_a_tsv_are_text_and_those_of_a_csv_are_not(tmp_path):
    (tmp_path / "test.sw.tsv").write_text('premise\thypothesis\tlabel\n"a\tb"\tneutral\n', encoding="utf-8")
    (tmp_path / "dev.sw.csv").write_text('premise,hypothesis,label\n"a,1","b ""c"""\n', encoding="utf-8")
    first, second = (data.examples(source(tmp_path), "sw", split)[0] for split in ("test", "dev"))
    assert (first.text, first.text_pair) == ('"a', 'b"')
    assert (second.text, second.text_pair, second.label) == ("a,1", 'b "c"', None)


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path):
    (tmp_path / "test.sw.tsv").write_bytes("\ufeffpremise\thypothesis\tlabel\na\tb\tneutral\n".encode())
    assert data.examples(source(tmp_path), "sw", "test")[0].text == "a"


@pytest.mark.parametrize("name", ["test.sw.tsv", "test-sw.tsv", "xnli.test.sw.tsv", "test_sw.tsv"])
def test_names_say_split_and_language(tmp_path, name):
    write_tsv(tmp_path / name, ROWS)
    assert data.languages(source(tmp_path)) == ["sw"]
    assert data.examples(source(tmp_path), "sw", "test") == WANTED


def test_a_numbered_piece_of_the_hub_is_read_as_its_split(tmp_path):
    write_parquet(tmp_path / "validation-00000-of-00001.parquet", ROWS)
    found = data.examples(source(tmp_path), "en", "dev")
    assert [e.text for e in found] == [r["premise"] for r in ROWS]
    write_parquet(tmp_path / "validation-00001-of-00002.parquet", ROWS)
    assert "validation-00000-of-00001.parquet and validation-00001-of-00002.parquet are the same split and language" in refused(source(tmp_path), "en", "dev")


def test_of_a_parquet_file_and_another_of_the_same_split_the_parquet_file_is_read(tmp_path):
    write_tsv(tmp_path / "test-sw.tsv", ROWS[:1])
    write_parquet(tmp_path / "test.sw.parquet", ROWS)
    assert data.examples(source(tmp_path), "sw", "test") == WANTED
    (tmp_path / "more").mkdir()
    write_csv(tmp_path / "more" / "test.sw.csv", ROWS)
    (tmp_path / "test.sw.parquet").unlink()
    assert refused(source(tmp_path)) == "more/test.sw.csv and test-sw.tsv are the same split and language; keep one, or join them into one file."


def test_the_parquet_file_comes_first_wherever_its_name_stands(tmp_path):
    for name in ("test-sw.tsv", "a.test.sw.csv", "z.test.sw.jsonl"):
        (tmp_path / name).write_text("not read")
    write_parquet(tmp_path / "test.sw.parquet", ROWS)
    assert data.examples(source(tmp_path), "sw", "test") == WANTED
    write_parquet(tmp_path / "test-sw.parquet", ROWS)
    assert refused(source(tmp_path)).startswith("test-sw.parquet and test.sw.parquet are the same split and language;")


def test_a_treebank_belongs_to_tags_alone(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", ROWS)
    (tmp_path / "test.sw.conllu").write_text("not read")
    assert data.examples(source(tmp_path), "sw", "test") == WANTED


@pytest.mark.parametrize("name", ["sample_test.sw.tsv", "training-test-sw.tsv"])
def test_names_of_bucc_say_no_split_of_other_files(tmp_path, name):
    write_tsv(tmp_path / name, ROWS)
    assert data.splits(source(tmp_path), "sw") == ["test"]


def test_a_source_forgets_what_it_read(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", ROWS)
    first, again = (data.examples(source(tmp_path), "sw", "test") for _ in range(2))
    data.forget(source(tmp_path))
    assert data.folder._rows.cache_info().currsize == 0 and data.examples(source(tmp_path), "sw", "test") == first == again


def test_a_link_to_nothing_is_no_file(tmp_path):
    (tmp_path / "test.sw.tsv").symlink_to(tmp_path / "gone.tsv")
    assert "holds no file named after a split" in refused(source(tmp_path))


def test_a_language_column_divides_a_file(tmp_path):
    languages = ("sw", "en", "zh")
    write_jsonl(tmp_path / "test.jsonl", [r | {"language": code} for r, code in zip(ROWS, languages, strict=True)])
    assert data.languages(source(tmp_path)) == ["en", "sw", "zh"]
    for row, code in zip(ROWS, languages, strict=True):
        found = data.examples(source(tmp_path), code, "test")
        assert [(e.id, e.language, e.text) for e in found] == [(row["id"], code, row["premise"])]


def test_one_file_is_a_source_too(tmp_path):
    write_tsv(tmp_path / "mine.tsv", ROWS)
    assert [e.text for e in data.examples(source(tmp_path / "mine.tsv"), "en", "test")] == [r["premise"] for r in ROWS]


def test_rows_without_an_id_are_numbered(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", [{k: v for k, v in r.items() if k != "id"} for r in ROWS])
    assert [e.id for e in data.examples(source(tmp_path), "sw", "test")] == ["1", "2", "3"]


def test_an_edited_file_is_read_anew(tmp_path):
    path = tmp_path / "test.sw.tsv"
    write_tsv(path, ROWS)
    assert len(data.examples(source(tmp_path), "sw", "test")) == 3
    write_tsv(path, ROWS[:1])
    os.utime(path, ns=(1, 2))
    assert len(data.examples(source(tmp_path), "sw", "test")) == 1


def test_test_falls_back_to_dev_and_train_does_not(tmp_path):
    write_tsv(tmp_path / "heldout.sw.tsv", ROWS)
    assert data.split_for(source(tmp_path), "sw", "test") == "dev"
    assert [e.split for e in data.examples(source(tmp_path), "sw", "test")] == ["dev"] * 3
    assert f"folder:{tmp_path} has no train split in sw; it has dev." == refused(source(tmp_path), split="train")


def test_the_smaller_limit_counts(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", ROWS)
    counts = [len(data.examples(source(tmp_path, limit=a), "sw", "test", b)) for a, b in ((0, 0), (2, 0), (0, 1), (2, 1), (1, 2), (9, 9))]
    assert counts == [3, 2, 1, 1, 1, 3]


def test_a_limit_spreads_over_training_data_and_takes_the_first_of_others(tmp_path):
    rows = [ROWS[0] | {"id": str(i)} for i in range(10)]
    for split in ("train", "test"):
        write_tsv(tmp_path / f"{split}.sw.tsv", rows)
    ids = {split: [e.id for e in data.examples(source(tmp_path, limit=4), "sw", split)] for split in ("train", "test")}
    assert ids == {"train": ["0", "2", "5", "7"], "test": ["0", "1", "2", "3"]}


# ---- Labels and columns


def test_labels_are_read_whatever_their_case_and_refused_by_row(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", [ROWS[0] | {"label": "Entailment "}, ROWS[1] | {"label": "maybe"}])
    assert refused(source(tmp_path)) == "test.sw.tsv, row 2: the label 'maybe' is none of entailment, neutral, contradiction."


def test_numeric_labels_are_refused_for_nli_and_known_for_paraphrase(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", [r | {"label": str(i % 2)} for i, r in enumerate(ROWS)])
    assert "numeric labels need names, since data sets number them differently" in refused(source(tmp_path))
    found = data.examples(source(tmp_path, "paraphrase"), "sw", "test")
    assert [e.label for e in found] == ["different", "paraphrase", "different"]
    write_tsv(tmp_path / "dev.sw.tsv", [ROWS[0] | {"label": "2"}])
    assert "dev.sw.tsv, row 1: the label '2' is none of different, paraphrase" in refused(source(tmp_path, "paraphrase"), split="dev")


def test_texts_without_labels_are_kept_without(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", [{k: v for k, v in r.items() if k != "label"} for r in ROWS])
    assert [e.label for e in data.examples(source(tmp_path), "sw", "test")] == [None] * 3


def test_paws_rows_without_a_sentence_are_dropped(tmp_path):
    rows = [{"id": str(i), "sentence1": "a", "sentence2": "NS" if i == 1 else "b", "label": "0", "ns": str(int(i == 1))} for i in range(3)]
    write_tsv(tmp_path / "test.de.tsv", rows)
    assert [e.id for e in data.examples(source(tmp_path, "paraphrase"), "de", "test")] == ["0", "2"]


def test_a_missing_column_is_named_with_file_and_row(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", [{"premise": "a", "conclusion": "b"}])
    wanted = "test.sw.tsv, row 1: no column hypothesis or sentence2 or text_pair; the columns are premise, conclusion."
    assert refused(source(tmp_path)) == wanted
    (tmp_path / "dev.sw.tsv").write_text("premise\thypothesis\tlabel\na\tb\tneutral\nonly one\n", encoding="utf-8")
    assert refused(source(tmp_path), split="dev").startswith("dev.sw.tsv, row 2: no column hypothesis")


def test_model_and_data_must_share_their_labels():
    tasks.check_labels("nli", ("contradiction", "entailment", "neutral"), "m", {"neutral", "entailment"})
    with pytest.raises(InputError) as error:
        tasks.check_labels("nli", ("different", "paraphrase"), "m", {"neutral", "entailment"})
    assert "(different, paraphrase) do not cover the labels of the nli data (entailment, neutral): entailment, neutral is unknown" in str(error.value)


# ---- What cannot be read


def test_unknown_names_get_a_sentence(tmp_path):
    write_tsv(tmp_path / "test.sw.tsv", ROWS)
    assert refused(source(tmp_path), "swa").startswith(f"Unknown language of folder:{tmp_path} 'swa'. Did you mean sw?")
    assert refused(source(tmp_path), split="trian") == f"folder:{tmp_path} has no trian split in sw; it has test."
    assert refused(TaskData("nli", "miniatur")).startswith("Unknown data source 'miniatur'. Did you mean miniature?")
    assert refused(TaskData("nli", "miniature:foo")) == "The source miniature takes nothing after its name, got 'miniature:foo'; write miniature."
    assert refused(TaskData("nli", "folder:")) == "The source folder needs a path after a colon, for example folder:..."
    assert refused(TaskData("nli", "folder:/no/such")).startswith("There is no folder or file /no/such;")
    assert "neither one of xnli, pawsx nor of the form namespace/name" in refused(TaskData("nli", "hub:xnl"))
    assert refused(TaskData("nli", "hub:pawsx")) == "hub:pawsx is paraphrase data, not nli."


def test_a_folder_without_splits_is_said(tmp_path):
    (tmp_path / "readme.md").write_text("hello")
    (tmp_path / "notes.tsv").write_text("a\tb\n")
    assert refused(source(tmp_path)) == f"{tmp_path} holds no file named after a split (train, dev, test) ending in .tsv, .csv, .jsonl, .json, .parquet."
    assert refused(source(tmp_path, "pos")).endswith("ending in .tsv, .csv, .jsonl, .json, .parquet, .conllu.")


def test_an_empty_file_has_no_examples(tmp_path):
    (tmp_path / "test.sw.tsv").write_text("premise\thypothesis\tlabel\n")
    assert refused(source(tmp_path)) == f"folder:{tmp_path} has no examples in sw (test)."


def test_damaged_files_are_named(tmp_path):
    write_parquet(tmp_path / "test.sw.parquet", ROWS)
    whole = (tmp_path / "test.sw.parquet").read_bytes()
    (tmp_path / "test.sw.parquet").write_bytes(whole[: len(whole) // 2])
    assert refused(source(tmp_path)).startswith("test.sw.parquet cannot be read as parquet: ")
    (tmp_path / "dev.sw.jsonl").write_text('{"premise": "a",\n')
    assert refused(source(tmp_path), split="dev").startswith("dev.sw.jsonl cannot be read as jsonl: ")
    (tmp_path / "train.sw.tsv").write_bytes(b"premise\thypothesis\n\xff\xfe\tb\n")
    assert refused(source(tmp_path), split="train").startswith("train.sw.tsv cannot be read as tsv: ")


def test_a_line_that_is_no_object_is_named(tmp_path):
    (tmp_path / "test.sw.jsonl").write_text(json.dumps(ROWS[0]) + '\n\n["a", "b"]\n')
    assert refused(source(tmp_path)) == "test.sw.jsonl, line 3: expected an object with named columns, got list."


# ---- Fingerprints


def test_a_fingerprint_changes_with_one_character(tmp_path):
    path = tmp_path / "test.sw.tsv"
    found = []
    for count, rows in enumerate((ROWS, [ROWS[0] | {"premise": 'He said "No".'}, *ROWS[1:]], ROWS[::-1], [ROWS[0] | {"label": "neutral"}, *ROWS[1:]], ROWS)):
        write_tsv(path, rows)
        os.utime(path, ns=(count, count))
        found.append(data.fingerprint(source(tmp_path), "sw", "test"))
    assert len(set(found)) == 4 and found[0] == found[-1]
    write_parquet(tmp_path / "dev.sw.parquet", ROWS)
    assert data.fingerprint(source(tmp_path), "sw", "dev") == found[0], "the same examples in another format"


# ---- The miniature


def test_the_miniature_has_600_parallel_test_items_in_every_language():
    task = TaskData()
    languages = data.languages(task)
    assert languages[0] == "en" and len(languages) >= 6
    together = data.parallel(task, "test")
    assert len(together) == 600
    assert all(list(by_language) == languages for by_language in together.values())
    for by_language in together.values():
        assert len({e.label for e in by_language.values()}) == 1
        assert len({e.text for e in by_language.values()}) == len(languages)
    assert data.parallel(task, "test", 2, ("en", "sw")).keys() == {"test-00000", "test-00001"}


def test_the_labels_of_the_miniature_are_balanced():
    for split in ("dev", "test"):
        labels = [e.label for e in data.examples(TaskData(), "en", split)]
        assert sorted(labels) == sorted(["entailment", "neutral", "contradiction"] * 200)


def test_the_miniature_trains_on_english_alone():
    assert len(data.examples(TaskData(), "en", "train")) == 20_004
    for language in data.languages(TaskData())[1:]:
        assert refused(TaskData(), language, "train") == f"miniature has no train split in {language}; it has dev, test."


def test_no_pair_of_a_test_is_trained_on():
    train, dev, test = ({(e.text, e.text_pair) for e in data.examples(TaskData(), "en", split)} for split in ("train", "dev", "test"))
    assert not train & dev and not train & test and not dev & test


def test_worked_examples_are_two_of_each_label():
    found = data.miniature.worked_examples("nli", "sw")
    assert sorted(e.label for e in found) == sorted(2 * ["entailment", "neutral", "contradiction"])
    assert {e.language for e in found} == {"sw"}


# ---- Real data, where they are there


def _real():
    folder = os.environ.get("BABELPROOF_DATA")
    if not folder:
        pytest.skip("BABELPROOF_DATA names no folder of real data sets")
    return folder


@pytest.mark.data
def test_xnli_is_parallel_in_fifteen_languages():
    task = TaskData("nli", f"folder:{_real()}/xnli")
    languages = data.hub.KNOWN["xnli"].languages
    assert data.languages(task)[0] == "en" and set(languages) <= set(data.languages(task))
    labels = [e.label for e in data.examples(task, "en", "test")]
    for language in languages:
        assert [e.label for e in data.examples(task, language, "test")] == labels
    assert {labels.count(name) for name in tasks.get("nli").labels} == {len(labels) // 3}


@pytest.mark.data
def test_paws_x_is_read_with_its_numbers():
    task = TaskData("paraphrase", f"folder:{_real()}/pawsx")
    for language in data.hub.KNOWN["pawsx"].languages:
        found = data.examples(task, language, "test")
        assert {e.label for e in found} == {"different", "paraphrase"}
        assert 0.35 < sum(e.label == "paraphrase" for e in found) / len(found) < 0.5
        assert all(e.text.strip() and e.text_pair.strip() for e in found)


@pytest.mark.data
def test_english_inference_data_are_read():
    found = data.examples(TaskData("nli", f"folder:{_real()}/nli_en"), "en", "train")
    assert len(found) > 10_000
    assert {e.label for e in found} == set(tasks.get("nli").labels)
