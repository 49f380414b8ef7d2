"""The inputs of the Probe page: the pair of sentences, models, severity, attack and attribution method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import resources
from dashboard.inputs import linked, number, one_of, picker, publish
from engine import languages, perturbations, tasks, text
from engine.errors import InputError
from engine.results import Example

AUTO = "auto"
MOST_MODELS = 4
LONGEST_TEXT = 4_000
"""Characters that still go into the address of the page; servers and browsers refuse longer ones."""
KEYS = {
    "task": "probe_task",
    "text": "probe_text",
    "pair": "probe_pair",
    "language": "probe_language",
    "pair_language": "probe_pair_language",
    "model": "probe_models",
    "severity": "probe_severity",
    "seed": "probe_seed",
    "attack": "probe_attacked",
    "budget": "probe_budget",
    "after": "probe_after",
    "method": "probe_method",
}
"""The widget, or what the session remembers, behind each parameter of the link."""


@dataclass(frozen=True)
class Probe:
    """What is probed: the pair as the models see it, and the names of the models."""

    example: Example
    models: tuple[str, ...]
    labels: tuple[str, ...]


def task_picker() -> str:
    """The task of the models to choose from; no widget while all models have one task."""
    known = resources.tasks_with_models()
    linked("probe_task", "task", known[0], one_of(known, "task"))
    return str(picker("Task", known, "probe_task", lambda name: tasks.get(name).title))


def worked_example(task: str) -> None:
    """Pickers that fill the form with an example; the same number is the same pair in every language."""
    left, right, _ = st.columns([1, 1, 2])
    codes = resources.example_languages()
    with left:
        language = st.selectbox(
            "Worked example in", codes, format_func=language_name, key="probe_example_language", on_change=_fill, args=(task,),
            persist_state="session",
        )
    examples = resources.worked_examples(task, language)
    with right:
        st.selectbox(
            "Example", range(len(examples)), format_func={i: f"{i + 1}: {e.label}" for i, e in enumerate(examples)}.__getitem__, key="probe_example", on_change=_fill, args=(task,), persist_state="session",
        )


def _fill(task: str) -> None:
    """Put the chosen example into the form. The attack belonged to the old sentences, so it goes."""
    examples = resources.worked_examples(task, st.session_state["probe_example_language"])
    number = st.session_state.get("probe_example")
    example = examples[number if isinstance(number, int) and number < len(examples) else 0]
    st.session_state["probe_text"], st.session_state["probe_pair"] = example.text, example.text_pair or ""
    st.session_state["probe_language"] = st.session_state["probe_pair_language"] = AUTO
    drop_attack()


def drop_attack() -> None:
    """Forget the attack: another sentence, or another model, has not been attacked yet."""
    st.session_state["probe_attacked"] = ""
    if st.session_state.get("probe_after") == "attack":
        del st.session_state["probe_after"]


def sentence_form(task: str) -> Probe | None:
    """The submitted pair and models; None (and a sentence that says why) while there is nothing to probe."""
    known = [card.name for card in resources.models() if card.task == task]
    names = tasks.get(task).text_names
    first = next(iter(resources.worked_examples(task, "en")), Example("", task, "en", "", ""))
    codes = [AUTO, *languages.LANGUAGES]
    linked("probe_text", "text", first.text, lambda given: given[-1])
    linked("probe_pair", "pair", first.text_pair or "", lambda given: given[-1])
    linked("probe_language", "language", AUTO, one_of(codes, "language"))
    linked("probe_pair_language", "pair_language", AUTO, one_of(codes, "language"))
    if st.session_state.get("probe_of_task", task) != task:
        _fill(task)
    st.session_state["probe_of_task"] = task
    linked("probe_models", "model", known[:1], lambda given: list(dict.fromkeys(given))[:MOST_MODELS])
    with st.form("probe_sentences"):
        for column, name, key in zip(st.columns(len(names)), names, ("probe_text", "probe_pair"), strict=False):
            with column:
                st.text_area(name, key=key, height=100, persist_state="session")
                language_key = "probe_language" if key == "probe_text" else "probe_pair_language"
                st.selectbox(f"Language of the {name.lower()}", codes, format_func=language_name, key=language_key, persist_state="session")
        left, right = st.columns([5, 1], vertical_alignment="bottom")
        with left:
            st.multiselect(
                "Models", known, key="probe_models", max_selections=MOST_MODELS, persist_state="session",
                accept_new_options=True, help="One to four models, side by side: runs, or a folder or hub id that you type.",
                placeholder="Choose models" if known else "No model here yet; type a folder or a hub id",
            )
        with right:
            st.form_submit_button("Probe", type="primary", icon=":material/play_arrow:", key="probe_submit", on_click=drop_attack, width="stretch")
    return _probe(task, names)


def _probe(task: str, names: tuple[str, ...]) -> Probe | None:
    """The form's values as an example, languages detected where asked for."""
    values = st.session_state
    given = [values[key] or "" for key in ("probe_text", "probe_pair")[: len(names)]]
    if not all(content.strip() for content in given):
        st.info(f"Enter a {' and a '.join(names).lower()}, or choose a worked example.", icon=":material/edit:")
        return None
    try:
        read = [text.check(content, name.lower()) for content, name in zip(given, names, strict=True)]
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return None
    found = []
    for column, content, key in zip(st.columns(len(names)), read, ("probe_language", "probe_pair_language"), strict=False):
        found.append(resources.detect(content) if values[key] == AUTO else values[key])
        column.caption(f"{'Detected' if values[key] == AUTO else 'Chosen'} language: {language_name(found[-1])}")
    pair, language_pair = (read[1], found[1]) if len(names) == 2 else (None, None)
    cards = {card.name: card for card in resources.models()}
    models = tuple(values["probe_models"])
    labels = next((cards[name].labels for name in models if name in cards), ())
    return Probe(Example("typed", task, found[0], read[0], pair, language_pair), models, tuple(labels))


