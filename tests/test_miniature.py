"""The miniature: labels by hand, lexicons without holes, fixed splits, and the same scene in every language."""

import dataclasses
from collections import Counter

import pytest
import regex

from engine.errors import InputError
from engine.miniature import lexicon, meanings, pairs, realisation, splits
from engine.miniature.meanings import CONTENT_SLOTS, LABELS, Scene, label, relation
from tests import artifacts

LANGUAGES = lexicon.languages()
SCRIPTS = {"en": "Latin", "de": "Latin", "sw": "Latin", "ru": "Cyrillic", "ar": "Arabic", "zh": "Han"}


def scene(words: str) -> Scene:
    return splits.parse(words)


# ---- What follows from what

BOOK = "who=teacher action=read whom=book"
ENTAILMENT, NEUTRAL, CONTRADICTION = LABELS
TABLE = [
    # both affirmed: entailed when every slot is equal or more general, contradicted when one excludes the other
    (BOOK, "who=person action=read whom=book", ENTAILMENT),
    ("who=girl action=read whom=book", "who=person action=read whom=book", ENTAILMENT),  # a hypernym's hypernym
    ("who=person action=read whom=book", BOOK, NEUTRAL),
    (BOOK, "who=doctor action=read whom=book", CONTRADICTION),
    (f"{BOOK} where=school", BOOK, ENTAILMENT),
    (BOOK, f"{BOOK} where=school", NEUTRAL),
    (f"{BOOK} where=school", f"{BOOK} where=hospital", CONTRADICTION),
    (f"{BOOK} when=morning", f"{BOOK} when=evening", CONTRADICTION),
    (f"{BOOK} when=morning", f"{BOOK} when=summer", NEUTRAL),  # a morning may well be in summer
    (f"{BOOK} number=three", f"{BOOK} number=two", CONTRADICTION),
    (BOOK, f"{BOOK} number=three", CONTRADICTION),  # "the teacher" is one
    (f"{BOOK} number=three", "who=person action=read whom=book number=three", ENTAILMENT),
    ("who=boy action=eat whom=apple", "who=boy action=eat whom=fruit", ENTAILMENT),
    ("who=boy action=eat whom=fruit", "who=boy action=eat whom=apple", NEUTRAL),
    ("who=boy action=eat whom=apple", "who=boy action=eat whom=banana", CONTRADICTION),
    ("who=boy action=buy whom=car", "who=boy action=sell whom=car", CONTRADICTION),  # rivals
    ("who=boy action=buy whom=car", "who=boy action=wash whom=car", NEUTRAL),  # no rivals
    ("who=boy action=buy whom=car whom_quality=red", "who=boy action=buy whom=car whom_quality=big", NEUTRAL),
    ("who=boy action=buy whom=car whom_quality=red", "who=boy action=buy whom=car whom_quality=green", CONTRADICTION),
    (f"{BOOK} where=school", f"{BOOK} whom_quality=old", NEUTRAL),  # more general and more specific at once
    (BOOK, "who=doctor action=read whom=book where=school", CONTRADICTION),  # more specific, but excluded
    # only the hypothesis denied: entailed when excluded, contradicted when covered
    (BOOK, f"{BOOK} negated", CONTRADICTION),
    (BOOK, "who=person action=read whom=book negated", CONTRADICTION),
    ("who=person action=read whom=book", f"{BOOK} negated", NEUTRAL),
    (BOOK, "who=doctor action=read whom=book negated", ENTAILMENT),
    (f"{BOOK} where=school", f"{BOOK} where=hospital negated", ENTAILMENT),
    (BOOK, f"{BOOK} where=school negated", NEUTRAL),
    # both denied: the other way round, since denying more denies less
    ("who=person action=read whom=book negated", f"{BOOK} negated", ENTAILMENT),
    (f"{BOOK} negated", "who=person action=read whom=book negated", NEUTRAL),
    (f"{BOOK} negated", "who=doctor action=read whom=book negated", NEUTRAL),
    (f"{BOOK} negated", f"{BOOK} where=school negated", ENTAILMENT),
    (f"{BOOK} where=school negated", f"{BOOK} negated", NEUTRAL),
    # only the premise denied: contradicted when what is denied covers the hypothesis
    (f"{BOOK} negated", BOOK, CONTRADICTION),
    ("who=person action=read whom=book negated", BOOK, CONTRADICTION),
    (f"{BOOK} negated", "who=person action=read whom=book", NEUTRAL),
    (f"{BOOK} negated", "who=doctor action=read whom=book", NEUTRAL),
    (f"{BOOK} where=school negated", f"{BOOK} where=hospital", NEUTRAL),
]


