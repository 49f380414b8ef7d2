"""Noise, synonyms, code-switching and generalized pairs: valid in every script, visible when they do nothing."""

import json
import random
import re
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
import regex

from engine import text as texts
from engine.errors import InputError
from engine.miniature import lexicon
from engine.miniature.meanings import Scene
from engine.miniature.realisation import Sentence, Span, sentence
from engine.miniature.scenes import random_scene
from engine.perturbations import (
    ATTACKS,
    PERTURBATIONS,
    codeswitch,
    exchange,
    get,
    neighbours,
    neighbours_from_file,
    perturb,
    perturb_example,
)
from engine.perturbations.alphabets import groups, substitute
from engine.perturbations.edits import applied, how_many
from engine.results import Edit, Example

NOISE = ("swap", "drop", "insert", "substitute", "typo")
TEXTS = {
    "en": "The three happy teachers didn't read 3.50 old books 👩‍👩‍👧 yesterday.",
    "de": "Die glücklichen Lehrer lasen heute draußen.",
    "hi": "यह फिल्म बहुत अच्छी और क्षत्रिय कहानी है।",
    "bn": "আমি প্রতিদিন বাংলা বই পড়ি",
    "ta": "இந்த திரைப்படம் மிகவும் நன்றாக உள்ளது",
    "th": "ภาพยนตร์เรื่องนี้ดีมากและสนุก",
    "ja": "猫がiPhoneで本を読みました。コーヒー",
    "zh": "我喜欢iPhone手机，老师昨天在车站读了一本旧书。",
    "my": "မြန်မာဘာသာစကားသည် ကောင်းသည်",
    "km": "ខ្ញុំស្រលាញ់ភាសាខ្មែរ",
    "lo": "ຂ້ອຍຮັກພາສາລາວ",
    "fa": "می‌خواهم این کتاب را بخوانم",
    "ar": "الْكِتَابُ جميلٌ جدًّا، أليس كذلك؟",
    "he": "הילדים הלכו אתמול לבית־ספר",
    "ko": "나는 어제 재미있는 책을 읽었습니다",
    "am": "እኔ መጽሐፍ አነበብኩ",
    "ru": "Три счастливых учителя не читали книгу",
    "tr": "İSTANBUL GÜZEL bir şehir",
    "vi": "Tôi thích đọc sách cũ trong nhà ga",
}


def scripts(text):
    return {texts.script_of(g.text) for g in texts.graphemes(text)}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("name", NOISE)
def test_noise_leaves_well_formed_text_in_the_same_scripts(name, language):
    text = TEXTS[language]
    for seed in range(8):
        result = perturb(name, text, language, 1.0, seed)
        assert result.applicable and result.text != text
        assert scripts(result.text) <= scripts(text)
        assert not regex.search(r"(?<![\p{L}\p{M}\u200C\u200D])\p{M}", result.text.replace("👩‍👩‍👧", ""))
        assert unicodedata.is_normalized("NFC", result.text) or not unicodedata.is_normalized("NFC", text)
        assert applied(text, result.edits) == result.text
        assert all(text[e.start : e.end] == e.before != e.after for e in result.edits)
        assert all(a.end <= b.start for a, b in zip(result.edits, result.edits[1:], strict=False))


def test_digits_emoji_apostrophes_and_the_ends_of_words_stay():
    for seed in range(30):
        noisy = perturb("typo", TEXTS["en"], "en", 1.0, seed).text
        assert "3.50" in noisy and "👩‍👩‍👧" in noisy and "'" in noisy
        assert re.fullmatch(r"T\w*e t\w*e h\w*y t\w*s d\w*'t r\w*d 3.50 o\w*d b\w*s 👩‍👩‍👧 y\w*y\.", noisy), noisy


def test_swap_keeps_all_letters_and_drop_removes_one_per_word():
    text = "teachers remember"
    assert sorted(perturb("swap", text, "en", 1.0, 1).text) == sorted(text)
    assert len(perturb("drop", text, "en", 1.0, 1).text) == len(text) - 2
    assert len(perturb("insert", text, "en", 1.0, 1).text) == len(text) + 2
    assert len(perturb("substitute", text, "en", 1.0, 1).text) == len(text)