def language_name(code: str) -> str:
    """A language as a person picks it: English name, own name, code."""
    if code == AUTO:
        return "Detect from the text"
    language = languages.get(code)
    own = f" · {language.endonym}" if language.endonym != language.name else ""
    return f"{language.name}{own} ({code})"


# ---- Severity, attack, method


def strength() -> tuple[float, int]:
    """How much of the text the perturbations change, and the seed that they and the attacks draw from."""
    linked("probe_severity", "severity", 0.3, number(0, 1))
    linked("probe_seed", "seed", 1, number(0, 2**31 - 1, int))
    slider, seed, _ = st.columns([2, 1, 1], vertical_alignment="bottom")
    with slider:
        severity = st.slider(
            "Severity", 0.0, 1.0, step=0.05, key="probe_severity", persist_state="session",
            help="Share of the words that are changed; at least one word above 0.",
        )
    with seed:
        drawn = st.number_input(
            "Seed", 0, 2**31 - 1, step=1, key="probe_seed", persist_state="session",
            help="Another seed draws other changes; the same seed draws the same ones for everybody.",
        )
    return float(severity), int(drawn or 0)


def attack_form() -> tuple[str, int] | None:
    """The attack that was started for these sentences and its budget; None before the button was pressed."""
    known = perturbations.ATTACKS
    linked("probe_attacked", "attack", "", one_of(list(known), "attack"))
    linked("probe_budget", "budget", 300, number(10, 5000, int))
    if "probe_attack" not in st.session_state:
        st.session_state["probe_attack"] = st.session_state["probe_attacked"] or next(iter(known))
    with st.form("probe_attack_form", border=False):
        picker, budget, button = st.columns([3, 2, 1], vertical_alignment="bottom")
        with picker:
            st.selectbox("Attack", list(known), format_func={n: a.title for n, a in known.items()}.__getitem__, key="probe_attack", persist_state="session")
        with budget:
            st.number_input(
                "Budget (queries)", 10, 5000, step=50, key="probe_budget", persist_state="session",
                help="Most texts that the model scores during the attack, the clean one included.",
            )
        with button:
            st.form_submit_button("Attack", type="primary", icon=":material/bolt:", key="probe_attack_submit", on_click=_attack, width="stretch")
    name = st.session_state["probe_attacked"]
    return (name, int(st.session_state["probe_budget"])) if name else None


def _attack() -> None:
    st.session_state["probe_attacked"] = st.session_state["probe_attack"]
    st.session_state["probe_after"] = "attack"


def attribution_pickers(applicable: Sequence[str], attacked: bool) -> tuple[str, str]:
    """The attribution method, and what the original is compared with: the attack or one of the perturbations."""
    methods = resources.methods()
    after = [*(["attack"] if attacked else []), *applicable, "nothing"]
    linked("probe_method", "method", next(iter(methods)), one_of(list(methods), "attribution method"))
    linked("probe_after", "after", after[0], one_of([*perturbations.PERTURBATIONS, "attack", "nothing"], "comparison"))
    if st.session_state["probe_after"] not in after:
        st.session_state["probe_after"] = after[0]
    left, right = st.columns(2)
    with left:
        method = st.segmented_control(
            "Method", list(methods), format_func={n: m.title for n, m in methods.items()}.__getitem__, key="probe_method", required=True, persist_state="session",
        )
    with right:
        chosen = st.selectbox(
            "Compare the original with", after, format_func=_after_name, key="probe_after", persist_state="session",
            help="The words of both versions are scored towards the same label and coloured on the same scale.",
        )
    return str(method), str(chosen)


def _after_name(name: str) -> str:
    fixed = {"attack": "The attacked text", "nothing": "Nothing"}
    return fixed.get(name) or f"Perturbation: {perturbations.PERTURBATIONS[name].title}"


def publish_probe(probe: Probe, strength: tuple[float, int], attack: tuple[str, int] | None, method: str, after: str) -> dict[str, Any]:
    """Write everything that the page shows into the address, and return it."""
    state: dict[str, Any] = {
        "task": probe.example.task,
        "text": probe.example.text,
        **({"pair": probe.example.text_pair} if probe.example.text_pair else {}),
        "language": st.session_state["probe_language"],
        **({"pair_language": st.session_state["probe_pair_language"]} if probe.example.text_pair else {}),
        "model": list(probe.models),
        "severity": strength[0],
        "seed": strength[1],
    }
    if attack:
        state |= {"attack": attack[0], "budget": attack[1]}
    if method:
        state |= {"method": method, "after": after}
    publish(KEYS, state if len(probe.example.text) + len(probe.example.text_pair or "") <= LONGEST_TEXT else {})
    return state
