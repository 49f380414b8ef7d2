"""The table of languages, and finding out the language of a text."""

import subprocess
import sys

import pytest

from engine.errors import InputError
from engine.languages import LANGUAGES, detect, get

XTREME_R = (
    "af ar az bg bn de el en es et eu fa fi fr gu he hi ht hu id it ja jv ka kk ko lt ml mr ms my nl pa pl pt qu ro ru sw ta "
    "te th tl tr uk ur vi wo yo zh"
)


def test_the_table_holds_the_fifty_languages_of_xtreme_r():
    codes = XTREME_R.split()
    assert len(codes) == 50
    assert set(codes) <= set(LANGUAGES)


def test_rows_are_well_formed():
    for code, row in LANGUAGES.items():
        assert code == row.code and row.name and row.endonym and row.family
        assert row.direction in ("ltr", "rtl") and row.resource in ("high", "medium", "low")


def test_direction_resource_and_spacing():
    assert {c for c, row in LANGUAGES.items() if row.direction == "rtl"} == {"ar", "fa", "he", "ur"}
    assert {c for c, row in LANGUAGES.items() if not row.spaced} == {"ja", "km", "lo", "my", "th", "zh"}
    assert [get(c).resource for c in ("en", "bn", "sw")] == ["high", "medium", "low"]


def test_unknown_codes_are_refused_with_a_hint():
    with pytest.raises(InputError, match="Did you mean de"):
        get("German")
    with pytest.raises(InputError, match="Did you mean sw"):
        get("swa")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The dog sleeps in the forest.", "en"), ("Der Hund schläft im Wald.", "de"), ("Собака спит в лесу", "ru"),
        ("Mbwa amelala nyumbani kwetu.", "sw"), ("الكلب نام في الغابة", "ar"), ("یہ ایک بہت اچھی کتاب ہے", "ur"),
        ("این کتاب بسیار خوب است", "fa"), ("यह किताब बहुत अच्छी है", "hi"), ("இது ஒரு புத்தகம்", "ta"), ("นี่คือหนังสือ", "th"),
        ("这本书很好", "zh"), ("この本は面白い", "ja"), ("이 책은 재미있다", "ko"), ("Tôi thích đọc sách", "vi"),
        ("我的iPhone手机坏了", "zh"), ("東京へ", "ja"), ("Hola", "en"),
    ],
)  # fmt: skip
def test_detect(text, code):
    # "Hola" has no feature that the model knows: then it is the source language, not the first of the alphabet.
    assert detect(text) == code


def test_detect_needs_letters():
    with pytest.raises(InputError, match="no letters"):
        detect("12 👍 !!")


def test_the_light_parts_import_without_torch():
    code = "import sys, engine.languages, engine.text, engine.perturbations; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
