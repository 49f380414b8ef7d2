"""The miniature: labels by hand, lexicons without holes, fixed splits, and the same scene in every language."""

import dataclasses
import re
from collections import Counter

import pytest

from engine.errors import InputError
from engine.miniature import check, items, lexicon, meanings, realisation, splits
from engine.miniature.formats import FORMATS, choice, inference, paraphrase, similarity
from engine.miniature.items import spoken
from engine.miniature.meanings import LABELS, Scene, concepts, label, relation
from engine.miniature.scenes import said, split_of
from tests import artifacts, identified

LANGUAGES = lexicon.languages()
TASKS = [(task, split) for task, of in splits.fingerprints().items() for split in of]


def scene(words: str) -> Scene:
    return items.parse(words).scene


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
    for item in splits.read("nli", "dev"):
        premise = item.sayings[0].scene
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
    assert list(found) == list(concepts())
    for concept, entries in found.items():
        for entry in entries:
            assert set(forms[concepts()[concept].kind]) <= set(entry.forms), f"{language}: {concept}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wrong_with_a_language(language):
    """Script, words that say two concepts, and every slot, frame and question of many scenes (see check)."""
    assert list(check.problems(language, 120)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_more_than_one_frame(language):
    frames = lexicon.grammar(language).FRAMES
    assert frames[0] == "plain"
    assert len(frames) >= 2
    x = scene(f"{BOOK} where=school when=morning")
    assert len({realisation.sentence(x, language, frame=f).text for f in frames}) == len(frames)


def test_there_are_enough_concepts_of_every_kind():
    domains = Counter(c.domain for c in concepts().values())
    assert domains[""] >= 300
    assert min(domains["legal"], domains["medical"]) >= 50
    assert {"connective", "quantifier", "name", "organisation", "city"} < {c.kind for c in concepts().values()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_concepts_have_synonyms(language):
    with_synonyms = sum(len(entries) > 1 for entries in lexicon.load(language).values())
    assert with_synonyms / len(concepts()) > 0.55


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
        (TEACHER, "teacher\tsg=teacher/NUON; pl=teachers\n", "'teacher/NUON' has a wrong tag"),
        (TEACHER, "teacher\tsg=school teacher/NOUN; pl=teachers\n", "'school' in 'school teacher/NOUN' has no tag"),
        (TEACHER, "teacher\tsg=учитель; pl=teachers\n", "teacher is written 'учитель', in which U+0443 (CYRILLIC SMALL LETTER U) is not in the Latin script"),
        (TEACHER, "teacher\tsg=te\u0430cher; pl=teachers\n", "in which U+0430 (CYRILLIC SMALL LETTER A) is not in the Latin script"),
        (TEACHER, "teacher\tsg=老师; pl=teachers\n", "teacher is written '老师', in which U+8001"),
        ("unicef\tsg=UNICEF/PROPN\n", "unicef\tsg=ЮНИСЕФ/PROPN\n", "unicef is written 'ЮНИСЕФ'"),
        ("four\tnum=4\n", "four\tnum=٤\n", "ARABIC-INDIC DIGIT FOUR"),
        *(
            (TEACHER, f"teacher\tsg=teach{hidden}er; pl=teachers\n", f"the invisible character U+{ord(hidden):04X}")
            for hidden in ("\u200b", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u200d", "\u2028", "\u00a0")
        ),
        (TEACHER, "teacher\tsg=teach\u034fer; pl=teachers\n", "U+034F (COMBINING GRAPHEME JOINER)"),
        (TEACHER, "teacher\tsg=teacher; pls=teachers\n", "Unknown form of the class person 'pls'. Did you mean pl?"),
        (TEACHER, "teacher\tsg=teacher; pl=teachers; sg_hatt=tutor\n", "Unknown form of the class person 'sg_hatt'"),
        (TEACHER, "teacher\tsg=teacher; pl=teachers; sg_hat=foo\n", "Unknown form of the class person 'sg_hat'. Did you mean sg?"),
        (TEACHER, "teacher\tsg=teacher; pl=teachers\tgender=f\n", "Unknown feature 'gender'"),
    ],
)
def test_errors_in_a_lexicon_are_named_with_file_and_line(old, new, reason):
    line = ENGLISH[: ENGLISH.index(old)].count("\n") + new.count("\n")
    with pytest.raises(InputError) as refused:
        lexicon.parse(ENGLISH.replace(old, new, 1), "en.tsv", "en")
    assert f"en.tsv:{line}: " in str(refused.value)
    assert reason in str(refused.value)


def test_a_lexicon_without_a_concept_is_refused_with_the_line_that_it_belongs_after():
    lines = ENGLISH.splitlines(keepends=True)
    without = [line for line in lines if not line.startswith(("teacher\t", "hot\t"))]
    order = list(concepts())
    with pytest.raises(InputError) as refused:
        lexicon.parse("".join(without), "en.tsv", "en")
    before = {name: order[order.index(name) - 1] for name in ("teacher", "hot")}
    last = {name: max(n for n, line in enumerate(without, 1) if line.startswith(f"{before[name]}\t")) for name in before}
    assert str(refused.value) == (
        f"en.tsv:{last['teacher']}: no entry after this line for the concept teacher (class person, forms sg, pl); "
        f"en.tsv:{last['hot']}: no entry after this line for the concept hot (class quality, forms adj)."
    )


def test_a_word_for_two_concepts_of_a_class_is_refused_with_both_lines():
    teacher, doctor = (ENGLISH[: ENGLISH.index(f"\n{word}\t")].count("\n") + 2 for word in ("teacher", "doctor"))
    assert teacher < doctor
    with pytest.raises(InputError, match=f"en.tsv:{doctor}: 'doctor' says doctor here and teacher in line {teacher}, both of the class person"):
        lexicon.parse(ENGLISH.replace(TEACHER, "teacher\tsg=doctor; pl=teachers\n", 1), "en.tsv", "en")


def test_an_entry_without_a_feature_that_its_grammar_needs_is_refused():
    german = (lexicon.FOLDER / "de.tsv").read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"de.tsv:\d+: Unknown feature 'gendr'. Did you mean gender"):
        lexicon.parse(german.replace("gender=f", "gendr=f", 1), "de.tsv", "de")
    with pytest.raises(InputError, match=r"de.tsv:\d+: person lacks the feature gender"):
        lexicon.parse(german.replace("\tgender=f", "", 1), "de.tsv", "de")


