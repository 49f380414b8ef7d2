"""What a reader sees when something goes wrong: one sentence in place of the result, the rest of the page untouched."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from engine.errors import InputError


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Show an error of the enclosed part in its place and go on with the page after it.

    An InputError is shown as its own sentence; anything else as "<what> could not be shown", with the details folded.
    """
    try:
        yield
    except InputError as error:
        st.error(str(error), icon=":material/error:")
    except Exception as error:
        st.error(f"Something went wrong with {what}: {type(error).__name__}. The rest still works.", icon=":material/error:")
        with st.expander("Details for a bug report"):
            st.code(traceback.format_exc(), language=None)
