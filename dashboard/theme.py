"""Colours by name, shapes beside colours, and the few style rules that Streamlit has no setting for."""

from __future__ import annotations

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito (2008): told apart in every common form of colour blindness."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""One shape per run beside its colour: colour never stands alone."""

POSITIVE = "230,120,0"
NEGATIVE = "0,114,178"
"""Orange speaks for the label, blue against it (red, green, blue)."""

LABELS = ("#0072B2", "#767676", "#C05000", "#009E73")
"""Bars of class probabilities, in the order of the model's labels."""

STATES = {
    "finished": ("Finished", "green", "check_circle"),
    "running": ("Running", "blue", "play_circle"),
    "queued": ("Queued", "gray", "schedule"),
    "cancelled": ("Cancelled", "orange", "cancel"),
    "failed": ("Failed", "red", "error"),
    "lost": ("Lost", "orange", "link_off"),
}
"""State of a run: its word, badge colour and icon."""

CSS = """
.bp-text{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.9;margin:.1rem 0;text-align:start;unicode-bidi:plaintext}
.bp-word{border-bottom-style:solid;border-bottom-color:currentColor;border-radius:3px 3px 0 0;padding-bottom:1px}
.bp-word.bp-neg{border-bottom-style:dashed}
.bp-sign{font-size:.7em;font-weight:700;display:inline-block;vertical-align:super;user-select:none;line-height:1}
.bp-sign.bp-pos::after{content:"+"} .bp-sign.bp-neg::after{content:"\\2212"}
.bp-ins{background:rgba(230,159,0,.28);text-decoration:underline 2px;text-underline-offset:4px;font-weight:700;color:inherit}
.bp-del{background:rgba(0,114,178,.22);text-decoration:line-through 2px;color:inherit}
.bp-slot{border-radius:3px;padding:1px 2px}
.bp-slot-name{font-size:.62em;opacity:.8;margin:0 .25em 0 .1em;user-select:none}
.bp-slot-0{background:rgba(0,114,178,.28)} .bp-slot-1{background:rgba(213,94,0,.28)} .bp-slot-2{background:rgba(0,158,115,.28)}
.bp-slot-3{background:rgba(0,158,115,.14)} .bp-slot-4{background:rgba(0,114,178,.14)} .bp-slot-5{background:rgba(204,121,167,.32)}
.bp-slot-6{background:rgba(86,180,233,.30)} .bp-slot-7{background:rgba(240,228,66,.38)} .bp-slot-8{outline:1px solid currentColor}
.bp-legend{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;font-size:.85rem;margin:.2rem 0 .4rem}
.stTextArea textarea{unicode-bidi:plaintext;text-align:start}
.bp-bars{container-type:inline-size}
.bp-bar{display:grid;grid-template-columns:8.5rem 1fr 3.6rem;gap:.5rem;align-items:center;font-size:.92rem;margin:.18rem 0}
.bp-bar .bp-name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bp-bar .bp-track{background:rgba(127,127,127,.2);border-radius:3px;height:.85rem}
.bp-bar .bp-fill{display:block;height:100%;border-radius:3px;min-width:1px}
.bp-bar .bp-value{text-align:right;font-variant-numeric:tabular-nums}
.bp-bar.bp-top{font-weight:700}
@container (max-width:270px){.bp-bar{grid-template-columns:1fr 3.6rem} .bp-bar .bp-track{grid-column:1/-1;grid-row:2}}
.bp-scroll{overflow-x:auto}
.bp-table{border-collapse:collapse;width:100%;font-size:.92rem}
.bp-table th,.bp-table td{border-bottom:1px solid rgba(127,127,127,.35);padding:.4rem .6rem;vertical-align:top;text-align:start}
.bp-table th{font-weight:600;overflow-wrap:anywhere;min-width:5.5rem}
.bp-table td.bp-wide{min-width:17rem;width:44%}
.bp-table .bp-share{white-space:nowrap}
.bp-table code{white-space:nowrap}
[data-testid="stCaptionContainer"] code{font-size:.9em}
.bp-table tr.bp-off td{opacity:.75;font-style:italic}
.bp-flip{font-weight:700;border:2px solid #D55E00;border-radius:4px;padding:0 .35rem;white-space:nowrap}
.bp-hold{white-space:nowrap}
.bp-muted{opacity:.75;font-size:.86rem}
.stButtonGroup button[data-variant][data-selected]{color:inherit;font-weight:600}
"""


def stylesheet() -> str:
    """The style rules, for one st.html at the top of the app."""
    return f"<style>{CSS}</style>"


def colours(names: list[str]) -> dict[str, str]:
    """A colour of the palette per name, in order."""
    return {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(names)}


def shapes(names: list[str]) -> dict[str, str]:
    """A shape per name, in order."""
    return {name: SHAPES[i % len(SHAPES)] for i, name in enumerate(names)}
