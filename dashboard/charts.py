"""Charts: a DataFrame in, an Altair chart out. No Streamlit call, so every chart can be tested as plain data."""

from __future__ import annotations

import json
import textwrap

import altair as alt
import pandas as pd

from dashboard import theme

PERCENT = ".1f"
"""Scores are shown times 100 with one decimal, as the field's tables do; Vega's expressions do the multiplication."""
LEGEND = alt.Legend(orient="bottom", direction="horizontal", gradientLength=260)
"""Below the tiles: beside them it is cut off where there are few rows."""
SIZE = 13
"""Pixels of the names beside an axis."""
LINE = 16
"""Pixels from line to line of a name that is broken."""


def heatmap(cells: pd.DataFrame, row: str = "language", column: str = "condition", title: str = "Accuracy") -> alt.LayerChart:
    """Scores by row and column, the number written into every cell; a missing score stays blank.

    `cells` has the columns `row`, `column`, value, low, high, n (values from 0 to 1); the order of rows is kept.
    """
    base = alt.Chart(cells).transform_calculate(percent="datum.value * 100", lowest="datum.low * 100", highest="datum.high * 100")
    heads = list(cells[column].unique())
    lines = {str(head): textwrap.wrap(str(head), 13) or [""] for head in heads}
    axis = alt.Axis(
        orient="top", labelAngle=0, labelLimit=160, labelOverlap=False, labelFlush=False, labelFontSize=SIZE, labelLineHeight=LINE,
        labelExpr=f"({json.dumps(lines, ensure_ascii=False)})[datum.label]",  # lines, so that nine columns stand side by side unclipped
        labelPadding=4 + LINE * (max(map(len, lines.values()), default=1) - 1),  # Vega lets further lines run down, over the tiles
    )
    x = alt.X(f"{column}:N", sort=heads, title=None, axis=axis)
    y = alt.Y(f"{row}:N", sort=list(cells[row].unique()), title=None, axis=alt.Axis(labelLimit=180, labelFontSize=SIZE, labelFlush=False))
    colour = alt.Color("percent:Q", title=f"{title} (%)", scale=alt.Scale(scheme="viridis", domain=[0, 100]), legend=LEGEND)
    tips = [
        alt.Tooltip(f"{row}:N", title=row.capitalize()),
        alt.Tooltip(f"{column}:N", title=column.capitalize()),
        alt.Tooltip("percent:Q", title=title, format=PERCENT),
        alt.Tooltip("lowest:Q", title="95% from", format=PERCENT),
        alt.Tooltip("highest:Q", title="95% to", format=PERCENT),
        alt.Tooltip("n:Q", title="Examples"),
    ]
    tiles = base.mark_rect(stroke="white", strokeWidth=1).encode(x=x, y=y, color=colour, tooltip=tips)
    # Viridis is light above about 55: dark figures there, white ones below.
    ink = alt.condition("datum.percent > 55", alt.value("#111111"), alt.value("#ffffff"))
    figures = base.mark_text(fontSize=13).encode(x=x, y=y, text=alt.Text("percent:Q", format=PERCENT), color=ink, tooltip=tips)
    return alt.LayerChart(layer=[tiles, figures]).properties(height=alt.Step(30))


def accuracy_by_language(scores: pd.DataFrame, runs: list[str]) -> alt.LayerChart:
    """Accuracy per language and run with its 95% interval: a colour and a shape per run, side by side in each language.

    `scores` has the columns run_id, language, value, low, high, n.
    """
    base = alt.Chart(scores).transform_calculate(percent="datum.value * 100", lowest="datum.low * 100", highest="datum.high * 100")
    x = alt.X("language:N", title="Language", sort=list(scores["language"].unique()), axis=alt.Axis(labelAngle=0, grid=True, bandPosition=0, tickBand="extent", labelFlush=False, labelFontSize=SIZE))
    offset = alt.XOffset("run_id:N", sort=runs, scale=alt.Scale(paddingOuter=0.3))
    colour = alt.Color("run_id:N", title="Run", sort=runs, scale=_scale(runs, theme.PALETTE), legend=_legend())
    shape = alt.Shape("run_id:N", title="Run", sort=runs, scale=_scale(runs, theme.SHAPES), legend=_legend())
    tips = [
        alt.Tooltip("run_id:N", title="Run"),
        alt.Tooltip("language:N", title="Language"),
        alt.Tooltip("percent:Q", title="Accuracy", format=PERCENT),
        alt.Tooltip("lowest:Q", title="95% from", format=PERCENT),
        alt.Tooltip("highest:Q", title="95% to", format=PERCENT),
        alt.Tooltip("n:Q", title="Examples"),
    ]
    y = alt.Y("lowest:Q", title="Accuracy (%)", scale=alt.Scale(zero=False, nice=True))
    bars = base.mark_rule(strokeWidth=2).encode(x=x, xOffset=offset, y=y, y2="highest:Q", color=colour, tooltip=tips)
    points = base.mark_point(filled=True, size=80, opacity=1).encode(x=x, xOffset=offset, y="percent:Q", color=colour, shape=shape, tooltip=tips)
    return alt.LayerChart(layer=[bars, points]).properties(height=360)