@pytest.mark.parametrize(
    ("language", "old", "new", "reason"),
    [
        ("de", "gender=f", "gender=q", "Unknown value of the feature gender 'q'. Known: f, m, n, p."),
        ("sw", "class=1", "class=77", "Unknown value of the feature class '77'."),
        ("zh", "classifier=个", "classifier=zzz", "Unknown value of the feature classifier 'zzz'. Known: no, yes, a word."),
        ("ja", "classifier=人", "classifier=hito", "the feature classifier is a word in the Japanese script, got 'hito'"),
        ("en", "school/NOUN", "school/PUNCT", "'at/ADP the/DET school/PUNCT' has a wrong tag; .* PUNCT is of marks alone"),
        ("en", "school/NOUN", "school/ADJ", "'at/ADP the/DET school/ADJ' has a wrong tag; of the class place one word at least is NOUN or PROPN or ADV"),
        ("de", "Mädchen", "Ma\u0308dchen", "has a letter in pieces"),
    ],
)
def test_a_value_tag_or_letter_that_cannot_be_is_refused(language, old, new, reason):
    text = (lexicon.FOLDER / f"{language}.tsv").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(InputError, match=rf"^{language}.tsv:\d+: {reason}"):
        lexicon.parse(text.replace(old, new, 1), f"{language}.tsv", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_values_that_a_grammar_knows_are_of_features_that_it_reads(language):
    module = lexicon.grammar(language)
    assert set(getattr(module, "VALUES", {})) <= set(module.FEATURES)


def test_an_empty_lexicon_names_some_of_what_it_lacks_and_how_much_more():
    with pytest.raises(InputError, match=f"; and {len(concepts()) - lexicon.NAMED} more.$"):
        lexicon.parse("\n", "en.tsv", "en")


def with_form(language, concept, key):
    """The lexicon with one more form in the first entry of a concept, which is written like another form of it."""
    before, line, after = re.split(rf"^({concept}\t[^\t\n]*)", (lexicon.FOLDER / f"{language}.tsv").read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)
    text = re.search("=([^;]*)", line)[1]
    return lexicon.parse(f"{before}{line}; {key}={text}{after}", f"{language}.tsv", language)[concept][0]


@pytest.mark.parametrize(
    ("language", "concept", "key"),
    [("ja", "see", "past_mountain"), ("de", "see", "sg_animal"), ("zh", "see", "past_last_mountain"), ("ta", "rice", "acc_buy"), ("id", "two", "num_girl")],
)
def test_a_form_beside_a_class_or_concept_is_taken_where_the_grammar_reads_it(language, concept, key):
    assert key in with_form(language, concept, key).forms


@pytest.mark.parametrize(
    ("language", "concept", "key", "reason"),
    [
        ("en", "see", "past_hat", "Unknown form of the class action 'past_hat'"),
        ("ja", "see", "past_landmark", "Unknown word beside the form past of the class action 'landmark'"),  # reads concepts alone
        ("ru", "see", "m_hat", "Unknown word beside the form m of the class action 'hat'"),  # reads classes alone
        ("de", "see", "sg_landmark", "Unknown word beside the form sg of the class action 'landmark'"),  # reads the class of the subject
        ("de", "teacher", "sg_hat", "Unknown form of the class person 'sg_hat'"),
        ("zh", "see", "past_last_mountan", "'mountan'. Did you mean mountain"),
    ],
)
def test_a_form_that_no_sentence_would_show_is_refused(language, concept, key, reason):
    with pytest.raises(InputError, match=rf"{language}.tsv:\d+: .*{re.escape(reason)}"):
        with_form(language, concept, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_beside_other_words_are_forms_of_the_grammar_and_the_words_are_known(language):
    module, kinds = lexicon.grammar(language), {c.kind for c in concepts().values()}
    for kind, (special, names) in getattr(module, "BESIDE", {}).items():
        assert set(special) <= {*(form for forms in module.FORMS.values() for form in forms), *module.OPTIONAL}, kind
        assert set(names) <= {*kinds, *concepts()}


def test_a_grammar_without_a_part_is_refused_and_one_without_what_it_may_have_is_not(monkeypatch):
    module = lexicon.grammar("en")
    for part in ("OPTIONAL", "FEATURES"):
        monkeypatch.delattr(module, part)
    assert lexicon.parse(ENGLISH, "en.tsv", "en") == lexicon.load("en")
    monkeypatch.setattr(module, "FORMS", {kind: forms for kind, forms in module.FORMS.items() if kind != "city"})
    with pytest.raises(InputError, match=r"^grammars/en.py: FORMS lacks city;"):
        lexicon.grammar.__wrapped__("en")
    for part in ("FRAMES", "realise"):
        monkeypatch.delattr(module, part)
    with pytest.raises(InputError, match=r"^grammars/en.py: lacks FRAMES, realise; every grammar has FORMS, "):
        lexicon.grammar.__wrapped__("en")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\tmedical\t", "\tmedcal\t", r"\d+: Unknown domain 'medcal'. Did you mean medical"),
        ("\tsports\t", "\tsport\t", r"\d+: Unknown topic 'sport'. Did you mean sports"),
        ("teacher\tperson\tperson\t", "teacher\tperson\tteacher\t", " teacher is among its own hypernyms, by way of teacher"),
    ],
)
def test_a_concept_with_a_wrong_domain_topic_or_hypernym_is_refused(tmp_path, monkeypatch, old, new, reason):
    text = meanings.CONCEPTS_FILE.read_text(encoding="utf-8")
    assert old in text
    monkeypatch.setattr(meanings, "CONCEPTS_FILE", tmp_path / "concepts.tsv")
    meanings.CONCEPTS_FILE.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=f"^concepts.tsv:{reason}"):
        meanings.concepts.__wrapped__()


