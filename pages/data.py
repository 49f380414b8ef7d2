"""Data: the examples of any source, by language, split, label and domain; the miniature's also word by word beside English."""

import streamlit as st

from dashboard import browser, cards, errors, inputs, tables

st.title("Data")
st.caption("What models are trained and scored on. The miniature is the same in every language, item by item and word by word.")

with errors.shown("the data"):
    source = browser.source_form()
    found = browser.examples(source)
    kept = browser.filters(found)
    if kept.empty:
        cards.empty("No example fits these filters. Widen one of them.")
        st.stop()
    st.caption(f"{len(kept):,} of {len(found):,} examples.")
    tables.show(kept, f"data-{source.task}-{source.language}-{source.split}", browser.columns(kept))

    st.subheader("One example")
    chosen = inputs.example_picker(list(kept["id"]))
    browser.one(source, chosen)
