"""Train: settings in, a run out. Start it, watch it, stop it, resume it; it goes on when the page is left."""

import streamlit as st

from dashboard import cards, errors, forms, inputs, jobs

st.title("Train")
st.caption("A run trains an encoder in English and scores it in every language. It works in its own process and goes on when you leave this page.")

unfinished = jobs.unfinished()
view = inputs.train_view(len(unfinished))

if view == "new":
    with errors.shown("the form"):
        config = forms.form(jobs.starting_point(), "train", inputs.train_options())
        st.subheader("Start")
        jobs.start(config)
else:
    run_id = inputs.run_picker(jobs.watchable(unfinished), "train_run", "Run to watch or resume")
    if run_id is None:
        cards.empty("No run is under way, and none waits to be resumed. Switch to New run to start one.")
        st.stop()
    with errors.shown("the run"):
        jobs.watch(run_id)
