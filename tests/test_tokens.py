"""Attribution heat and edits as HTML: escaping, direction, signs, thickness, and texts that stay whole."""

import math
import re
from html import unescape

from dashboard import cards, tokens
from engine.results import Attribution, Edit, Prediction, WordScore


def attribution(*words, delta=0.0):
    return Attribution("integrated_gradients", "neutral", tuple(WordScore(*w) for w in words), delta)


def plain(html):
    """The text of an HTML string as a reader sees it."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def test_heat_keeps_the_text_whole_and_marks_each_word():
    text = "Cats sleep, dogs run."
    shown = tokens.heat(attribution(("text", "Cats", 0, 4, 0.8), ("text", "dogs", 12, 16, -0.4)), text, "text", "en")
    assert plain(shown) == text
    assert 'title="+0.8000">Cats</span><span class="bp-sign bp-pos">' in shown
    assert 'title="-0.4000">dogs</span><span class="bp-sign bp-neg">' in shown
    assert "border-bottom-width:5px" in shown and "border-bottom-width:2px" in shown


def test_direction_and_strength_do_not_rest_on_colour_alone():
    shown = tokens.heat(attribution(("text", "a", 0, 1, 1.0), ("text", "b", 2, 3, -1.0)), "a b", "text")
    assert 'class="bp-word bp-pos"' in shown and 'class="bp-word bp-neg"' in shown
    assert shown.count("border-bottom-width:5px") == 2


def test_heat_shows_only_the_words_of_its_side():
    both = attribution(("text", "one", 0, 3, 1.0), ("text_pair", "two", 0, 3, 1.0))
    assert "one" in tokens.heat(both, "one", "text") and "two" not in tokens.heat(both, "one", "text")


def test_a_shared_scale_makes_two_texts_comparable():
    weak = attribution(("text", "word", 0, 4, 0.2))
    assert "border-bottom-width:5px" in tokens.heat(weak, "word", "text")
    assert "border-bottom-width:1px" in tokens.heat(weak, "word", "text", largest=1.0)
    assert tokens.strongest(weak, attribution(("text", "x", 0, 1, -0.7))) == 0.7
    assert tokens.strongest(attribution()) == 0.0


def test_a_score_of_zero_has_no_line_and_no_sign():
    shown = tokens.heat(attribution(("text", "word", 0, 4, 0.0)), "word", "text")
    assert "border-bottom-width:0px" in shown and "bp-sign" not in shown


def test_everything_is_escaped():
    nasty = '<img src=x onerror="alert(1)">'
    word = attribution(("text", nasty, 0, len(nasty), 1.0))
    for shown in (
        tokens.text(nasty, '"><b>'),
        tokens.heat(word, nasty, "text"),
        tokens.heat_legend(nasty),
        tokens.edited("", [Edit(0, 0, "", nasty)], nasty),
        tokens.edited(nasty, [Edit(0, len(nasty), nasty, "")], ""),
        cards.bars(Prediction(nasty, {nasty: 1.0})),
        cards.verdict(Prediction("a", {"a": 1.0}), Prediction(nasty, {nasty: 1.0})),
    ):
        assert "<img" not in shown and 'onerror="' not in shown and '"><b>' not in shown


def test_right_to_left_text_carries_direction_and_language():
    shown = tokens.text("الطفل نام", "ar")
    assert shown == '<p class="bp-text" dir="auto" lang="ar">الطفل نام</p>'


def test_graphemes_of_a_script_without_spaces_stay_together():
    text = "孩子睡觉"
    scores = [("text", c, i, i + 1, 0.1 * (i + 1)) for i, c in enumerate(text)]
    assert plain(tokens.heat(attribution(*scores), text, "text", "zh")) == text


def test_edits_are_marked_in_place():
    shown = tokens.edited("a cat sat", [Edit(2, 5, "cat", "dog")], "a dog sat", "en")
    assert 'a <ins class="bp-ins" title="was: cat">dog</ins> sat' in shown


def test_an_insertion_says_that_nothing_stood_there_and_a_deletion_shows_what_did():
    assert 'title="was: nothing">X</ins>' in tokens.edited("ab", [Edit(1, 1, "", "X")], "aXb")
    assert '<del class="bp-del" title="left out">b</del>' in tokens.edited("abc", [Edit(1, 2, "b", "")], "ac")


def test_edits_in_any_order_are_shown_in_the_order_of_the_text():
    edits = [Edit(4, 5, "s", "z"), Edit(0, 1, "a", "e")]
    assert plain(tokens.edited("a is us", [Edit(0, 1, "a", "e"), Edit(5, 6, "u", "o")], "e is os")) == "e is os"
    assert plain(tokens.edited("abc s", edits, "ebc z")) == "ebc z"


def test_edits_that_do_not_lead_to_the_text_mark_nothing():
    shown = tokens.edited("abc", [Edit(0, 1, "a", "x"), Edit(0, 1, "a", "y")], "ybc")
    assert plain(shown) == "ybc" and "<ins" not in shown
    assert "<ins" not in tokens.edited("abc", [Edit(0, 1, "a", "x")], "zzz")


def test_bars_show_every_label_with_its_share_and_the_predicted_one_in_bold():
    shown = cards.bars(Prediction("no", {"yes": 0.25, "no": 0.75}), ("no", "yes"))
    assert re.findall(r'bp-value">([\d.]+%)', shown) == ["75.0%", "25.0%"]
    assert shown.count("bp-top") == 1 and shown.index("bp-top") < shown.index(">no<")


def test_a_verdict_says_in_words_whether_the_label_flipped():
    a, b = Prediction("a", {"a": 0.9, "b": 0.1}), Prediction("b", {"a": 0.4, "b": 0.6})
    assert "flips" in cards.verdict(a, b) and "holds" in cards.verdict(a, a)


def test_durations_read_as_a_person_says_them():
    assert [cards.duration(s) for s in (0, 59.6, 61, 3600, 7325)] == ["0 s", "1 min 00 s", "1 min 01 s", "1 h 00 min", "2 h 02 min"]
    assert cards.duration(None) == cards.duration(math.nan) == "–"
