"""Run: everything about one run, from its settings to its mistakes."""

import streamlit as st

from dashboard import cards, errors, inputs, record, resources

st.title("Run")
run_id = inputs.run_picker(resources.run_ids(), "run_run")
if run_id is None:
    cards.empty("No run is saved here yet.", "train", "Train the first run")
    st.stop()

with errors.shown("the run"):
    run = resources.run(run_id)
    record.head(run)
    shown = inputs.section(record.SECTIONS, "run_section")
    with errors.shown(record.SECTIONS[shown].lower()):
        record.show(run, shown)
    record.foot(run)