@pytest.mark.parametrize(("premise", "hypothesis", "expected"), TABLE)
def test_label_by_hand(premise, hypothesis, expected):
    assert label(scene(premise), scene(hypothesis)) == expected


@pytest.mark.parametrize(
    ("premise", "hypothesis", "expected"),
    [
        ("teacher", "teacher", "equal"),
        ("", "", "equal"),
        ("apple", "food", "forward"),
        ("school", "", "forward"),
        ("food", "apple", "reverse"),
        ("", "school", "reverse"),
        ("apple", "banana", "disjoint"),
        ("apple", "letter", "disjoint"),
        ("hot", "cold", "disjoint"),
        ("hot", "cheap", "independent"),
        ("monday", "winter", "independent"),
        ("sing", "work", "independent"),
        ("shout", "whisper", "disjoint"),
    ],
)
def test_relation_by_hand(premise, hypothesis, expected):
    assert relation(premise, hypothesis) == expected


def test_every_scene_entails_itself_and_contradicts_its_denial():
    for premise, _, _ in splits.read("dev"):
        denial = dataclasses.replace(premise, negated=not premise.negated)
        assert (label(premise, premise), label(premise, denial)) == (ENTAILMENT, CONTRADICTION)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("who=book action=sleep", "slot who .* cannot hold 'book'"),
        ("who=dragon action=sleep", "cannot hold 'dragon'"),
        ("who=teacher action=sleep whom=book", "sleep takes no object"),
        ("who=teacher action=read", "read needs object"),
        ("who=teacher action=read whom=book why=fun", "is no scene"),
        ("who=teacher", "is no scene"),
    ],
)
def test_scenes_without_sense_are_refused(words, reason):
    with pytest.raises(InputError, match=reason):
        scene(words)


# ---- Lexicons

ENGLISH = (lexicon.FOLDER / "en.tsv").read_text(encoding="utf-8")
TEACHER = "teacher\tsg=teacher; pl=teachers\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_lexicon_says_every_concept_with_every_form(language):
    found, forms = lexicon.load(language), lexicon.grammar(language).FORMS
    assert list(found) == list(meanings.concepts())
    for concept, entries in found.items():
        for entry in entries:
            assert set(forms[meanings.concepts()[concept].kind]) <= set(entry.forms), f"{language}: {concept}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_lexicon_is_written_in_its_own_script(language):
    allowed = regex.compile(rf"[\p{{Script={SCRIPTS[language]}}}\p{{Mn}} '’-]+")
    texts = [(e.concept, text) for es in lexicon.load(language).values() for e in es for text in e.forms.values()]
    # Numerals may be digits, which every script writes.
    foreign = [(c, t) for c, t in texts if not allowed.fullmatch(t) and not (meanings.concepts()[c].kind == "number" and t.isdecimal())]
    assert foreign == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_says_two_concepts_of_one_class(language):
    concepts_of: dict[tuple[str, str], set[str]] = {}
    for concept, entries in lexicon.load(language).items():
        for text in {text for entry in entries for text in entry.forms.values()}:
            concepts_of.setdefault((text, meanings.concepts()[concept].kind), set()).add(concept)
    assert {key: names for key, names in concepts_of.items() if len(names) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_concepts_have_synonyms(language):
    with_synonyms = sum(len(entries) > 1 for entries in lexicon.load(language).values())
    assert with_synonyms / len(meanings.concepts()) > 0.7


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (TEACHER, "teacher\tsg=teacher\n", "lacks the form pl"),
        (TEACHER, "teacher sg=teacher; pl=teachers\n", "separated by tabs"),
        (TEACHER, "teacher\tsg=teacher; pl=teachers\tx=1\ty=2\n", "separated by tabs"),
        (TEACHER, "techer\tsg=teacher; pl=teachers\n", "Unknown concept 'techer'. Did you mean teacher"),
        (TEACHER, "teacher\tsg=teacher; teachers\n", "expected distinct key=text pairs joined by ';', got 'teachers'"),
        (TEACHER, "teacher\tsg=teacher; pl=\n", "expected distinct key=text pairs"),
        (TEACHER, "teacher\tsg=teacher; sg=tutor; pl=teachers\n", "expected distinct key=text pairs"),
        (TEACHER, TEACHER + TEACHER, "has this entry twice"),
    ],
)
def test_errors_in_a_lexicon_are_named_with_file_and_line(old, new, reason):
    line = ENGLISH[: ENGLISH.index(old)].count("\n") + new.count("\n")
    with pytest.raises(InputError) as refused:
        lexicon.parse(ENGLISH.replace(old, new, 1), "en.tsv", lexicon.grammar("en").FORMS)
    assert f"en.tsv:{line}: " in str(refused.value)
    assert reason in str(refused.value)


