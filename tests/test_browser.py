"""The dashboard in a real Chromium: every page opened, typed into, clicked, and its results compared with the engine's."""

import re
import shutil
from dataclasses import replace

import pytest
from playwright.sync_api import expect, sync_playwright

from engine import config as configs
from engine import data, models, perturbations, queue, runs, store, text
from engine.config import TaskData
from engine.results import Example
from tests import browser as chromium
from tests.browser import PROCESS, WAIT

pytestmark = pytest.mark.browser

PAGES = ("Overview", "Probe", "Data", "Train", "Run", "Benchmarks", "Compare")
BOTH = ("mini-standard", "mini-rsda")
PAIRS = {
    "en": ("The doctor bought bread in the city.", "The doctor bought nothing."),
    "ar": ("الطبيب اشترى الخبز في المدينة.", "الطبيب لم يشتر الخبز."),
    "zh": ("医生在城里买了面包。", "医生没有买面包。"),
}
NAMES = {"en": "English (en)", "ar": "Arabic · العربية (ar)", "zh": "Chinese · 中文 (zh)"}
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> The dog slept."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where this module's dashboard keeps its runs; one that a failed test left at work is stopped."""
    found = tmp_path_factory.mktemp("browser") / "runs"
    yield found
    for run in runs.all_runs(found, shipped=False):
        if runs.process(run):
            queue.cancel(run.id, found)


# Of the module and not of the session: while Playwright runs, no other test in this thread may start an event loop.
@pytest.fixture(scope="module")
def address(folder):
    folder.mkdir()
    with chromium.served(folder, folder.parent / "server.log") as found:
        yield found


@pytest.fixture(scope="module")
def window():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def visitor(window, address):
    """A person in a fresh session, who must have met no error when the test ends."""
    with chromium.visiting(window, address) as person:
        yield person
        person.sound()


def example(language):
    premise, hypothesis = PAIRS[language]
    return Example("typed", "nli", language, premise, hypothesis, language)


def type_pair(visitor, premise, hypothesis):
    visitor.field("Premise").fill(premise)
    visitor.field("Hypothesis").fill(hypothesis)
    visitor.press("Probe")


@pytest.fixture(scope="module", params=PAIRS)
def probed(window, address, request):
    """A language, and the Probe page with its pair typed in and both models chosen, all results there; tests only read it."""
    with chromium.visiting(window, address) as person:
        probe(person, request.param)
        yield request.param, person
        person.sound()


def probe(visitor, language):
    visitor.open("probe").choose("probe_models", BOTH)
    type_pair(visitor, *PAIRS[language])
    expect(visitor.main.get_by_text(f"Detected language: {NAMES[language]}")).to_have_count(2, timeout=WAIT)
    visitor.keyed("probe_attribution_mini-rsda").get_by_text("Changed").wait_for()
    visitor.drawn()


def bars(prediction):
    """How the page writes a prediction: label and share in the order of the model's labels."""
    return [f"{label}{share:.1%}" for label, share in prediction.probabilities.items()]


def paragraphs(within):
    """The texts shown in a part of the page, character by character."""
    return within.locator("p.bp-text").evaluate_all("all => all.map(p => p.textContent)")


# ---- Probe


def test_a_typed_pair_gets_the_predictions_of_the_engine(probed):
    language, visitor = probed
    columns = visitor.keyed("probe_predictions").get_by_test_id("stColumn")
    for i, name in enumerate(BOTH):
        said = models.load(name).predict([example(language)])[0]
        expect(columns.nth(i)).to_contain_text(name)
        expect(columns.nth(i).locator(".bp-bar")).to_have_text(bars(said), timeout=WAIT)
        expect(columns.nth(i).locator(".bp-top .bp-name")).to_have_text(said.label)