def test_capital_letters_are_replaced_by_capital_letters():
    for seed in range(20):
        assert perturb("substitute", "TEACHER", "en", 1.0, seed).text.isupper()
        assert perturb("insert", "TEACHER", "en", 1.0, seed).text.isupper()


def test_replacements_by_hand():
    rng = random.Random(1)
    for _ in range(50):
        assert substitute("कि", "hi", rng)[1:] == "ि"
        assert substitute("कि", "hi", rng)[0] in groups("Devanagari", "hi")[0].replace("क", "")
        assert substitute("आ", "hi", rng) in groups("Devanagari", "hi")[1].replace("आ", "")
        assert substitute("é", "en", rng) in "abcdefghijklmnopqrstuvwxyz"
        assert substitute("x", "ru", rng) in "abcdefghijklmnopqrstuvwyz"
        assert substitute("Ж", "bg", rng) in "АБВГДЕЗИЙКЛМНОПРСТУФХЦЧШЩЪЬЮЯ"
        old, new = (unicodedata.normalize("NFD", s) for s in ("한", substitute("한", "ko", rng)))
        assert len(new) == 3 and sum(a != b for a, b in zip(old, new, strict=True)) == 1


def test_no_list_holds_a_letter_twice_or_of_another_script():
    for script, language in [(s, "") for s in ("Latin", "Thai", "Han", "Ethiopic", "Malayalam")] + [
        ("Latin", "vi"), ("Latin", "tr"), ("Cyrillic", "kk"), ("Arabic", "ur"), ("Han", "ja"),
    ]:  # fmt: skip
        letters = "".join(groups(script, language))
        assert len(letters) > 20 and len(set(letters)) == len(letters)
        assert {texts.script_of(c) for c in letters} == {script}


def test_severity_is_the_share_of_words():
    assert [how_many(s, 10) for s in (0, 0.01, 0.2, 0.55, 1)] == [0, 1, 2, 6, 10]
    text = " ".join(["remember"] * 10)
    assert [len(perturb("typo", text, "en", s, 1).edits) for s in (0.01, 0.2, 1.0)] == [1, 2, 10]


@pytest.mark.parametrize("name", [*NOISE, "synonym", "codeswitch"])
def test_stronger_noise_makes_the_edits_of_the_weaker_and_more(name):
    text = "Three happy teachers read the old book at the station in the evening."
    few, many = (set(perturb(name, text, "en", s, 5).edits) for s in (0.1, 0.4))
    assert few < many


def test_the_same_call_gives_the_same_result_in_any_process():
    calls = "[perturb(n, 'Three happy teachers read the book.', 'en', 0.5, 7).text for n in sorted(PERTURBATIONS)]"
    code = f"import sys; from engine.perturbations import *; sys.stdout.buffer.write(ascii({calls}).encode())"
    seen = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": s}, capture_output=True, check=True).stdout
        for s in ("1", "2")
    }
    here = [perturb(n, "Three happy teachers read the book.", "en", 0.5, 7).text for n in sorted(PERTURBATIONS)]
    assert seen == {ascii(here).encode()}


def test_seeds_differ():
    assert len({perturb("typo", TEXTS["en"], "en", 0.3, seed).text for seed in range(10)}) > 5


