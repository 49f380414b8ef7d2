"""Probe: a sentence or a pair of sentences, up to four models. What do they say, what flips them, and which words carried it?"""

import streamlit as st

from dashboard import cards, errors, links, probe_form, probing

st.title("Probe")
st.caption("See what models predict for a sentence or a pair of sentences, how that moves when the text is changed, and which words carried it.")

task = probe_form.task_picker()
with errors.shown("the worked examples"):
    probe_form.worked_example(task)
probe = probe_form.sentence_form(task)
if probe is None:
    st.stop()

st.subheader("Prediction")
clean = probing.predictions(probe)
if not probe.models:
    cards.empty("No model is chosen. The perturbations below need none; predictions, attacks and attributions do.", "train", "Train a model")

st.subheader("Perturbations")
rows = []
severity, seed = probe_form.strength()
with errors.shown("the perturbations"):
    rows = probing.perturbation_table(probe, clean, severity, seed)

st.subheader("Attack")
st.caption("The attack looks for the fewest edits that make a model give up its own prediction: the words that matter most to it come first.")
results = {}
attack = probe_form.attack_form()
if attack and clean:
    results = probing.attacks(probe, clean, *attack, seed)
else:
    cards.empty("Nothing has been attacked yet. Choose an attack and press the button." if clean else "An attack needs a model.")

st.subheader("Attribution")
method = after = ""
if clean:
    with errors.shown("the attribution"):
        method, after = probe_form.attribution_pickers([row.name for row in rows if row.applicable], bool(results))
        probing.attributions(probe, clean, method, after, rows, results)
else:
    cards.empty("An attribution needs a model.")

links.copyable(probe_form.publish_probe(probe, (severity, seed), attack, method, after))