def test_every_perturbation_has_its_row_with_what_both_models_say(probed):
    language, visitor = probed
    rows = visitor.keyed("probe_perturbations").locator("tbody tr")
    expect(rows).to_have_count(len(perturbations.PERTURBATIONS))
    clean = {name: models.load(name).predict([example(language)])[0].label for name in BOTH}
    applied = 0
    for row, (name, known) in zip(rows.all(), perturbations.PERTURBATIONS.items(), strict=True):
        cells = row.locator("td").all_inner_texts()
        changed, first, second = perturbations.perturb_example(name, example(language), 0.3, 1)
        assert cells[0] == known.title
        if not (first.applicable or second.applicable):
            assert cells[1].startswith("Does not apply: ") and cells[2:] == ["–", "–"]
            continue
        applied += 1
        for model, cell in zip(BOTH, cells[2:], strict=True):
            said = models.load(model).predict([changed])[0]
            assert cell.split("\n")[0] == f"{'holds' if said.label == clean[model] else 'flips'} {said.label}"
    assert applied >= 5


@pytest.mark.parametrize("probed", ["ar"], indirect=True)
def test_arabic_runs_from_right_to_left_everywhere(probed):
    _, visitor = probed
    direction = "e => getComputedStyle(e).direction"
    originals = visitor.keyed("probe_attribution_mini-standard").locator("p.bp-text")
    expect(originals).to_have_count(4)
    assert originals.evaluate_all("all => all.map(e => getComputedStyle(e).direction)") == ["rtl"] * 4
    assert visitor.keyed("probe_perturbations").locator("p.bp-text").first.evaluate(direction) == "rtl"
    typed = visitor.field("Premise")
    # The caret of a text area follows what is typed in it, not the page.
    assert typed.evaluate("e => getComputedStyle(e).unicodeBidi") == "plaintext"
    assert visitor.page.locator("html").evaluate(direction) == "ltr"


def test_attributions_cover_the_words_of_the_text_before_and_after(probed):
    language, visitor = probed
    shown = visitor.keyed("probe_attribution_mini-rsda")
    sides = shown.get_by_test_id("stColumn")
    expect(sides).to_have_count(2)
    assert paragraphs(sides.nth(0)) == list(PAIRS[language])
    words = sides.nth(0).locator(".bp-word").all_text_contents()
    assert words == [unit.text for side in PAIRS[language] for unit in text.units(side, language)]
    changed, *_ = perturbations.perturb_example("swap", example(language), 0.3, 1)
    expect(sides.nth(1)).to_contain_text("Changed")
    assert paragraphs(sides.nth(1)) == [changed.text, changed.text_pair] or language == "zh"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_attack_ends_as_in_the_engine_and_its_link_reopens_the_view(visitor, window, language):
    probe(visitor, language)
    visitor.press("Attack")
    results = visitor.keyed("probe_attack_results").get_by_test_id("stColumn")
    expected = perturbations.attack(models.load("mini-standard").predict, "greedy_typo", example(language), budget=300, seed=1)
    outcome = {
        "succeeded": f"The attack succeeded: {expected.before.label} became {expected.after.label} in {expected.num_queries} queries.",
        "failed": f"The model held: still {expected.after.label} after {expected.num_queries} queries.",
    }[expected.outcome]
    expect(results.first).to_contain_text(outcome, timeout=WAIT)
    visitor.keyed("probe_attack_results").get_by_text(re.compile("^Trace: ")).nth(1).wait_for()
    expect(visitor.keyed("permalink").locator("code")).to_contain_text("after=attack", timeout=WAIT)
    visitor.drawn()
    after = visitor.keyed("probe_attribution_mini-standard").get_by_test_id("stColumn").nth(1)
    assert paragraphs(after) == [expected.perturbed.text, expected.perturbed.text_pair]

    link = visitor.keyed("permalink").locator("code").inner_text()
    with chromium.visiting(window, visitor.address) as other:
        other.open(link)
        other.keyed("permalink").locator("code").wait_for()
        assert other.drawn().main.inner_text() == visitor.main.inner_text()
        for name, typed in zip(("Premise", "Hypothesis"), PAIRS[language], strict=True):
            expect(other.field(name)).to_have_value(typed)
        other.sound()