@pytest.mark.parametrize(
    ("name", "text", "language", "severity", "why"),
    [
        ("typo", "I am 12", "en", 0.5, "long enough"),
        ("substitute", "ᚠᚢᚦᚨᚱᚲ", "en", 0.5, "no list of letters"),
        ("synonym", "A casa é bonita.", "pt", 0.5, "no lexicon of synonyms for the language pt"),
        ("synonym", "Colourless ideas ponder.", "en", 0.5, "No word of this text has a synonym"),
        ("codeswitch", "A casa é bonita.", "pt", 0.5, "no lexicon for the language pt"),
        ("codeswitch", "Colourless ideas ponder.", "en", 0.5, "counterpart in the lexicon of"),
        ("hypothesis_language", "The dog slept.", "en", 0.5, "second text of a pair"),
        ("typo", "Three teachers", "en", 0.0, "severity of 0"),
    ],
)
def test_what_does_not_apply_says_why(name, text, language, severity, why):
    result = perturb(name, text, language, severity, 1)
    assert (result.text, result.edits, result.applicable) == (text, (), False)
    assert why in result.reason


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="Did you mean typo"):
        perturb("typos", "The dog", "en", 0.5, 1)
    with pytest.raises(InputError, match="Unknown language 'xx'"):
        perturb("typo", "The dog", "xx", 0.5, 1)
    with pytest.raises(InputError, match="empty"):
        perturb("typo", " ", "en", 0.5, 1)
    for severity in (-0.1, 1.5, float("nan")):
        with pytest.raises(InputError, match="between 0 and 1"):
            perturb("synonym", "The dog", "en", severity, 1)


def test_synonyms_keep_number_case_and_phrases():
    found = neighbours("en").candidates("Teachers saw the dog at the station. TEACHERS!")
    assert [(span.text, others) for span, others in found] == [
        ("Teachers", ["Educators"]), ("dog", ["canine"]), ("at the station", ["at the railway station", "at the train station"]), ("TEACHERS", ["EDUCATORS"]),
    ]  # fmt: skip
    assert dict((s.text, o) for s, o in neighbours("tr").candidates("İyi doktor arabayı sattı."))["arabayı"] == ["otomobili"]
    # Without spaces: the longest phrase that is known, and a replacement without spaces.
    thai = dict((s.text, o) for s, o in neighbours("th").candidates("คนขับรถแปดคนนอน"))
    assert thai["คนขับรถ"] == ["ผู้ขับขี่"]


def test_synonyms_fit_an_and_a():
    table = neighbours("en")
    assert [o for s, o in table.candidates("The lawyer slept.") if s.text == "lawyer"] == [["attorney"]]
    assert "attorney" not in [w for s, o in table.candidates("I saw a lawyer.") if s.text == "lawyer" for w in o]


def test_german_readings_are_kept_apart():
    # "schenkte ... ein" and "goss ... ein" are to pour, but "goss" alone is to water.
    table = neighbours("de")
    shown = dict((s.text, o) for s, o in table.candidates("Der Arzt schenkte die Milch ein. Der Bub goss die Blumen."))
    assert shown["schenkte"] == ["goss"] and "goss" not in shown
    assert shown["Bub"] == ["Junge"], "not junge, which is young"
    # What agrees goes along: "beim Rechtsanwalt" and "bei der Anwältin" differ in more than the noun.
    assert all(" " in o for s, others in table.candidates("Er wartete auf dem Polizeirevier.") if s.text.startswith("dem") for o in others)


@pytest.mark.parametrize("language", lexicon.languages())
def test_synonyms_give_sentences_that_the_grammar_can_say(language):
    # Other sentences than those that the pairs were learned from; a rare context may still have been unseen there.
    rng, right, wrong = random.Random(99), 0, []
    for _ in range(150):
        plain, variants = exchange.sayable(language, rng)
        known = {other.text for other in variants}
        for span, others in neighbours(language).candidates(plain.text):
            changed = {plain.text[: span.start] + other + plain.text[span.end :] for other in others}
            right += len(changed & known)
            wrong += sorted(changed - known)
    assert right > 150 and len(wrong) <= 0.02 * right, (right, wrong)


@pytest.mark.parametrize("language", ["de", "th", "tr"])
def test_synonym_files_are_those_that_the_grammars_give(language):
    assert {phrase: tuple(others) for phrase, others in exchange.learn(language).items()} == exchange.exchangeable(language)