def differences(frame: pd.DataFrame, runs: list[str]) -> alt.LayerChart:
    """Accuracy differences from the first run with their bootstrap intervals, one row per language, around a zero line.

    `frame` has the columns run_id, language, difference, low, high, n; `runs` are those that are compared with the first.
    """
    base = alt.Chart(frame).transform_calculate(points="datum.difference * 100", lowest="datum.low * 100", highest="datum.high * 100")
    y = alt.Y("language:N", title=None, sort=list(frame["language"].unique()), axis=alt.Axis(labelLimit=180, labelFontSize=SIZE, labelFlush=False))
    offset = alt.YOffset("run_id:N", sort=runs)
    colour = alt.Color("run_id:N", title="Run", sort=runs, scale=_scale(runs, theme.PALETTE[1:]), legend=_legend())
    shape = alt.Shape("run_id:N", title="Run", sort=runs, scale=_scale(runs, theme.SHAPES[1:]), legend=_legend())
    tips = [
        alt.Tooltip("run_id:N", title="Run"),
        alt.Tooltip("language:N", title="Language"),
        alt.Tooltip("points:Q", title="Difference", format="+.1f"),
        alt.Tooltip("lowest:Q", title="95% from", format="+.1f"),
        alt.Tooltip("highest:Q", title="95% to", format="+.1f"),
        alt.Tooltip("n:Q", title="Examples"),
    ]
    x = alt.X("lowest:Q", title="Difference in accuracy (points)", axis=alt.Axis(format="+~g"))
    # Two unseen points keep the axis at least this wide: runs that hardly differ must not look far apart.
    room = alt.Chart(pd.DataFrame({"zero": [-5, 5]})).mark_point(opacity=0).encode(x="zero:Q")
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(strokeDash=[4, 3], color="#888888").encode(x="zero:Q")
    bars = base.mark_rule(strokeWidth=2).encode(x=x, x2="highest:Q", y=y, yOffset=offset, color=colour, tooltip=tips)
    points = base.mark_point(filled=True, size=80, opacity=1).encode(x="points:Q", y=y, yOffset=offset, color=colour, shape=shape, tooltip=tips)
    return alt.LayerChart(layer=[room, zero, bars, points]).properties(height=alt.Step(26))


def curve(progress: pd.DataFrame, column: str, title: str, percent: bool = False) -> alt.Chart:
    """One measure over the steps of training, a line with points; steps without a value are left out.

    `progress` has the columns step and `column`.
    """
    shown = progress[["step", column]].dropna()
    kind = alt.Chart(shown).mark_line(point={"size": 24}, color=theme.PALETTE[0])
    scale = alt.Scale(domain=[0, 1]) if percent else alt.Scale(zero=False)
    y = alt.Y(f"{column}:Q", title=None, scale=scale, axis=alt.Axis(format="%" if percent else "~g"))
    tips = [alt.Tooltip("step:Q", title="Step"), alt.Tooltip(f"{column}:Q", title=title, format=".1%" if percent else ".4f")]
    return kind.encode(x=alt.X("step:Q", title="Step"), y=y, tooltip=tips).properties(height=220)


def _scale(runs: list[str], values: tuple[str, ...]) -> alt.Scale:
    return alt.Scale(domain=runs, range=list(values[: len(runs)]))


def _legend() -> alt.Legend:
    return alt.Legend(orient="top", labelLimit=420, columns=2)
