"""Words, graphemes and offsets in every script, and what texts are refused."""

import pytest

from engine import text
from engine.errors import InputError
from engine.text import Span

WORDS = {
    ("en", "The dog's well-known owner didn't pay 3.50 -- \"ok\"?"): [
        "The", "dog's", "well-known", "owner", "didn't", "pay", "3.50", "ok",
    ],
    ("hi", "यह फिल्म बहुत अच्छी है।"): ["यह", "फिल्म", "बहुत", "अच्छी", "है"],
    ("ta", "இந்த திரைப்படம் நன்றாக உள்ளது"): ["இந்த", "திரைப்படம்", "நன்றாக", "உள்ளது"],
    ("bn", "আমি বই পড়ি"): ["আমি", "বই", "পড়ি"],
    ("ar", "الْكِتَابُ جميلٌ، أليس كذلك؟"): ["الْكِتَابُ", "جميلٌ", "أليس", "كذلك"],
    ("fa", "می‌خواهم این را"): ["می‌خواهم", "این", "را"],
    ("he", "צה״ל בבית"): ["צה״ל", "בבית"],
    ("si", "ශ්‍රී ලංකාව"): ["ශ්‍රී", "ලංකාව"],
    ("ko", "나는 책을 읽었다."): ["나는", "책을", "읽었다"],
    ("th", "ภาพยนตร์เรื่องนี้ดีมาก"): ["ภาพยนตร์", "เรื่อง", "นี้", "ดี", "มาก"],
    ("ja", "猫が本を読みました。"): ["猫", "が", "本", "を", "読み", "まし", "た"],
    ("zh", "老师昨天在车站读旧书。"): ["老师", "昨天", "在", "车站", "读", "旧", "书"],
    ("my", "မြန်မာစာ"): ["မြန်", "မာ", "စာ"],
    ("km", "ខ្ញុំស្រលាញ់"): ["ខ្ញុំ", "ស្រ", "លា", "ញ់"],
    ("zh", "我喜欢iPhone手机"): ["我", "喜欢", "iPhone", "手机"],
    ("fr", "l’école «ouverte»"): ["l’école", "ouverte"],
    ("en", "'quoted' - a_b"): ["quoted", "a", "b"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "given"), list(WORDS))
def test_words_of_each_script(language, given):
    found = text.words(given, language)
    assert [w.text for w in found] == WORDS[language, given]
    assert all(given[w.start : w.end] == w.text for w in found)


def test_words_leave_out_emoji_and_keycaps():
    assert [w.text for w in text.words("Room 12 👩‍👩‍👧 1️⃣ 🇩🇪 ok", "en")] == ["Room", "12", "ok"]


def test_the_ascii_path_agrees_with_the_general_one():
    given = "It's 3.50, e-mail 'x' -5 2.b a-- b'"
    general = text.words(given + " é", "en")[:-1]
    assert text.words(given, "en") == general


def test_graphemes_keep_marks_joined_emoji_and_flags_whole():
    assert [g.text for g in text.graphemes("क्षि👩‍👩‍👧🇩🇪é")] == ["क्षि", "👩‍👩‍👧", "🇩🇪", "é"]


def test_units_are_words_graphemes_or_emoji():
    assert text.units("看iPhone 👍🏽!", "zh") == [Span("看", 0, 1), Span("iPhone", 1, 7), Span("👍🏽", 8, 10)]
    assert [u.text for u in text.units("The dog's 👍", "en")] == ["The", "dog's", "👍"]
    assert [u.text for u in text.units("ที่นี่", "th")] == ["ที่", "นี่"]


def test_burmese_vowels_stay_with_their_consonant():
    assert [g.text for g in text.graphemes("မာ")] == ["မ", "ာ"]
    assert text.clusters("xမာ", Span("မာ", 1, 3)) == [Span("မာ", 1, 3)]


@pytest.mark.parametrize(
    ("grapheme", "script"),
    [
        ("a", "Latin"), ("é", "Latin"), ("ж", "Cyrillic"), ("क्षि", "Devanagari"), ("ー", "Katakana"), ("々", "Han"),
        ("かﾞ", "Hiragana"), ("한", "Hangul"), ("👍🏽", "Emoji"), ("1️⃣", "Emoji"), ("1", "Common"), ("。", "Common"),
        ("ᚠ", "Other"),
    ],
)  # fmt: skip
def test_script_of(grapheme, script):
    assert text.script_of(grapheme) == script


@pytest.mark.parametrize("fine", ["a", "line\nline\tend\r\n", "می‌خواهم", "👩‍👩‍👧", "x" * text.MAX_CHARACTERS])
def test_usable_texts_come_back_unchanged(fine):
    assert text.check(fine) == fine


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("", "empty"), ("  \n ", "empty"), ("\u200b\u200d", "empty"),
        ("ab\ud800", "lone surrogate.* at position 3"), ("a\x00b", r"U\+0000 at position 2"), ("a\x85", r"U\+0085"),
        ("x" * (text.MAX_CHARACTERS + 1), "20,001 characters; at most 20,000"),
    ],
)  # fmt: skip
def test_unusable_texts_are_refused_with_the_place(bad, says):
    with pytest.raises(InputError, match=f"hypothesis .*{says}"):
        text.check(bad, "hypothesis")
