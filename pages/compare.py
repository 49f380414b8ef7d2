"""Compare: two to six runs on the same examples, with paired intervals and tests against the first."""

import streamlit as st

from dashboard import cards, errors, inputs, resources, scoreboard, tables

st.title("Compare")
st.caption("Runs side by side on the examples that they share. Every other run is compared with the first one.")

finished = resources.finished()
runs = inputs.runs_picker(finished, "compare_runs", resources.comparable())
if len(runs) < 2:
    page = ("", "") if len(finished) > 1 else ("train", "Train a run")
    cards.empty("Choose at least two runs." if len(finished) > 1 else "A comparison needs two finished runs.", *page)
    st.stop()

with errors.shown("the accuracies"):
    scoreboard.say_samples(runs)
    scores = resources.scores(runs)
    shared = scoreboard.shared(scores, runs)
    if shared.empty:
        cards.empty("These runs were scored on different data, so there is nothing to compare. Choose runs that share a task and a source.")
        st.stop()
    task, source = scoreboard.task_picker(shared, "compare_task")
    condition = scoreboard.condition_picker(scores, task, source, "compare_condition")
    st.subheader("Accuracy per language")
    scoreboard.side_by_side(scoreboard.under(scores, condition), runs)

with errors.shown("the differences"):
    st.subheader("Differences from the first run")
    st.caption("95% intervals from a paired bootstrap over the examples; McNemar's test, adjusted by Holm for all rows of the table. Seeds of training are not in these intervals.")
    with cards.working("Resampling", f"First run: {runs[0]}".replace("_", "\\_")):
        table, means = resources.compared(runs, condition)
    scoreboard.differences(table, means, runs)

with errors.shown("the settings"):
    st.subheader("What differs in their settings")
    settings = resources.different_settings(runs)
    if settings.empty:
        cards.empty("The runs have the same settings, data and versions.")
    else:
        tables.show(settings, "compare-settings")

with errors.shown("the disagreements"):
    st.subheader("Examples on which they disagree")
    language = inputs.picker("Language", list(dict.fromkeys(scoreboard.under(scores, condition)["language"])), "compare_language", scoreboard.language_label)
    examples = resources.disagreements(runs, language, condition.perturbation, scoreboard.SHOWN)
    if examples.empty:
        cards.empty("They give the same label to every shared example of this language.")
    else:
        scoreboard.texts(examples, f"disagreements-{language}", ["gold", *runs])