def test_a_damaged_list_of_fingerprints_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(splits, "FINGERPRINTS", tmp_path / "fingerprints.json")
    for content in ("", "{}", "[]"):
        splits.FINGERPRINTS.write_text(content)
        with pytest.raises(InputError, match="^fingerprints.json of the miniature's splits is damaged .*; restore it from the repository"):
            splits.fingerprints.__wrapped__()


def test_a_lexicon_without_a_grammar_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(lexicon, "FOLDER", tmp_path)
    (tmp_path / "it.tsv").write_text(ENGLISH, encoding="utf-8")
    with pytest.raises(InputError, match=r"^grammars/it.py: is missing"):
        lexicon.load.__wrapped__("it")


def test_scripts_whose_letters_are_joined_may_say_so_between_letters_only():
    hindi, canonical = (lexicon.FOLDER / "hi.tsv").read_text(encoding="utf-8"), lexicon.load("hi")["teacher"][0].forms["dir"]
    assert f"dir={canonical};" in hindi
    joined = canonical[:2] + "\u200d" + canonical[2:]
    assert lexicon.parse(hindi.replace(f"dir={canonical};", f"dir={joined};", 1), "hi.tsv", "hi")["teacher"][0].forms["dir"] == joined
    with pytest.raises(InputError, match=r"invisible character U\+200C \(ZERO WIDTH NON-JOINER\)"):
        lexicon.parse(hindi.replace(f"dir={canonical};", f"dir={canonical}\u200c;", 1), "hi.tsv", "hi")


