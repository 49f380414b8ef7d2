"""The pages, their names, and links that reopen a view: all state that a view needs is in the query string."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

PAGES = Path(__file__).resolve().parents[1] / "pages"
SECTIONS = {
    "Look": (("overview", "Overview", "home"), ("probe", "Probe", "troubleshoot"), ("data", "Data", "table_view")),
    "Runs": (("train", "Train", "model_training"), ("run", "Run", "description")),
    "Results": (("benchmarks", "Benchmarks", "grid_on"), ("compare", "Compare", "balance")),
}
LONGEST_LINK = 6_000
"""Characters of a link that browsers, chats and mail still carry whole."""


def navigation() -> dict[str, list[st.Page]]:
    """All pages by section, for st.navigation; the first one opens by default."""
    return {
        section: [
            st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", default=name == "overview")
            for name, title, icon in pages
        ]
        for section, pages in SECTIONS.items()
    }


def to(page: str, label: str, icon: str = "arrow_forward", **state: Any) -> None:
    """A link to a page of ours with this state in its query string, opened in the same tab."""
    st.page_link(PAGES / f"{page}.py", label=label, icon=f":material/{icon}:", query_params=state or None)


def address(state: dict[str, Any]) -> str:
    """The address of the page that is open, with this state; values that are lists repeat their name."""
    return f"{st.context.url or ''}?{urlencode(state, doseq=True)}"


def copyable(state: dict[str, Any]) -> None:
    """The link to exactly this view, ready to copy; says so where the text is too long for a link."""
    link = address(state)
    with st.container(key="permalink"):
        st.caption("Link to exactly this view")
        if len(link) > LONGEST_LINK:
            st.info("The text is too long for a link. Shorten it to share this view.", icon=":material/link_off:")
        else:
            st.code(link, language=None, wrap_lines=True)
