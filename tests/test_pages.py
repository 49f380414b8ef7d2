"""Every page through AppTest: empty first, then with runs, with a real small model, and when things go wrong."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine import data, models, runs
from engine.config import Adv, Evaluation, PerturbationSetting, RunConfig, Stage, TaskData
from engine.evaluation.metrics import scores
from engine.results import Example
from engine.tasks import TASKS
from engine.training import recipe

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("overview", "probe", "data", "train", "benchmarks", "compare", "run")
LABELS = ("entailment", "neutral", "contradiction")


@pytest.fixture
def root(runs_root, no_shipped_runs):
    """An empty runs folder, and no shipped runs either."""
    from dashboard import resources

    resources.forget()
    return runs_root


def open_page(name, session=None, **query):
    """A page inside the app's frame, with a query string and what the session remembers."""
    at = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    at.switch_page(f"../pages/{name}.py")
    for key, value in query.items():
        at.query_params[key] = value
    for key, value in (session or {}).items():
        at.session_state[key] = value
    return at.run()


def sound(at):
    """The page itself, after making sure that nothing on it failed."""
    assert not at.exception, at.exception
    assert not at.error, [e.value for e in at.error]
    return at


def words(at):
    """All text of the page that is not inside a widget."""
    return " ".join(str(e.value) for kind in (at.markdown, at.caption, at.info, at.warning, at.error) for e in kind)


def html(at):
    return " ".join(e.body if hasattr(e, "body") else e.value for e in at.html)


def links(at):
    """Labels and query strings of the links between pages."""
    return {e.proto.label: e.proto.query_string for e in at.get("page_link")}


def finished(root, seed, right, objective=None, texts=("A cat sat.", "A cat slept.")):
    """A finished run without a model: English and Swahili, clean and with typos; `right` gives how many of 10 are correct."""
    stage = Stage(objective=objective) if objective else Stage()
    config = RunConfig(seed=seed, stages=(stage,), evaluation=Evaluation(perturbations=(PerturbationSetting("typo", 0.2),)))
    run = runs.create(config, root)
    rows = []
    for (language, perturbation), correct in right.items():
        for i in range(10):
            predicted = LABELS[0] if i < correct else LABELS[1]
            rows.append(
                {
                    "task": "nli", "source": "miniature", "id": f"test-{i}", "language": language, "language_pair": language,
                    "perturbation": perturbation, "severity": 0.0 if perturbation == "clean" else 0.2, "gold": LABELS[0],
                    "predicted": predicted, "correct": i < correct, "probabilities": {label: 0.8 if label == predicted else 0.1 for label in LABELS},
                    "text": texts[0], "text_pair": texts[1], "applicable": perturbation != "clean", "queries": 1, "truncated": 0,
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    return runs.finish(run, frame, scores(frame), runs.provenance(config, {"miniature": "abc"}, 12.0, 1000, "cpu"))


FIRST = {("en", "clean"): 9, ("en", "typo"): 7, ("sw", "clean"): 6, ("sw", "typo"): 3}
SECOND = {("en", "clean"): 8, ("en", "typo"): 8, ("sw", "clean"): 7, ("sw", "typo"): 6}


@pytest.fixture
def two(root):
    """Two finished runs; the second was trained adversarially."""
    return finished(root, 1, FIRST), finished(root, 1, SECOND, Adv())


# ---- Empty


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("overview", "No run is saved here yet"),
        ("probe", "No model is chosen"),
        ("data", "600 of 600 examples"),
        ("train", "training steps"),
        ("benchmarks", "No run is finished yet"),
        ("compare", "A comparison needs two finished runs"),
        ("run", "No run is saved here yet"),
    ],
)
def test_an_empty_page_says_what_is_missing(root, page, sentence):
    assert sentence in words(sound(open_page(page)))


def test_empty_pages_lead_to_training(root):
    for page in ("overview", "probe", "benchmarks", "compare", "run"):
        at = open_page(page)
        assert any("train" in e.proto.page for e in at.get("page_link")), page


