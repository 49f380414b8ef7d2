"""The entry point, `streamlit run dashboard/app.py`: page settings, navigation and the frame around every page."""

import sys
from pathlib import Path

# Streamlit puts this file's folder on the path, not the repository root.
ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from dashboard import errors, inputs, links, theme  # noqa: E402

st.set_page_config(page_title="Babelproof", page_icon=str(ROOT / "dashboard" / "icon.svg"), layout="wide")
st.html(theme.stylesheet())
page = st.navigation(links.navigation())
inputs.arrive(page.url_path)
with errors.shown("this page"):
    page.run()