def test_organisations_may_be_written_in_latin_letters_and_nothing_else_may():
    greek = (lexicon.FOLDER / "el.tsv").read_text(encoding="utf-8")
    assert lexicon.load("el")["unicef"][0].forms["nom"] == "UNICEF"
    for old, new in (("nom=UNICEF/", "nom=UNICEΦ/"), ("nom=δήμαρχος;", "nom=mayor;")):
        assert old in greek
        with pytest.raises(InputError, match=r"el.tsv:\d+: .* is not in the Greek script"):
            lexicon.parse(greek.replace(old, new, 1), "el.tsv", "el")


def test_a_lexicon_in_another_encoding_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(lexicon, "FOLDER", tmp_path)
    for content, line in ((ENGLISH.encode("utf-16"), 1), (b"# English\n" + "teacher\tsg=maître\n".encode("latin-1"), 2)):
        (tmp_path / "en.tsv").write_bytes(content)
        with pytest.raises(InputError, match=f"en.tsv:{line}: is not written in UTF-8"):
            lexicon.load.__wrapped__("en")


def test_unknown_language_is_refused():
    with pytest.raises(InputError, match="Unknown miniature language 'xx'"):
        lexicon.load("xx")


# ---- Checks of a language


def changed_lexicon(monkeypatch, tmp_path, old, new):
    """English with one line changed, as the build would read it."""
    text = ENGLISH.replace(old, new, 1)
    assert text != ENGLISH
    (tmp_path / "en.tsv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(lexicon, "FOLDER", tmp_path)
    lexicon.load.cache_clear()


def test_the_check_command_says_what_is_wrong(monkeypatch, tmp_path, capsys):
    changed_lexicon(monkeypatch, tmp_path, TEACHER, "teacher\tsg=teacher\n")
    try:
        assert check.main("en") == 1
    finally:
        lexicon.load.cache_clear()
    assert re.match(r"en.tsv:\d+: teacher lacks the form pl", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        ([], 2, "Say which language to check"),
        (["en", "many"], 2, "Say which language to check"),
        (["xx"], 1, "Unknown miniature language 'xx'"),
        (["it"], 1, "Unknown miniature language 'it'"),
    ],
)
def test_the_check_command_says_what_it_takes(arguments, status, shown, capsys):
    assert check.command(arguments) == status
    assert shown in capsys.readouterr().out


def test_the_check_command_prints_sentences_to_read(capsys):
    assert check.main("sw", 3) == 0
    shown = capsys.readouterr().out
    assert "sw: nothing wrong found." in shown
    assert "1. who=" in shown


def test_a_sentence_that_leaves_a_slot_unsaid_is_found():
    x = scene(f"{BOOK} where=school")
    without = realisation.sentence(dataclasses.replace(x, where=""), "en")
    assert any("says action, who, whom where the scene has" in p for p in check._unsound(x, without, ""))


# ---- Splits


