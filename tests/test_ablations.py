"""The ablations: what every variant leaves out, and that a call goes on where the last one stopped."""

import json
from dataclasses import replace

import pytest
from transformers import XLMRobertaForMaskedLM

from engine.errors import InputError
from tests import ablations, encoders_page
from tests.test_inherited import HEIR

DATA = {"en": ("The doctor came.", "The news is good."), "sw": ("Daktari alikuja.", "Habari ni njema.")}


@pytest.fixture
def data(tmp_path):
    """Two parallel lines, of the Bible and of NTREX, and a dictionary."""
    for name, text in (
        *((f"data/parallel/bible/{code}.x.tsv", f"ref\ttext\n1.1.1\t{verse}\n") for code, (verse, _) in DATA.items()),
        *((f"data/parallel/ntrex/newstest2019-ref.{code}.txt", f"{DATA[code[:2]][1]}\n") for code in ("eng", "swa")),
        ("data/dictionaries/en-sw.txt", "doctor daktari\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "data"


def test_what_is_left_out_goes_to_the_others():
    whole = replace(HEIR, detection=0.2, ranking=0.2, alignment=0.1, distillation=0.4)
    found = {v.name: v.config for v in ablations.variants(whole)}
    assert list(found)[0] == "all" and found["all"] == whole and len(found) == 10
    assert found["all, another seed"] == replace(whole, seed=whole.seed + 1), "what chance alone moves"
    one = found["no ranking"]
    assert (one.ranking, one.detection, one.alignment, one.distillation) == pytest.approx((0, 0.25, 0.125, 0.5))
    one = found["no masked LM"]
    assert one.detection + one.ranking + one.alignment + one.distillation == pytest.approx(1)
    assert not found["no teacher's weights (SVD)"].inherited and found["no Bible"].verses == 0 and found["no dictionaries"].entries == 0
    assert all(config.steps == whole.steps for config in found.values())


def test_variants_begin_alike_and_are_made_once(data, tiny_bert, tmp_path, monkeypatch):
    measured = []

    def row(encoder, *_):
        measured.append(encoder)
        return {"layers": XLMRobertaForMaskedLM.from_pretrained(encoder).config.num_hidden_layers}

    monkeypatch.setattr(ablations, "row", row)
    some = ("no distillation", "no teacher's weights (SVD)")
    out = tmp_path / "out"
    whole = replace(HEIR, scenes=40)
    rows = ablations.measured(whole, data, tiny_bert, out, some)
    first, svd, taught = (out / number for number in ("0", "1", "5"))
    assert [r["variant"] for r in rows] == ["all", "no teacher's weights (SVD)", "no distillation"] and measured == [str(f) for f in (first, svd, taught)]
    starts = [(folder.with_name(folder.name + ".work") / "inherited" / "model.safetensors").read_bytes() for folder in (first, taught)]
    assert starts[0] == starts[1] and not (svd.with_name("1.work") / "inherited").exists()
    assert len({(folder / "tokenizer.json").read_bytes() for folder in (first, svd, taught)}) == 1
    assert json.loads((taught / "pretraining.json").read_text())["distillation"] == 0
    assert ablations.measured(whole, data, tiny_bert, out, some) == rows and len(measured) == 3, "nothing is done twice"
    with pytest.raises(InputError, match="There is no variant no water; the variants are all, no teacher's weights"):
        ablations.measured(whole, data, tiny_bert, out, ("no water",))
    assert ablations.of_encoders([str(first)], data, out) == [{"encoder": str(first), "layers": 1}] and len(measured) == 4
    with pytest.raises(InputError, match="mimi"):
        ablations.of_encoders([str(first), "mimi"], data, out)
    assert ablations.table(rows).splitlines()[0] == "| variant | layers |" and len(ablations.table(rows).splitlines()) == 5


@pytest.mark.parametrize("name", ["sizes", "ablations", "measured"])
def test_the_page_has_one_place_for_each_table(name):
    page = encoders_page.PAGE.read_text(encoding="utf-8")
    assert len(encoders_page.place(name).findall(page)) == 1
    changed = encoders_page.put(page, name, "| a |\n|---|")
    assert changed.count("| a |\n|---|") == 1 and encoders_page.put(changed, name, "") != changed
    with pytest.raises(ValueError, match="has no place for the table nothing"):
        encoders_page.put(page, "nothing", "")


def test_the_finetunings_are_runs_of_this_project(tmp_path):
    found = ablations.finetunings("mini", tmp_path)
    assert {name: config.stages[0].tasks[0].task for name, config in found.items()} == {"inference": "nli", "topics": "topic"}
    assert found["topics"].evaluation.split == "dev" and len(found["topics"].evaluation.languages) == 20