def test_markup_in_a_text_is_shown_and_never_run(visitor):
    visitor.open("probe")
    type_pair(visitor, HOSTILE, HOSTILE)
    shown = visitor.page.locator("[class*=st-key-probe_attribution_] p.bp-text").first
    expect(shown).to_have_text(HOSTILE, timeout=WAIT)
    visitor.drawn()
    assert visitor.main.locator("script, img[src=x]").count() == 0


def test_texts_that_cannot_be_read_get_a_sentence_and_the_page_lives_on(visitor):
    visitor.open("probe")
    type_pair(visitor, "", "A dog slept.")
    visitor.see("Enter a premise and a hypothesis, or choose a worked example.")
    type_pair(visitor, "a" * 100_000, "A dog slept.")
    visitor.see("The premise has 100,000 characters; at most 20,000 are read at once.")
    type_pair(visitor, "🎉🎉🎉", "A dog\x07 slept.")
    visitor.see("The hypothesis has the control character U+0007 at position 6")
    type_pair(visitor, "🎉🎉🎉", "🐕")
    visitor.see("The text '🎉🎉🎉' has no letters to tell its language by; choose the language yourself.")
    for key in ("probe_language", "probe_pair_language"):
        visitor.pick(key, "Swahili · Kiswahili (sw)")
    visitor.press("Probe")
    expect(visitor.keyed("probe_predictions").locator(".bp-bar")).to_have_count(3, timeout=WAIT)


def test_a_worked_example_fills_the_form(visitor):
    from engine.data.miniature import worked_examples

    visitor.open("probe").pick("probe_example_language", "Swahili · Kiswahili (sw)")
    first = worked_examples("nli", "sw")[0]
    expect(visitor.field("Premise")).to_have_value(first.text, timeout=WAIT)
    expect(visitor.field("Hypothesis")).to_have_value(first.text_pair)
    visitor.see("Detected language: Swahili · Kiswahili (sw)")


# ---- Train


def settings():
    """The settings that the test fills in: the form's own, with little data."""
    from dashboard import jobs

    start = jobs.starting_point()
    stage = start.stages[0]
    small = replace(stage, epochs=1, tasks=(replace(stage.tasks[0], limit=3_000),))
    return replace(start, stages=(small,), evaluation=replace(start.evaluation, limit=5))


def step_after(visitor, step):
    """The step that the page shows, once it is beyond this one."""
    shown = r"/Step ([\d,]+) of/.exec(document.querySelector('[data-testid=stMain]').innerText)"
    found = visitor.page.wait_for_function(f"before => {{ const m = {shown}; const n = m && +m[1].replace(',', ''); return n > before && n }}", arg=step, timeout=PROCESS)
    return found.json_value()


def test_a_run_is_started_watched_left_cancelled_resumed_and_used(visitor, folder):
    config = settings()
    run_id = configs.run_id(config)
    visitor.open("train")
    assert visitor.page.get_by_test_id("stAlertContentError").all_inner_texts() == []
    for key, value in (("stages-0-tasks-0-limit", 3_000), ("stages-0-epochs", 1), ("evaluation-limit", 5)):
        visitor.keyed(f"train-{key}").locator("input").fill(str(value))
        visitor.page.keyboard.press("Enter")
    visitor.see(f"These settings are the run {run_id}")
    visitor.press("Start")
    seen = step_after(visitor, 0)

    visitor.follow("Overview")
    assert [f"run?run={run_id}", "running"] in [row[:2] for row in visitor.table("runs")]
    visitor.follow("Train").page.get_by_role("radio", name="Watch or resume (1)").click()
    seen = step_after(visitor, seen)
    expect(visitor.keyed("train_panel").get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=WAIT)

    visitor.press("Cancel")
    expect(visitor.keyed("train_resume")).to_be_visible(timeout=WAIT)
    visitor.see("Cancelled")
    assert runs.find(run_id, folder).state == "cancelled"
    visitor.press("Resume")
    visitor.see("Trained and scored.", PROCESS)
    run = runs.find(run_id, folder)
    assert run.state == "finished"
    progress = runs.read_progress(run)
    steps = progress[progress["phase"] == "train"]["step"]
    assert steps.is_monotonic_increasing and steps.iloc[-1] == 94  # it went on from where it was, 3,000 / 32 steps in all

    used_in_benchmarks(visitor, run_id, folder)
    used_in_compare(visitor, run_id, folder)
    used_in_run(visitor, run_id)
    used_in_probe(visitor, run_id, folder)