@pytest.mark.parametrize(("task", "split"), TASKS)
def test_a_split_is_fixed_and_its_items_are_distinct(task, split):
    rows = splits.read(task, split)
    assert len(set(rows)) == len(rows) >= (600 if split != "train" else 4_000)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_inference_labels_are_balanced_and_right(split):
    rows = splits.read("nli", split)
    assert set(Counter(item.label for item in rows).values()) == {len(rows) // 3}
    wrong = [item for item in rows if label(item.sayings[0].scene, item.sayings[1].scene) != item.label]
    assert wrong == []


def test_no_event_is_in_two_splits():
    for task, split in TASKS:
        assert {split_of(s.scene) for item in splits.read(task, split) for s in item.sayings} == {split}, task


@pytest.mark.parametrize("task", ["paraphrase", "choice", "ner", "answers", "similarity"])
def test_the_sampler_makes_a_split_anew(task):
    """The first items drawn do not depend on how many follow, so a small sample is enough for those that are not shuffled."""
    assert FORMATS[task].sample("dev", 600) == list(splits.read(task, "dev"))


def test_items_survive_writing_and_reading():
    for task, split in TASKS:
        for item in splits.read(task, split)[:100]:
            assert tuple(items.parse(items.say(s)) for s in item.sayings) == item.sayings


def test_an_edited_split_is_refused(tmp_path, monkeypatch):
    text = (splits.FOLDER / "nli" / "dev.tsv").read_text(encoding="utf-8")
    (tmp_path / "nli").mkdir()
    (tmp_path / "nli" / "dev.tsv").write_text(text.replace("neutral", "entailment", 1), encoding="utf-8")
    monkeypatch.setattr(splits, "FOLDER", tmp_path)
    with pytest.raises(InputError, match="nli/dev.tsv is not the fixed dev split"):
        splits.read.__wrapped__("nli", "dev")
    with pytest.raises(InputError, match="nli/test.tsv of the miniature cannot be read"):
        splits.read.__wrapped__("nli", "test")


def test_an_unknown_task_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(splits, "FOLDER", tmp_path)
    monkeypatch.setattr(splits, "FINGERPRINTS", tmp_path / "fingerprints.json")
    with pytest.raises(InputError, match="Unknown task of the miniature 'retreival'. Did you mean retrieval"):
        splits.write(["pos", "retreival"])
    assert list(tmp_path.iterdir()) == []


# ---- Shallow cues


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_pairs_come_in_threes_that_no_reader_of_the_hypothesis_or_of_overlap_can_tell_apart(split):
    threes = {}
    for item in splits.read("nli", split):
        premise, hypothesis = item.sayings
        assert label(premise.scene, hypothesis.scene) == item.label and not premise.scene.negated
        assert {split_of(premise.scene), split_of(hypothesis.scene)} == {split}
        alike = inference.overlap(premise.scene, hypothesis.scene), premise.manner
        threes.setdefault(hypothesis, []).append((item.label, alike))
    assert len({hypothesis.scene for hypothesis in threes}) == len(threes), "said in one way"
    for found in threes.values():
        assert sorted(name for name, _ in found) == sorted(LABELS) and len({alike for _, alike in found}) == 1


def test_pairs_are_drawn_in_threes_and_the_same_every_time():
    found = inference.sample("dev", 60)
    threes = {}
    for item in found:
        premise, hypothesis = item.sayings
        assert label(premise.scene, hypothesis.scene) == item.label
        assert not premise.scene.negated and {split_of(premise.scene), split_of(hypothesis.scene)} == {"dev"}
        alike = inference.overlap(premise.scene, hypothesis.scene), premise.manner
        threes.setdefault(hypothesis, []).append((item.label, alike))
    assert Counter(hypothesis.scene.negated for hypothesis in threes) == {False: 10, True: 10}
    assert all(sorted(name for name, _ in of) == sorted(LABELS) and len({alike for _, alike in of}) == 1 for of in threes.values())
    assert inference.sample("dev", 60) == found


def test_surface_features_of_the_shipped_splits_are_at_chance():
    for found in artifacts.shipped().values():
        assert {found[name] for name in ("hypothesis only", "shared words", "overlap", "overlap and denials")} == {1 / 3}
        assert found["premise only"] < 0.46


# ---- The other formats


def test_a_paraphrase_is_the_same_scene_and_a_trap_has_the_same_words():
    for item in splits.read("paraphrase", "test"):
        first, second = (s.scene for s in item.sayings)
        assert Counter(said(first)) == Counter(said(second))
        assert (first == second) == (item.label == "paraphrase")
    traps = list(paraphrase.swapped(scene("who=doctor action=help whom=judge who_quality=old whom_quality=young".replace("old ", "elderly "))))
    assert scene("who=judge action=help whom=doctor who_quality=young whom_quality=elderly") in traps
    assert scene("who=doctor action=help whom=judge who_quality=young whom_quality=elderly") in traps


def test_causes_lead_to_effects_by_a_rule_and_the_other_choice_does_not():
    known = {(r.cause, r.effect) for r in choice.rules()}
    for item in splits.read("choice", "test"):
        asked, _, right = item.label.partition(":")
        premise, *choices = (s.scene for s in item.sayings)
        for number, other in enumerate(choices, 1):
            pair = (premise.action, other.action) if asked == "effect" else (other.action, premise.action)
            assert pair in known if right == f"choice{number}" else pair not in choice.possible(), item


def test_a_bad_causal_rule_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "causes.tsv"
    monkeypatch.setattr(choice, "CAUSES_FILE", path)
    for line, reason in (
        ("fall\t\tC\tcry\t", "expected cause, object, agent"), ("fall\t\tA\tweep\t", "weep is not a concept"), ("fall\t\tmay\tcry,weep\t", "weep is not a concept"),
    ):
        path.write_text(line + "\n", encoding="utf-8")
        with pytest.raises(InputError, match=f"causes.tsv:1: .*{reason}"):
            choice.rules.__wrapped__()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (BOOK, BOOK, 5.0),
        (f"{BOOK} negated", BOOK, 2.5),
        (f"{BOOK} where=school", BOOK, 4.6),  # 7 of 8 points the same, 0.3 for what one leaves unsaid
        ("who=dog action=run", "who=teacher action=read whom=book", 0.7),  # two slots of one class, one side unsaid: 0.15 x 5 + 0.3 x 2 of 7
    ],
)
def test_similarity_by_hand(first, second, expected):
    assert similarity.score(scene(first), scene(second)) == pytest.approx(expected, abs=0.05)