def test_differences_by_hand():
    def of(first, second):
        def said(text):
            words = [w.split("/") for w in text.split()]
            at, spans = 0, []
            for shown, slot, tag in words:
                spans.append(Span(shown, at, at + len(shown), slot, tag))
                at += len(shown) + 1
            return Sentence(" ".join(w[0] for w in words), "en", tuple(spans))

        return exchange.difference(said(first), said(second))

    start = "The/who/DET"
    assert of(f"{start} dog/who/NOUN ran/action/VERB", f"{start} canine/who/NOUN ran/action/VERB") == ("dog", "canine")
    assert of(f"{start} dog/who/NOUN", f"{start} dog/who/NOUN") is None
    assert of(f"{start} dog/who/NOUN ran/action/VERB", f"{start} cat/who/NOUN sat/action/VERB") is None, "two slots"
    assert of("Dogs/who/NOUN ran/action/VERB", "Canines/who/NOUN ran/action/VERB") is None, "a capital letter may hide the word"
    assert of(f"{start} dog/who/NOUN in/when/ADP May/when/NOUN", f"{start} dog/who/NOUN during/when/ADP May/when/NOUN") == ("in May", "during May")
    assert of(f"{start} dog/who/NOUN won/action/VERB it/action/PRON", f"{start} dog/who/NOUN won/action/VERB") == ("won it", "won")


@pytest.mark.parametrize("language", lexicon.languages())
def test_code_switching_never_loses_a_denial(language):
    scene = Scene("teacher", "read", whom="book", where="station", negated=True)
    denial = {
        "ar": "لم", "bg": "не", "de": "nicht", "el": "δεν", "en": "did not", "es": "no", "fi": "ei", "fr": "pas", "hi": "नहीं", "id": "tidak",
        "ja": "なかった", "ko": "않았다", "ru": "не", "sw": "haku", "ta": "வில்லை", "th": "ไม่", "tr": "madı", "ur": "نہیں", "vi": "không", "zh": "没有",
    }  # fmt: skip
    text = sentence(scene, language).text
    for seed in range(12):
        result = perturb("codeswitch", text, language, 1.0, seed)
        assert result.applicable
        assert denial[language] in result.text.lower()


def test_code_switching_uses_one_other_language_and_the_same_number():
    table = codeswitch.counterparts("en", "de")
    assert [(s.text, o) for s, o in table.candidates("The dogs read the book.")] == [
        ("dogs", ["Hunde"]), ("read", ["las"]), ("book", ["Buch"]),
    ]  # fmt: skip
    assert codeswitch.counterparts("de", "en").candidates("Hunde")[0][1] == ["Dogs"]
    mixed = {frozenset(scripts(perturb("codeswitch", "The dogs read the book.", "en", 1.0, s).text)) for s in range(30)}
    assert frozenset({"Latin", "Han", "Common"}) in mixed and not any({"Han", "Cyrillic"} <= m for m in mixed)


def test_latin_words_in_chinese_text_do_not_run_together():
    assert codeswitch.counterparts("zh", "en").candidates("那本旧书。")[-1][1] == [" book"]


def test_words_from_files(tmp_path):
    pairs = tmp_path / "n.json"
    pairs.write_text(json.dumps({"movie": ["film", "cinema"], "br": [], "new york": ["gotham"]}), encoding="utf-8")
    found = neighbours_from_file(pairs).candidates("A Movie in New York, new-york or br")
    assert [(s.text, o) for s, o in found] == [("Movie", ["Film", "Cinema"]), ("New York", ["Gotham"])]
    assert perturb(f"synonym:{pairs}", "A movie", "en", 1.0, 1).text in ("A film", "A cinema")
    muse = tmp_path / "en-vi.txt"
    muse.write_text("cat\tcon mèo\ndog chó\ndog cún\n", encoding="utf-8")
    assert perturb(f"codeswitch:{muse}", "The cat", "en", 1.0, 1).text == "The con mèo"
    assert codeswitch.dictionary_from_file(muse, "en").candidates("Dog!")[0][1] == ["Chó", "Cún"]
    assert get(f"codeswitch:{muse}").name == f"codeswitch:{muse}"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("n.json", "[1]", "one object"), ("n.json", '{"a": "b"}', "list words for 'a'"), ("n.json", "{", "cannot be read as JSON")],
)
def test_bad_neighbour_files_are_refused_by_name(tmp_path, name, content, says):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=f"n.json.*{says}"):
        neighbours("en", str(tmp_path / name))


