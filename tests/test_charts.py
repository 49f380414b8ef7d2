"""Charts as plain data: what is drawn, on which scale, with which words, and never by colour alone."""

import pandas as pd
import pytest

from dashboard import charts, theme

RUNS = ["first", "second", "third"]


@pytest.fixture
def scores():
    rows = [(run, language, 0.5 + i / 10, 0.4, 0.8, 100) for i, run in enumerate(RUNS) for language in ("en", "sw")]
    return pd.DataFrame(rows, columns=["run_id", "language", "value", "low", "high", "n"])


@pytest.fixture
def cells():
    rows = [("en", "Clean", 0.9, 0.85, 0.94, 200), ("sw", "Clean", 0.4, 0.33, 0.47, 200)]
    return pd.DataFrame(rows, columns=["language", "condition", "value", "low", "high", "n"])


def rows_of(spec):
    """The data that a chart carries."""
    return [row for rows in spec["datasets"].values() for row in rows]


def test_the_heat_map_writes_the_number_into_every_cell(cells):
    spec = charts.heatmap(cells).to_dict()
    tiles, figures = spec["layer"]
    assert tiles["mark"]["type"] == "rect" and figures["mark"]["type"] == "text"
    assert figures["encoding"]["text"] == {"field": "percent", "format": ".1f", "type": "quantitative"}
    assert {row["value"] for row in rows_of(spec)} == {0.9, 0.4}


def test_the_heat_map_has_one_scale_for_all_runs_and_a_palette_that_reads_in_grey(cells):
    scale = charts.heatmap(cells).to_dict()["layer"][0]["encoding"]["color"]["scale"]
    assert scale == {"scheme": "viridis", "domain": [0, 100]}


def test_the_heat_map_keeps_the_order_of_languages(cells):
    encoding = charts.heatmap(cells.iloc[::-1]).to_dict()["layer"][0]["encoding"]
    assert encoding["y"]["sort"] == ["sw", "en"]


def test_a_missing_score_stays_blank(cells):
    cells.loc[1, "value"] = float("nan")
    values = [row["value"] for row in rows_of(charts.heatmap(cells).to_dict())]
    assert values == [0.9, None]


def test_runs_differ_in_shape_as_well_as_in_colour(scores):
    points = charts.accuracy_by_language(scores, RUNS).to_dict()["layer"][1]["encoding"]
    assert points["shape"]["scale"] == {"domain": RUNS, "range": ["circle", "square", "triangle-up"]}
    assert points["color"]["scale"] == {"domain": RUNS, "range": list(theme.PALETTE[:3])}


def test_every_accuracy_has_its_interval(scores):
    bars = charts.accuracy_by_language(scores, RUNS).to_dict()["layer"][0]
    assert bars["mark"]["type"] == "rule"
    assert (bars["encoding"]["y"]["field"], bars["encoding"]["y2"]["field"]) == ("lowest", "highest")


def test_differences_keep_the_colours_that_the_runs_have_elsewhere(scores):
    frame = scores[scores["run_id"] != "first"].rename(columns={"value": "difference"})
    spec = charts.differences(frame, RUNS[1:]).to_dict()
    points = spec["layer"][-1]["encoding"]
    assert points["color"]["scale"]["range"] == list(theme.PALETTE[1:3])
    assert points["shape"]["scale"]["range"] == list(theme.SHAPES[1:3])


def test_differences_stand_around_a_line_at_zero(scores):
    frame = scores[scores["run_id"] == "second"].rename(columns={"value": "difference"})
    spec = charts.differences(frame, ["second"]).to_dict()
    line = next(layer for layer in spec["layer"] if layer["mark"].get("strokeDash"))
    assert spec["datasets"][line["data"]["name"]] == [{"zero": 0}]


def test_a_curve_leaves_out_steps_without_a_value():
    progress = pd.DataFrame({"step": [1, 2, 3], "dev_accuracy": [None, 0.5, None]})
    spec = charts.curve(progress, "dev_accuracy", "Accuracy", percent=True).to_dict()
    assert rows_of(spec) == [{"step": 2, "dev_accuracy": 0.5}]
    assert spec["encoding"]["y"]["scale"] == {"domain": [0, 1]}


def test_the_palette_has_a_colour_and_a_shape_for_six_runs():
    assert len(set(theme.PALETTE)) == len(set(theme.SHAPES)) == 6


def test_long_column_names_break_into_lines(cells):
    name = "Hypothesis in another language 1"
    axis = charts.heatmap(cells.assign(condition=name)).to_dict()["layer"][0]["encoding"]["x"]["axis"]
    assert axis["labelExpr"] == '({"Hypothesis in another language 1": ["Hypothesis in", "another", "language 1"]})[datum.label]'
    assert axis["labelPadding"] == 4 + 2 * axis["labelLineHeight"], "three lines end above the tiles"