def used_in_benchmarks(visitor, run_id, folder):
    visitor.follow("Benchmarks").pick("benchmarks_run", run_id)
    visitor.see(f"{store.summary([run_id], folder).iloc[0]['source_accuracy']:.1%}")
    marks = visitor.marks("Accuracy per language and perturbation")
    assert len([mark for mark in marks if "Examples: 5" in mark]) >= 18


def used_in_compare(visitor, run_id, folder):
    visitor.follow("Compare").choose("compare_runs", ["mini-standard", run_id])
    visitor.see("First run: mini-standard")
    visitor.drawn()
    assert visitor.table("compare-settings", headers=["Setting", "mini-standard", run_id])[1:]
    differing = {row[0]: row[1:] for row in visitor.saved("compare-settings")[1:]}
    assert differing["evaluation.limit"] == ["0", "5"] and "seed" not in differing
    assert set(differing) == set(runs.diff(runs.find("mini-standard"), runs.find(run_id, folder))["setting"])
    means = visitor.table("compare-means", f"run?run={run_id}")
    assert means[1][:3] == [f"run?run={run_id}", "5", "100"], "twenty languages"


def used_in_run(visitor, run_id):
    visitor.follow("Run").pick("run_run", run_id)
    visitor.page.get_by_role("radio", name="Settings").click()
    visitor.drawn()
    assert ["stages[0].tasks[0].limit", "3000"] in visitor.table(f"settings-{run_id}", "encoder")
    visitor.page.get_by_role("radio", name="Curves and log").click()
    assert len(visitor.marks("Training loss")) > 3


def used_in_probe(visitor, run_id, folder):
    visitor.follow("Probe").choose("probe_models", [run_id])
    type_pair(visitor, *PAIRS["en"])
    said = models.load(run_id, folder).predict([example("en")])[0]
    expect(visitor.keyed("probe_predictions")).to_contain_text(run_id, timeout=WAIT)
    expect(visitor.keyed("probe_predictions").locator(".bp-bar")).to_have_text(bars(said), timeout=WAIT)


# ---- Results


def test_benchmarks_show_the_scores_of_the_store(visitor):
    visitor.open("benchmarks?run=mini-rsda")
    board, clean = store.heatmap("mini-rsda"), store.summary(["mini-rsda"]).iloc[0]
    metrics = visitor.page.get_by_test_id("stMetric")
    expect(metrics).to_have_count(4)
    assert [m.split("\n")[-1] for m in metrics.all_inner_texts()] == [
        f"{clean['source_accuracy']:.1%}", f"{clean['others']:.1%}", f"{100 * clean['gap']:+.1f}", f"{clean['worst']:.1%}",
    ]  # fmt: skip
    expect(metrics.nth(2)).to_contain_text("Transfer gap (points)")
    expect(metrics.last).to_contain_text(f"Worst language ({clean['worst_language']})")
    marks = visitor.marks("Accuracy per language and perturbation")
    first = board.iloc[0]
    assert len([m for m in marks if "Examples" in m]) >= len(board)
    assert any(f"Clean; Accuracy: {100 * first['value']:.1f}; 95% from: {100 * first['low']:.1f}" in m for m in marks)
    rows = visitor.table("scores-mini-rsda")
    assert rows[0][:4] == ["Language", "Perturbation", "Severity", "Accuracy"]
    assert rows[1][:2] == [first["language"], first["perturbation"]] and float(rows[1][3]) == pytest.approx(100 * first["value"])
    visitor.page.get_by_role("radio", name="Consistency").click()
    visitor.see("Consistency (%)")


