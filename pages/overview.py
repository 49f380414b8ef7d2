"""Overview: what this is, what has been run, and what to do next."""

import streamlit as st

from dashboard import cards, errors, links, resources, tables

st.title("Babelproof")
st.markdown(
    "Does a model that was trained in English still hold in the other languages, when the text is noisy or hostile, and what "
    "makes it hold? Probe saved models with your own sentences, train robust ones, and compare them language by language. "
    "Every number comes with its interval, and every run with the settings and the code that made it."
)

with errors.shown("the list of runs"):
    runs = resources.catalog()
    st.subheader("Runs")
    if runs.empty:
        cards.empty("No run is saved here yet. Train one, and its scores in every language will show up here.", "train", "Train the first run")
    else:
        silent = not runs["message"].fillna("").any()  # an empty column would push the others out of view
        tables.show(runs[tables.RUNS].drop(columns=["message"] if silent else []), "runs")

st.subheader("What to do next")
probe, train, compare = st.columns(3, border=True)
with probe:
    st.markdown("**Probe** a pair of sentences in any language: predictions, perturbations, an attack, and the words that decided.")
    links.to("probe", "Probe a sentence", "troubleshoot")
with train:
    st.markdown("**Train** with standard, adversarial or smoothed objectives; runs go on when you leave the page.")
    links.to("train", "Start a run", "model_training")
with compare:
    st.markdown("**Compare** runs with paired intervals and tests, corrected for the number of languages.")
    links.to("compare", "Compare runs", "balance")

with errors.shown("the list of problems"):
    problems = resources.problems()
    if not problems.empty:
        st.subheader("Problems")
        st.warning("These runs are left out of every comparison because their files cannot be read.", icon=":material/warning:")
        tables.show(problems, "problems")