def test_a_lexicon_without_a_concept_is_refused():
    without = "".join(line for line in ENGLISH.splitlines(keepends=True) if not line.startswith(("teacher\t", "hot\t")))
    with pytest.raises(InputError, match="en.tsv: no entry for the concept teacher, hot"):
        lexicon.parse(without, "en.tsv", lexicon.grammar("en").FORMS)


def test_unknown_language_is_refused():
    with pytest.raises(InputError, match="Unknown miniature language 'xx'"):
        lexicon.load("xx")


# ---- Splits


@pytest.mark.parametrize("split", splits.FINGERPRINTS)
def test_split_is_fixed_balanced_and_right(split):
    rows = splits.read(split)
    assert len(rows) == pairs.SPLIT_SIZES[split] == len(set(rows))
    assert set(Counter(named for *_, named in rows).values()) == {len(rows) // 3}
    wrong = [(splits.say(p), splits.say(h), named) for p, h, named in rows if label(p, h) != named]
    assert wrong == []


def test_no_event_is_in_two_splits():
    seen = {s: {(x.who, x.action, x.whom) for p, h, _ in splits.read(s) for x in (p, h)} for s in splits.FINGERPRINTS}
    assert all(seen.values())
    assert not (seen["train"] & seen["dev"] or seen["train"] & seen["test"] or seen["dev"] & seen["test"])


def test_the_sampler_makes_the_development_split_anew():
    assert pairs.pairs("dev") == list(splits.read("dev"))


def test_scenes_survive_writing_and_reading():
    for premise, hypothesis, _ in splits.read("test"):
        assert (scene(splits.say(premise)), scene(splits.say(hypothesis))) == (premise, hypothesis)


def test_an_edited_split_is_refused(tmp_path, monkeypatch):
    text = (splits.FOLDER / "dev.tsv").read_text(encoding="utf-8")
    (tmp_path / "dev.tsv").write_text(text.replace("neutral", "entailment", 1), encoding="utf-8")
    monkeypatch.setattr(splits, "FOLDER", tmp_path)
    with pytest.raises(InputError, match="dev.tsv is not the fixed dev split"):
        splits.read.__wrapped__("dev")


def test_the_hypothesis_alone_and_shared_words_do_not_give_the_label_away():
    found = artifacts.report()
    assert found["hypothesis only"] < 0.55
    assert found["shared words"] < 0.55
    assert max(found.values()) < 0.80  # what a model must beat to have understood words


# ---- Sentences

SCENES = sorted({x for p, h, _ in splits.read("test") for x in (p, h)}, key=splits.say)


@pytest.mark.parametrize("language", LANGUAGES)
def test_different_scenes_are_different_sentences(language):
    said = Counter(realisation.sentence(x, language).text for x in SCENES)
    assert len(SCENES) > 1000
    assert [text for text, n in said.items() if n > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_is_said_and_spans_cut_the_sentence_exactly(language):
    for x in SCENES:
        said = realisation.sentence(x, language)
        slots = {slot for slot in CONTENT_SLOTS if getattr(x, slot)} | ({"negation"} if x.negated else set())
        assert {span.slot for span in said.spans} == slots, said.text
        assert [said.text[s.start : s.end] for s in said.spans] == [s.text for s in said.spans]
        outside = said.text
        for span in reversed(said.spans):
            outside = outside[: span.start] + outside[span.end :]
        assert outside.strip() == lexicon.grammar(language).STOP, said.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_alignment_joins_equal_slots_and_leaves_no_word_alone(language):
    for x in SCENES[::20]:
        english, other = realisation.sentence(x, "en"), realisation.sentence(x, language)
        joined = realisation.align(english, other)
        assert all(english.spans[i].slot == other.spans[j].slot for i, j in joined)
        assert {i for i, _ in joined} == set(range(len(english.spans)))
        assert {j for _, j in joined} == set(range(len(other.spans)))


def test_gold_alignment_by_hand():
    english, swahili = (realisation.sentence(scene(BOOK), code) for code in ("en", "sw"))
    assert (english.text, swahili.text) == ("The teacher read the book.", "Mwalimu alisoma kitabu.")
    assert realisation.align(english, swahili) == [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2)]


def test_the_same_id_is_the_same_item_in_every_language():
    from engine import data
    from engine.config import TaskData

    parallel = data.parallel(TaskData(), "test", limit=50)
    assert len(parallel) == 50
    for number, versions in enumerate(parallel.values()):
        premise, hypothesis, named = splits.read("test")[number]
        assert list(versions) == LANGUAGES
        for code, example in versions.items():
            expected = (realisation.sentence(premise, code).text, realisation.sentence(hypothesis, code).text, named)
            assert (example.text, example.text_pair, example.label) == expected