def test_compare_tests_two_shipped_runs_and_hands_out_the_table(visitor):
    visitor.open("compare").choose("compare_runs", list(BOTH))
    visitor.see("First run: mini-standard")
    visitor.drawn()
    rows = visitor.table("compare-differences", "run?run=mini-rsda")
    headers = ["Run", "Language", "Items", "First run", "This run", "Difference", "95% from", "95% to", "p", "p (Holm)", "Discordant"]
    assert rows[0] == headers and len(rows) == 1 + store.heatmap("mini-rsda")["language"].nunique()
    clean = store.heatmap("mini-rsda").query("perturbation == 'clean'").set_index("language")["value"]
    for row in rows[1:]:
        assert row[0] == "run?run=mini-rsda" and float(row[4]) == pytest.approx(100 * clean[row[1]])
        assert float(row[5]) == pytest.approx(float(row[4]) - float(row[3])) and 0 <= float(row[8]) <= float(row[9]) <= 1
    differing = runs.diff(runs.find("mini-standard"), runs.find("mini-rsda"))
    if differing.empty:
        visitor.see("The runs have the same settings, data and versions.")
    else:
        assert {row[0] for row in visitor.table("compare-settings", headers=["Setting", *BOTH])[1:]} <= set(differing["setting"])
    assert len(visitor.marks("Accuracy per language and run with 95% intervals")) >= 2 * len(clean)

    with visitor.page.expect_download() as waiting:
        visitor.keyed("download_compare-differences").get_by_role("button").click()
    assert waiting.value.suggested_filename == "babelproof-compare-differences.csv"
    saved = visitor.saved("compare-differences")
    assert saved[0] == ["run_id", "language", "n", "first_run", "this_run", "difference", "low", "high", "p", "p_holm", "discordant"]
    assert [row[1] for row in saved[1:]] == [row[1] for row in rows[1:]]


def test_runs_that_were_scored_on_different_data_are_not_compared(visitor):
    visitor.open("compare?run=mini-standard-xnli&run=mini-standard").see("These runs were scored on different data")
    visitor.open("run?run=mini-standard").follow("Compare").see("Differences from the first run")


def test_a_run_shows_its_settings_its_making_and_its_mistakes(visitor):
    visitor.open("run?run=mini-standard")
    visitor.see("Sample, ships with Babelproof")
    visitor.page.get_by_role("radio", name="Model card").click()
    visitor.see("All labels are English; texts of other languages were read in training as translations")
    visitor.page.get_by_role("radio", name="Settings").click()
    visitor.drawn()
    assert ["encoder", "mini"] in visitor.table("settings-mini-standard", "encoder")
    visitor.page.get_by_role("radio", name="Provenance").click()
    visitor.drawn()
    assert "cpu_count" in {row[0] for row in visitor.table("provenance-mini-standard", "cpu_count")[1:]}
    written = {row[0] for row in visitor.saved("provenance-mini-standard")[1:]}
    assert {"commit", "cpu_count", "data.miniature nli ar test", "device"} <= written
    visitor.page.get_by_role("radio", name="Mistakes").click()
    first = store.predictions(["mini-standard"], "en", "clean")
    wrong = first[~first["correct"]]
    visitor.see(f"{len(wrong):,} wrong of {len(first):,}.")
    expect(visitor.main.locator(".bp-table tbody tr").first).to_contain_text(wrong.iloc[0]["text"], timeout=WAIT)