def test_no_page_needs_torch_to_start():
    names = "dashboard.links dashboard.probing dashboard.scoreboard dashboard.record dashboard.jobs dashboard.inputs dashboard.forms"
    code = f"import sys, {names.replace(' ', ', ')}; print([m for m in ('torch', 'transformers', 'captum') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- Data


def test_several_texts_share_the_width_of_the_data_table():
    from dashboard import browser

    widths = {len(texts): {browser.columns(pd.DataFrame(columns=["id", *texts]))[name].width for name in texts} for texts in (browser.TEXTS[:1], browser.TEXTS[:2], browser.TEXTS)}
    assert widths == {1: {None}, 2: {browser.ROOM // 2}, 4: {browser.ROOM // 4}}


@pytest.mark.parametrize("task", TASKS)
def test_the_data_page_shows_every_task_as_the_engine_has_it(root, task):
    at = sound(open_page("data", task=task, language="ar", split="dev"))
    assert [at.selectbox(key=f"data_{name}").value for name in ("source", "task", "language", "split")] == ["miniature", task, "ar", "dev"]
    table, expected = at.dataframe[0].value, data.examples(TaskData(task), "ar", "dev")
    assert list(table["id"]) == [e.id for e in expected] and list(table["text"]) == [e.text for e in expected]
    shown = html(at)
    assert 'lang="ar"' in shown and 'lang="en"' in shown, "Arabic, and English beside it"
    label = f"Choice {(expected[0].label or '')[-1]} :green-badge[right]" if task == "choice" else expected[0].label or ""
    for answer in (label, *expected[0].tags, *expected[0].choices):
        assert answer in shown + words(at)


def test_filters_leave_what_they_ask_for(root):
    at = sound(open_page("data", task="topic", language="fi"))
    at.multiselect(key="data_label").set_value(["sports", "health"])
    sound(at.multiselect(key="data_domain").set_value(["medical"]).run())
    expected = [e for e in data.examples(TaskData("topic"), "fi", "test") if e.label in ("sports", "health") and e.domain == "medical"]
    assert list(at.dataframe[0].value["id"]) == [e.id for e in expected] and f"{len(expected)} of 600 examples." in words(at)
    word = expected[0].text.split()[0]
    sound(at.text_input(key="data_words").set_value(word.upper()).run())
    assert set(at.dataframe[0].value["id"]) == {e.id for e in expected if word.lower() in e.text.lower()}
    assert "No example fits" in html(sound(at.text_input(key="data_words").set_value("<b>nowhere").run())) + words(at)


def test_scores_are_filtered_by_a_range(root):
    at = sound(open_page("data", task="similarity", language="fi", split="test"))
    sound(at.slider(key="data_score").set_value((2.0, 2.5)).run())
    expected = [e.id for e in data.examples(TaskData("similarity"), "fi", "test") if 2.0 <= float(e.label) <= 2.5]
    assert 0 < len(expected) < 600 and list(at.dataframe[0].value["id"]) == expected


def test_an_item_without_translation_is_shown_alone(root):
    at = sound(open_page("data", source="everyday", task="nli", language="en", split="train"))
    last = data.examples(TaskData("nli", "everyday"), "en", "train")[-1]
    sound(at.text_input(key="data_words").set_value(last.text).run())
    assert last.text in html(at) and "This item is in English alone." in words(at)
    assert all(box.key != "data_beside" for box in at.selectbox)
    scene = sound(open_page("data", task="nli", language="en", split="train"))
    assert scene.selectbox(key="data_beside").value == "ar" and 'lang="ar"' in html(scene), "an item of the miniature is there in every language"


def test_the_data_page_shows_an_everyday_pair_beside_its_translation(root):
    at = sound(open_page("data", source="everyday", task="nli", language="sw", split="test"))
    assert "900 of 900 examples." in words(at)
    first, english = (data.examples(TaskData("nli", "everyday"), code, "test")[0] for code in ("sw", "en"))
    assert all(said in html(at) for e in (first, english) for said in (e.text, e.text_pair)) and first.label in html(at)
    other = data.examples(TaskData("nli", "everyday"), "tr", "test")[0]
    assert other.text in html(sound(at.selectbox(key="data_beside").set_value("tr").run()))
    at = sound(open_page("data", source="everyday", task="nli", language="sw", split="train"))
    assert "label" not in at.dataframe[0].value, "training texts of other languages have no labels"



def test_a_folder_is_browsed_and_a_bad_source_is_said(root, tmp_path):
    (tmp_path / "test.en.tsv").write_text("premise\thypothesis\tlabel\n<i>A cat</i>.\tA dog.\tneutral\n")
    at = sound(open_page("data", source=f"folder:{tmp_path}"))
    assert list(at.dataframe[0].value["label"]) == ["neutral"] and "&lt;i&gt;A cat" in html(at)
    for source, says in (("minature", "Did you mean miniature"), ("folder:/no/such", "no folder or file"), ("../..", "Unknown")):
        at = open_page("data", source=source)
        assert not at.exception and says in words(at), words(at)


# ---- Overview


def test_the_overview_lists_runs_and_names_broken_ones(two, root):
    broken = runs.create(RunConfig(seed=9), root)
    (broken.path / "config.json").write_text("{")
    at = sound(open_page("overview"))
    table, problems = (element.value for element in at.dataframe)
    assert list(table["state"]) == ["failed", "finished", "finished"] and table["message"].iloc[0]
    assert table.loc[table["run_id"].str.contains(two[0].id), ["accuracy_source", "accuracy_others"]].iloc[0].tolist() == [90.0, 60.0]
    assert problems["run_id"].tolist() == [f"run?run={broken.id}"]
    assert "left out of every comparison" in words(at)


def test_every_table_can_be_downloaded_as_csv(two):
    from dashboard import tables

    at = sound(open_page("overview"))
    assert [b.label for b in at.get("download_button")] == ["Download CSV"]
    data = tables.csv(pd.DataFrame({"text": ["=cmd()", "قطة"], "value": [0.5, 1.0]}))
    assert data == "\ufefftext,value\n'=cmd(),0.5\nقطة,1.0\n".encode()


# ---- Benchmarks


def test_benchmarks_show_transfer_gap_and_worst_language(two):
    at = sound(open_page("benchmarks", run=two[0].id))
    assert {m.label: m.value for m in at.metric} == {
        "Source accuracy (en)": "90.0%",
        "Mean of the others": "60.0%",
        "Transfer gap (points)": "+30.0",
        "Worst language (sw)": "60.0%",
    }
    board = at.dataframe[0].value
    typo = board[(board["language"] == "sw") & (board["perturbation"] == "typo")].iloc[0]
    assert (round(typo["value"], 6), round(typo["drop"], 6), round(typo["consistency"], 6)) == (30.0, 30.0, 70.0)


def test_a_link_to_an_unknown_run_is_named_not_silently_replaced(two):
    at = open_page("benchmarks", run="mini-standart")
    assert "The link's run was left out: Unknown run 'mini-standart'" in words(at)
    assert at.query_params["run"] in {run.id for run in two}


# ---- Compare


def test_compare_tests_every_run_against_the_first(two):
    at = sound(open_page("compare", run=[run.id for run in two]))
    table = next(d.value for d in at.dataframe if "p_holm" in d.value.columns)
    assert table["language"].tolist() == ["en", "sw"]
    assert table["difference"].round(6).tolist() == [-10.0, 10.0]
    assert table[["p", "p_holm", "discordant"]].to_numpy().tolist() == [[1.0, 1.0, 1], [1.0, 1.0, 1]]


def test_compare_shows_the_settings_that_differ_and_only_those(two):
    at = sound(open_page("compare", run=[run.id for run in two]))
    table = next(d.value for d in at.dataframe if "setting" in d.value.columns)
    assert "stages[0].objective.name" in table["setting"].tolist()
    assert all(row[two[0].id] != row[two[1].id] for row in table.to_dict("records"))
    assert not table["setting"].str.contains("seed").any()


def test_compare_shows_the_examples_on_which_runs_disagree(two):
    at = sound(open_page("compare", run=[run.id for run in two]))
    assert html(at).count("<code>test-") == 1 and "<code>test-8</code>" in html(at)
    at.selectbox(key="compare_language").select("sw").run()
    assert "<code>test-6</code>" in html(sound(at))


def test_compare_under_a_perturbation(two):
    at = sound(open_page("compare", run=[run.id for run in two]))
    at.selectbox(key="compare_condition").select(("typo", 0.2)).run()
    table = next(d.value for d in sound(at).dataframe if "p_holm" in d.value.columns)
    assert table["difference"].round(6).tolist() == [10.0, 30.0]


def test_compare_with_one_run_asks_for_another(two):
    assert "Choose at least two runs" in words(sound(open_page("compare", run=two[0].id)))


def test_texts_of_a_run_are_escaped_and_run_in_their_own_direction(root):
    pair = finished(root, 1, FIRST, texts=("<script>alert(1)</script>", "القطة نامت")), finished(root, 2, SECOND)
    at = sound(open_page("compare", run=[run.id for run in pair]))
    assert "<script>" not in html(at) and "&lt;script&gt;" in html(at)
    assert 'dir="auto">القطة نامت</p>' in html(at)


def test_runs_without_shared_examples_are_refused_in_place(root):
    first = finished(root, 1, {("en", "clean"): 9})
    second = finished(root, 2, {("sw", "clean"): 9})
    at = open_page("compare", run=[first.id, second.id])
    assert not at.exception and "share no examples" in words(at)
    assert "What differs in their settings" in [h.value for h in at.subheader]


# ---- Run


@pytest.mark.parametrize(
    ("section", "sentence"), [("settings", "objective.name"), ("provenance", "versions.torch"), ("progress", "Nothing yet"), ("errors", "4 wrong of 10"), ("card", "fine-tuned in English")]
)
def test_the_sections_of_a_run(two, section, sentence):
    at = open_page("run", run=two[0].id)
    if section == "errors":
        at.segmented_control(key="run_section").select("errors").run()
        at.selectbox(key="run_language").select("sw").run()
    else:
        at.segmented_control(key="run_section").select(section).run()
    tables = " ".join(d.value.to_csv() for d in sound(at).dataframe)
    assert sentence in words(at) + tables


def test_a_run_that_only_evaluated_has_no_model_card(root):
    run = runs.create(RunConfig("mini-standard", stages=()), root)
    runs.finish(run, runs.read_predictions(finished(root, 1, FIRST)), runs.read_scores(finished(root, 2, FIRST)), {})
    at = open_page("run", run=run.id)
    at.segmented_control(key="run_section").select("card").run()
    assert "This run evaluated mini-standard and trained no model of its own." in words(sound(at))


def test_samples_are_marked_as_such(root):
    sample, own = finished(runs.SHIPPED, 1, FIRST), finished(root, 2, SECOND)
    table = sound(open_page("overview")).dataframe[0].value
    assert "message" not in table, "nothing went wrong"
    assert dict(zip(table["run_id"], table["shipped"], strict=True)) == {f"run?run={sample.id}": True, f"run?run={own.id}": False}
    said = words(sound(open_page("compare", run=[own.id, sample.id])))
    assert f"`{sample.id}` is a sample" in said and f"`{own.id}`" not in said
    assert "is a sample" in words(sound(open_page("benchmarks", run=sample.id)))
    assert "is a sample" not in words(sound(open_page("benchmarks", run=own.id)))


def test_a_run_is_deleted_after_a_second_question(two):
    at = sound(open_page("run", run=two[0].id))
    at.button(key="run_delete_confirm").click().run()
    assert [run.id for run in runs.all_runs()] == [two[1].id]
    assert at.selectbox(key="run_run").value == two[1].id


def test_a_newcomer_sees_the_samples_with_perturbations_first_and_then_ones_own_runs(runs_root):
    from dashboard import resources

    resources.forget()
    for page in ("benchmarks", "run"):
        assert sound(open_page(page)).selectbox(key=f"{page}_run").value == "mini-standard"
    assert resources.comparable() == ["mini-standard", "mini-adv"]
    own = finished(runs_root, 1, FIRST)
    resources.forget()
    assert sound(open_page("benchmarks")).selectbox(key="benchmarks_run").value == own.id
    names = resources.finished()
    assert names[:2] == [own.id, "mini-standard"] and names.index("mini-topic-rsda-seed3") < names.index("mini-standard-xnli")


def test_a_run_that_is_not_finished_leads_to_watching_it(root):
    run = runs.create(RunConfig(seed=3), root)
    runs.fail(run, "The loss became NaN.")
    at = sound(open_page("run", run=run.id))
    assert "The loss became NaN." in words(at)
    assert links(at)["Watch, stop or resume it"] == f"run={run.id}"


def test_the_archive_of_a_run_is_a_zip(two):
    from dashboard import resources

    assert resources.archived(two[0].id)[:2] == b"PK"


# ---- Train


@pytest.fixture
def started(monkeypatch):
    """The runs that would have been started."""
    from engine import queue

    submitted = []
    monkeypatch.setattr(queue, "submit", lambda run: submitted.append(run) or 1)
    return submitted


def test_the_form_is_drawn_from_the_settings_and_starts_the_run_it_describes(root, started):
    at = sound(open_page("train"))
    assert at.number_input(key="train.stages.0.learning_rate").help == "Peak learning rate of AdamW."
    at.selectbox(key="train.stages.0.objective.name").select("adv").run()
    at.number_input(key="train.stages.0.objective.adv.radius").set_value(0.25)
    at.number_input(key="train.seed").set_value(7)
    at.button(key="train_start").click().run()
    (run,) = started
    assert run.config.seed == 7 and run.config.stages[0].objective == Adv(radius=0.25)
    assert [p.name for p in run.config.evaluation.perturbations] == ["typo", "synonym"]
    assert at.segmented_control(key="train_view").value == "watch" and at.query_params["run"] == run.id


def test_equal_settings_are_the_same_run(root, started):
    from dashboard import jobs

    at = sound(open_page("train"))
    queued = runs.create(jobs.starting_point(), root)
    assert at.run().button(key="train_start").label == "Resume"
    runs.finish(queued, *_tiny_tables(), {})
    at = sound(open_page("train"))
    assert "This run is finished already" in words(at) and links(at)[f"Open {queued.id}"] == f"run={queued.id}"
    assert not started


def _tiny_tables():
    frame = pd.DataFrame(
        [{"task": "nli", "source": "miniature", "id": "1", "language": "en", "language_pair": "en", "perturbation": "clean", "severity": 0.0,
          "gold": "neutral", "predicted": "neutral", "correct": True, "probabilities": {"neutral": 1.0}, "text": "a", "text_pair": "b",
          "applicable": False, "queries": 1, "truncated": 0}]
    )  # fmt: skip
    return frame, scores(frame)


def test_a_refused_setting_is_named_and_the_form_stays_whole(root):
    at = open_page("train")
    at.number_input(key="train.stages.0.tasks.count").set_value(0).run()
    assert not at.exception and "A stage needs at least one task." in words(at)
    assert at.number_input(key="train.seed").value == 1


def test_two_stages_are_sequential_training(root, started):
    at = sound(open_page("train"))
    at.number_input(key="train.stages.count").set_value(2).run()
    at.selectbox(key="train.stages.1.objective.name").select("rsda").run()
    at.button(key="train_start").click().run()
    assert [stage.objective.name for stage in started[0].config.stages] == ["standard", "rsda"]


def test_a_dictionary_that_is_not_there_is_named_before_a_run_is_made(root, started):
    at = sound(open_page("train"))
    at.selectbox(key="train.stages.0.objective.name").select("codeswitch").run()
    at.text_input(key="train.stages.0.objective.codeswitch.dictionary").set_value("/no/such/en-sw.txt")
    at.button(key="train_start").click().run()
    assert "The dictionary /no/such/en-sw.txt cannot be read" in words(at)
    assert not started and not list(root.iterdir())


def test_a_run_is_watched_with_its_curve_and_what_remains(root):
    run = runs.create(RunConfig(seed=4), root)
    runs.append_progress(run, phase="train", stage=0, step=50, steps=200, loss=0.9, seconds=10.0, remaining=95.0)
    at = sound(open_page("train", run=run.id))
    assert "Training, stage 1 of 1." in words(at)
    bar = at.get("progress")[0].proto
    assert (bar.value, bar.text) == (25, "Step 50 of 200 · 10 s so far · 1 min 35 s left")
    assert at.button(key="train_cancel").label == "Cancel"


def test_a_failed_run_says_why_and_is_resumed(root, started):
    run = runs.create(RunConfig(seed=5), root)
    runs.fail(run, "The disk is full.")
    at = sound(open_page("train", run=run.id))
    assert "The disk is full." in words(at)
    at.button(key="train_resume").click().run()
    assert [r.id for r in started] == [run.id]


def test_cancelling_asks_the_run_to_stop(root):
    run = runs.create(RunConfig(seed=6), root)
    runs.heartbeat(run)
    at = sound(open_page("train", run=run.id))
    at.button(key="train_cancel").click().run()
    assert runs.cancel_requested(run)


# ---- Probe


@pytest.fixture
def asked(monkeypatch):
    """The pairs of texts that a model was asked about, and how many attributions were computed."""
    from engine import attribution
    from engine.models import Model

    seen, attributed = [], []
    predict, attribute = Model.predict, attribution.attribute

    def spied_predict(self, examples, *args, **kwargs):
        seen.extend((e.text, e.text_pair) for e in examples)
        return predict(self, examples, *args, **kwargs)

    def spied_attribute(model, method, *args, **kwargs):
        attributed.append(method)
        return attribute(model, method, *args, **kwargs)

    monkeypatch.setattr(Model, "predict", spied_predict)
    monkeypatch.setattr(attribution, "attribute", spied_attribute)
    return seen, attributed


def test_probing_without_a_model_still_shows_the_perturbations(root):
    at = sound(open_page("probe"))
    assert at.text_area(key="probe_text").value and at.text_area(key="probe_pair").value
    assert html(at).count("<tr") == 1 + 8
    assert "An attack needs a model" in words(at)


def test_nothing_is_predicted_twice_and_a_new_method_recomputes_the_attribution_alone(root, tiny_xlmr, asked):
    seen, attributed = asked
    at = sound(open_page("probe", model=str(tiny_xlmr)))
    at.button(key="probe_attack_submit").click().run()
    sound(at)
    assert len(seen) == len(set(seen)) > 8
    before, (_, *again) = len(seen), [attributed.copy(), attributed.clear()]
    at.segmented_control(key="probe_method").select("input_x_gradient").run()
    assert len(seen) == before and set(attributed) == {"input_x_gradient"} and len(attributed) == 2
    at.segmented_control(key="probe_method").select("integrated_gradients").run()
    assert len(attributed) == 2
    assert "convergence delta" in words(sound(at)) and not any(again)


def test_the_link_reopens_exactly_this_view(root, tiny_xlmr):
    at = sound(open_page("probe", model=str(tiny_xlmr), severity="0.5", text="The cat slept.", pair="The child drank the drink."))
    at.selectbox(key="probe_attack").select("greedy_codeswitch")
    at.number_input(key="probe_budget").set_value(60)
    at.button(key="probe_attack_submit").click().run()
    sound(at).segmented_control(key="probe_method").select("input_x_gradient").run()
    state = dict(at.query_params)
    assert state["attack"] == "greedy_codeswitch" and state["budget"] == "60" and state["after"] == "attack"
    again = sound(open_page("probe", **state))
    assert dict(again.query_params) == state
    assert [e.body for e in again.html] == [e.body for e in at.html]
    assert again.code[-1].value == at.code[-1].value


def test_two_models_side_by_side_and_one_that_cannot_be_loaded(root, tiny_xlmr, tiny_bert):
    at = open_page("probe", model=[str(tiny_xlmr), str(tiny_bert), "no-such-model"])
    assert not at.exception
    assert [e.value.split(".")[0] for e in at.error] == ["Unknown model 'no-such-model'"]
    assert html(at).count('class="bp-bars"') == 2


def test_one_sentence_is_probed_where_a_model_reads_one(root, tiny_xlmr):
    from dashboard import resources

    topic = TaskData("topic", limit=14)
    config = RunConfig(str(tiny_xlmr), (Stage(tasks=(topic,), epochs=1),), Evaluation(tasks=(topic,), languages=("en", "sw"), limit=7))
    run = recipe.execute(runs.create(config, root))
    resources.forget()
    at = sound(open_page("probe", task="topic", text="The doctor cured the patient.", model=run.id))
    assert [e.key for e in at.text_area] == ["probe_text"] and at.query_params["task"] == "topic" and "pair" not in at.query_params
    expected = models.load(run.id).predict([Example("1", "topic", "en", "The doctor cured the patient.")])[0]
    assert html(at).count('class="bp-bars"') == 1 and expected.label in html(at) and "geography" in html(at)
    at.button(key="probe_attack_submit").click().run()
    assert "queries" in words(at) and at.query_params["attack"] and "convergence delta" in words(at) and not at.exception
    at = sound(at.selectbox(key="probe_example_language").select("th").run())
    assert at.text_area(key="probe_text").value in {e.text for e in data.examples(topic, "th", "test")}
    finished(root, 3, FIRST)
    resources.forget()
    both = open_page("probe", model=[])
    assert set(both.selectbox(key="probe_task").options) == {"Topic of a sentence", "Natural-language inference"}


def test_an_attack_belongs_to_its_sentences(root, tiny_xlmr):
    at = sound(open_page("probe", model=str(tiny_xlmr), attack="greedy_typo", budget="40"))
    assert "Trace:" in " ".join(e.label for e in at.expander)
    at.text_area(key="probe_text").set_value("Another sentence.")
    at.button(key="probe_submit").click().run()
    assert "Nothing has been attacked yet" in words(sound(at)) and "attack" not in at.query_params


def test_worked_examples_fill_the_form_and_the_language_is_detected(root):
    at = sound(open_page("probe"))
    at.selectbox(key="probe_example_language").select("ar").run()
    assert words(sound(at)).count("Detected language: Arabic") == 2
    assert 'lang="ar"' in html(at) and 'dir="auto"' in html(at)


def test_the_reason_is_shown_where_a_perturbation_does_not_apply(root):
    at = sound(open_page("probe", text="Quid agis?", pair="Bene."))
    assert "Does not apply:" in html(at) and 'class="bp-off"' in html(at)


@pytest.mark.parametrize(("given", "sentence"), [("   ", "Enter a premise and a hypothesis"), ("a\x07b", "control character U+0007"), ("\u200b", "is empty")])
def test_texts_that_cannot_be_read_are_refused_with_a_sentence(root, given, sentence):
    at = open_page("probe")
    at.text_area(key="probe_text").set_value(given)
    at.button(key="probe_submit").click().run()
    assert not at.exception and sentence in words(at)


def test_typed_markup_is_shown_as_it_was_typed(root):
    at = sound(open_page("probe", text='<script>alert("x")</script> cats', pair="<b>dogs</b>"))
    assert "<script>" not in html(at) and "<b>dogs" not in html(at)


def test_a_text_that_is_cut_off_is_announced(root, tiny_xlmr):
    at = sound(open_page("probe", model=str(tiny_xlmr), text="The cat slept. " * 40, pair="Yes."))
    assert "not fit this model and were not read" in words(at)


def test_a_text_too_long_for_a_link_says_so(root):
    at = sound(open_page("probe", text="Many words. " * 600, pair="Yes."))
    assert "too long for a link" in words(at) and not at.query_params


def test_unusable_values_of_a_link_are_named(root):
    at = open_page("probe", severity="7", language="xx")
    assert not at.exception
    assert "7 lies outside 0 to 1" in words(at) and "Unknown language 'xx'" in words(at)
    assert at.slider(key="probe_severity").value == 0.3


# ---- Errors


def test_an_error_is_one_sentence_and_the_rest_of_the_page_goes_on():
    def script():
        import streamlit as st

        from dashboard import errors
        from engine.errors import InputError

        with errors.shown("the first part"):
            raise InputError("The text is empty; enter at least one word.")
        with errors.shown("the second part"):
            raise RuntimeError("tensor of shape (3, 4)")
        st.write("The rest.")

    at = AppTest.from_function(script).run()
    assert [e.value for e in at.error] == [
        "The text is empty; enter at least one word.",
        "Something went wrong with the second part: RuntimeError. The rest still works.",
    ]
    assert "tensor of shape (3, 4)" in at.code[0].value and at.markdown[-1].value == "The rest."