def test_topics_are_spoken_of_twice_and_alone():
    for item in splits.read("topic", "test"):
        topics = [concepts()[c].topic for c in said(item.sayings[0].scene)]
        assert topics.count(item.label) >= 2
        assert set(topics) <= {item.label, ""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_stand_in_their_passages(language):
    from engine.data import miniature

    for e in miniature.read("", "qa", language, "test")[:200]:
        start, end = e.answer
        assert e.text[start:end] == e.label
        assert e.label.strip() == e.label != ""


def test_entities_by_hand():
    x = scene("who=maria_silva action=call whom=red_cross where=new_york")
    english = realisation.sentence(x, "en")
    assert [s.text for s in english.spans] == ["Maria", "Silva", "called", "the", "Red", "Cross", "in", "New", "York", "."]
    assert realisation.entities(english, x) == ["B-PER", "I-PER", "O", "O", "B-ORG", "I-ORG", "O", "B-LOC", "I-LOC", "O"]


# ---- Sentences

SCENES = sorted({s.scene for split in ("dev", "test") for item in splits.read("nli", split) for s in item.sayings}, key=repr)


@pytest.mark.parametrize("language", LANGUAGES)
def test_different_scenes_are_different_sentences(language):
    texts = Counter(realisation.sentence(x, language).text for x in SCENES)
    assert len(SCENES) > 1000
    assert [text for text, n in texts.items() if n > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_alignment_joins_equal_slots_and_every_content_word(language):
    for x in SCENES[::20]:
        english, other = realisation.sentence(x, "en"), realisation.sentence(x, language)
        joined = realisation.align(english, other)
        assert all(english.spans[i].slot == other.spans[j].slot for i, j in joined)
        content = {i for i, s in enumerate(english.spans) if s.tag in ("NOUN", "VERB") and s.slot in ("who", "whom", "action")}
        assert content <= {i for i, _ in joined}, (english.text, other.text)


def test_gold_alignment_by_hand():
    english, swahili, german = (realisation.sentence(scene(BOOK), code) for code in ("en", "sw", "de"))
    assert (english.text, swahili.text) == ("The teacher read the book.", "Mwalimu alisoma kitabu.")
    # Swahili has no articles, so the English ones stay alone.
    assert realisation.align(english, swahili) == [(1, 0), (2, 1), (4, 2)]
    assert realisation.align(english, german) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]


def test_frames_and_questions_by_hand():
    x = scene("who=teacher action=read whom=book when=morning")
    shown = {frame: realisation.sentence(x, "en", frame=frame).text for frame in realisation.frames(x, "en")}
    assert shown == {
        "plain": "The teacher read the book in the morning.",
        "time_first": "In the morning, the teacher read the book.",
        "object_first": "The book was read by the teacher in the morning.",
        "cleft": "It was the teacher who read the book in the morning.",
    }
    assert realisation.sentence(x, "en", ask="whom").text == "What did the teacher read in the morning?"
    assert realisation.sentence(x, "de", opening="then").text == "Dann las der Lehrer das Buch am Morgen."
    with pytest.raises(InputError, match="Unknown frame of this scene in en 'place_first'"):
        realisation.sentence(x, "en", frame="place_first")
    with pytest.raises(InputError, match="not for where here"):
        realisation.sentence(x, "en", ask="where")


def test_words_that_depend_on_their_object():
    x = scene("who=explorer action=cross whom=bridge")
    shown = [realisation.sentence(dataclasses.replace(x, whom=whom, negated=denied), code).text for code in ("ja", "zh") for whom in ("bridge", "river") for denied in (False, True)]
    assert shown == [
        "探検家は橋を渡った。", "探検家は橋を渡らなかった。", "探検家は川を越えた。", "探検家は川を越えなかった。",
        "那位探险家走过了那座桥。", "那位探险家没有走过那座桥。", "那位探险家越过了那条河。", "那位探险家没有越过那条河。",
    ]
    # 시장을 보지 않았다 would be "did not go shopping".
    assert realisation.sentence(scene("who=nurse action=see whom=mayor negated"), "ko").text == "간호사는 시장님을 보지 않았다."


def test_questions_end_as_each_language_writes_them():
    x = scene(BOOK)
    ends = {code: realisation.sentence(x, code, ask="whom").text[-2:] for code in LANGUAGES}
    marks = {"ar": "؟", "ur": "؟", "el": ";", "ja": "？", "zh": "？", "th": ""}
    assert all(end.endswith(marks.get(code, "?")) for code, end in ends.items())
    # French has a narrow space that does not break before the mark; nobody else has one.
    assert {code for code, end in ends.items() if end[0].isspace()} == {"fr"}
    french = realisation.sentence(x, "fr", ask="whom")
    assert french.text == "Qu'a lu le professeur\u202f?"
    assert [(s.text, s.tag) for s in french.spans][-1] == ("?", "PUNCT")
    assert all(french.text[s.start : s.end] == s.text for s in french.spans)
    assert realisation.sentence(x, "es", ask="whom").text.startswith("¿")
    assert [realisation.sentence(x, code).text[-1] for code in ("hi", "ur", "ja", "zh", "ar")] == ["।", "۔", "。", "。", "."]


def test_the_same_id_is_the_same_item_in_every_language():
    from engine import data
    from engine.config import TaskData

    parallel = data.parallel(TaskData(), "test", limit=50)
    assert len(parallel) == 50
    for number, versions in enumerate(parallel.values()):
        item = splits.read("nli", "test")[number]
        assert list(versions) == LANGUAGES
        for code, example in versions.items():
            expected = (*(spoken(s, code).text for s in item.sayings), item.label)
            assert (example.text, example.text_pair, example.label) == expected


def test_an_identifier_takes_sentences_for_what_they_are():
    found = {code: identified.taken_for(code, 60) for code in lexicon.languages()}
    own = {code: taken.count(code) / len(taken) for code, taken in found.items()}
    assert sum(taken.count(code) for code, taken in found.items()) >= 0.97 * sum(map(len, found.values()))
    # Indonesian and Malay write such sentences alike.
    assert set(found["id"]) <= {"id", "ms"} and {code for code, share in own.items() if share < 0.95} <= {"id"}, own