def test_bad_dictionaries_are_refused_with_the_line(tmp_path):
    (tmp_path / "d.txt").write_text("dog Hund\ncat\n", encoding="utf-8")
    with pytest.raises(InputError, match="d.txt:2: expected a word and its translation"):
        perturb(f"codeswitch:{tmp_path / 'd.txt'}", "dog", "en", 1.0, 1)
    with pytest.raises(InputError, match="nowhere.txt cannot be read"):
        perturb("codeswitch:nowhere.txt", "dog", "en", 1.0, 1)


def test_both_texts_of_a_pair_are_changed_independently():
    example = Example("1", "nli", "en", "Remember remember teachers", "Remember remember teachers", "en", "neutral")
    changed, first, second = perturb_example("typo", example, 1.0, 1)
    assert (changed.text, changed.text_pair) == (first.text, second.text)
    assert first.text != second.text
    assert (changed.id, changed.label, changed.language_pair) == ("1", "neutral", "en")
    single, first, second = perturb_example("typo", Example("1", "nli", "en", "Remember"), 1.0, 1)
    assert single.text == first.text != "Remember" and second is None


def test_the_second_text_is_changed_in_its_own_language():
    example = Example("1", "nli", "en", "Remember", "Счастливых", "ru", "neutral")
    assert scripts(perturb_example("substitute", example, 1.0, 1)[0].text_pair) == {"Cyrillic"}


def test_hypothesis_language_takes_the_same_item_in_another_language():
    def item(language, **kwargs):
        return Example("7", "nli", language, f"p {language}", f"h {language}", language, kwargs.get("label", "neutral"))

    parallel = {"en": item("en"), "de": item("de"), "sw": item("sw"), "zh": item("zh", label="entailment")}
    seen = set()
    for seed in range(20):
        changed, first, second = perturb_example("hypothesis_language", item("en"), 1.0, seed, parallel)
        assert changed.text == "p en" and not first.applicable and second.applicable
        assert changed.text_pair == f"h {changed.language_pair}" == second.text
        assert second.edits == (Edit(0, 4, "h en", second.text),)
        seen.add(changed.language_pair)
    # zh has another label, so it is not the same item.
    assert seen == {"de", "sw"}
    unchanged, _, second = perturb_example("hypothesis_language", item("en"), 1.0, 1)
    assert unchanged == item("en") and not second.applicable and "no translation" in second.reason


def test_neighbours_are_fast_enough_for_training():
    table = neighbours("en")
    rng = random.Random(3)
    given = [sentence(random_scene(rng), "en").text for _ in range(300)]
    spent = []
    for round in range(3):
        fresh = [f"{text} {round}" for text in given]
        start = time.perf_counter()
        for text in fresh:
            table.candidates(text)
        spent.append((time.perf_counter() - start) / len(given))
    # About 30 microseconds here; the bound leaves room for slow and shared machines.
    assert min(spent) < 300e-6


def test_every_name_is_documented():
    written = (Path(__file__).parents[1] / "docs" / "perturbations.md").read_text(encoding="utf-8")
    for name in (*PERTURBATIONS, *ATTACKS):
        paragraph = re.search(rf"^### `{name}`\n\n((?:[^\n#].*\n)+)", written, re.MULTILINE)
        assert paragraph and len(paragraph[1]) > 80, f"docs/perturbations.md has no paragraph on {name}"
    for entry in (*PERTURBATIONS.values(), *ATTACKS.values()):
        assert entry.title and entry.help.endswith(".")


def test_texts_of_a_data_set_are_taken_as_they_are():
    stray = Example("1", "nli", "en", "Remember\x9d the teacher", "The teacher slept")
    changed, first, _ = perturb_example("typo", stray, 1.0, 1)
    assert "\x9d" in changed.text and changed.text != stray.text and first.applicable
    with pytest.raises(InputError, match="control character"):
        perturb("typo", stray.text, "en", 1.0, 1)
