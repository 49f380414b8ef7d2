"""Benchmarks: one run's scores, language by language and perturbation by perturbation."""

import streamlit as st

from dashboard import cards, errors, inputs, resources, scoreboard, tables

st.title("Benchmarks")
st.caption("Accuracy of one run in every language, clean and perturbed, with 95% Wilson intervals. Its labels are English: the other languages were read without labels or not at all.")

run_id = inputs.run_picker(resources.finished(), "benchmarks_run")
if run_id is None:
    cards.empty("No run is finished yet, so there are no scores.", "train", "Train a run")
    st.stop()

with errors.shown("the scores"):
    scoreboard.say_samples([run_id])
    board = resources.board(run_id)
    task, source = scoreboard.task_picker(board, "benchmarks_task")
    board = scoreboard.of_task(board, task, source)
    summary = scoreboard.of_task(resources.summary([run_id]), task, source)
    scoreboard.headline(summary)

    st.subheader("Language by perturbation")
    metric = inputs.section({"Accuracy": "Accuracy", "Consistency": "Consistency with the clean prediction"}, "benchmarks_metric")
    scoreboard.heat(board, metric)

    st.subheader("All scores")
    scoreboard.table(board, f"scores-{run_id}")

    st.subheader("Transfer")
    tables.show(summary.drop(columns=["run_id", "task", "source"]), f"transfer-{run_id}")

with errors.shown("the pairs of languages"):
    mixed = scoreboard.of_task(resources.matrix(run_id), task, source)
    if not mixed.empty:
        st.subheader("Generalized transfer")
        st.caption("Accuracy where the two texts are in different languages: the first text's language down, the second text's across.")
        scoreboard.pairs(mixed)
        tables.show(mixed.drop(columns=["task", "source"]), f"pairs-{run_id}")

scoreboard.open_run(run_id)