def test_the_overview_lists_the_shipped_runs_and_opens_one(visitor):
    accuracy = store.catalog().set_index("run_id")["accuracy_source"]
    first = visitor.open().table("runs", "run?run=mini-")
    shown = next(row for row in first if row[2] == "true")
    assert shown[1] == "finished" and float(shown[3]) == pytest.approx(100 * accuracy[shown[0].removeprefix("run?run=")])
    headers, *rows = visitor.saved("runs")  # all of them; a table says what is in sight
    saved = {row[0]: dict(zip(headers, row, strict=True)) for row in rows}
    for name in ("mini-standard", "mini-adv", "mini-rsda"):
        assert (saved[name]["state"], saved[name]["shipped"]) == ("finished", "True") and float(saved[name]["accuracy_source"]) == pytest.approx(accuracy[name])
    visitor.page.get_by_role("link", name="Probe a sentence").click()
    expect(visitor.page.get_by_role("heading", name="Probe", exact=True)).to_be_visible(timeout=WAIT)
    visitor.drawn()


def test_the_data_page_shows_a_scene_in_two_languages_word_by_word(visitor):
    visitor.open("data?task=ner&language=ar&split=test")
    expected = data.examples(TaskData("ner"), "ar", "test")
    visitor.see("600 of 600 examples.")
    assert [row[0] for row in visitor.table("data-ner-ar-test")[1:4]] == [e.id for e in expected[:3]]
    sentences = visitor.main.locator(".bp-text:has(.bp-slot)")
    expect(sentences.nth(1)).to_have_attribute("lang", "en", timeout=WAIT)
    assert (sentences.nth(0).evaluate("e => getComputedStyle(e).direction"), sentences.nth(0).get_attribute("lang")) == ("rtl", "ar")
    assert sentences.nth(0).locator(".bp-slot").all_inner_texts() == list(expected[0].words)
    named = [sentence.locator(".bp-slot-name").all_inner_texts() for sentence in sentences.all()]
    assert set(named[0]) == set(named[1]), "the same parts of the scene in both"
    visitor.pick("data_language", "Japanese (ja)")
    expect(visitor.main.locator(".bp-text:has(.bp-slot)").first).to_have_attribute("lang", "ja", timeout=WAIT)
    visitor.drawn()
    assert "language=ja" in visitor.page.url and "task=ner" in visitor.page.url


def test_a_damaged_run_is_named_and_the_rest_works(visitor, folder):
    broken = folder / "damaged-run"
    shutil.copytree(runs.SHIPPED / "mini-standard", broken)
    (broken / "scores.parquet").write_bytes(b"PAR1 this is no table PAR1")
    try:
        visitor.open().see("These runs are left out of every comparison because their files cannot be read.")
        problem = visitor.table("problems")[1]
        assert problem[0] == "run?run=damaged-run" and "scores.parquet" in problem[1]
        visitor.follow("Benchmarks").pick("benchmarks_run", "mini-standard")
        assert visitor.drawn().marks("Accuracy per language and perturbation")
        visitor.follow("Compare").choose("compare_runs", list(BOTH))
        visitor.see("First run: mini-standard")
        visitor.open("run?run=damaged-run").see("scores.parquet")
    finally:
        shutil.rmtree(broken)


def test_a_link_to_what_does_not_exist_says_so(visitor):
    visitor.open("run?run=../../etc").see("The link's run was left out")
    visitor.open("probe?model=mini-standrad").see("Did you mean mini-standard")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_without_an_error_in_light_and_dark(window, address, scheme):
    with chromium.visiting(window, address, scheme) as person:
        person.open()
        for title in PAGES:
            person.follow(title).sound()
            assert (title, person.page.get_by_test_id("stAlertContentError").all_inner_texts()) == (title, [])
        ground = person.page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 27)"}[scheme]
