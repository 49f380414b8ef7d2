"""The results of the Probe page: predictions, perturbations, an attack and attributions, models side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cards, errors, resources, tables, tokens
from dashboard.probe_form import Probe
from engine import perturbations, tasks
from engine.results import AttackResult, Attribution, Example, Perturbed, Prediction


@dataclass(frozen=True)
class Row:
    """One perturbation of the pair, and what every model that could be asked says of it."""

    name: str
    example: Example
    text: Perturbed
    pair: Perturbed | None
    said: dict[str, Prediction]

    @property
    def applicable(self) -> bool:
        """Whether it changed anything."""
        return self.text.applicable or bool(self.pair and self.pair.applicable)

    @property
    def reason(self) -> str:
        """Why it did not."""
        return " ".join(dict.fromkeys(p.reason for p in (self.text, self.pair) if p and p.reason))


@contextmanager
def columns(models: Sequence[str], key: str) -> Iterator[list[tuple[str, Any]]]:
    """A bordered column per model; nothing at all without models."""
    with st.container(key=key):
        yield list(zip(models, st.columns(len(models), border=True), strict=True)) if models else []


def predictions(probe: Probe) -> dict[str, Prediction]:
    """What every model says of the clean pair; a model that cannot be asked shows why, and is left out below."""
    said: dict[str, Prediction] = {}
    with columns(probe.models, "probe_predictions") as shown:
        for model, column in shown:
            with column, errors.shown(f"the model {model}"):
                st.markdown(f"**{_plain(model)}**")
                with cards.working("Loading and scoring", "Clean text"):
                    prediction = resources.predict(model, [probe.example])[0]
                st.html(cards.bars(prediction, probe.labels))
                cards.truncated(prediction)
                said[model] = prediction
    return said


# ---- Perturbations


def perturbation_table(probe: Probe, clean: dict[str, Prediction], severity: float, seed: int) -> list[Row]:
    """All perturbations of the pair with their edits and what they do to every model. Returns the rows."""
    with cards.working("Perturbing and scoring", _counted(len(perturbations.PERTURBATIONS), len(clean))):
        made = {n: resources.perturb(n, probe.example, severity, seed) for n in perturbations.PERTURBATIONS}
        examples = [example for example, _, _ in made.values()]
        said = {model: resources.predict(model, examples) for model in clean}
    rows = [Row(n, *made[n], {m: said[m][i] for m in said}) for i, n in enumerate(made)]
    st.html(tokens.edit_legend())
    headers = ["Perturbation", "Perturbed text", *clean]
    with st.container(key="probe_perturbations"):
        st.html(cards.table(headers, [_cells(row, probe, clean) for row in rows], [not r.applicable for r in rows], wide=(1,)))
    tables.download(_frame(rows, clean), "perturbations")
    return rows


def _counted(texts: int, models: int) -> str:
    asked = f", {models} {'model' if models == 1 else 'models'}" if models else ""
    return f"{texts} perturbations{asked}."


def _cells(row: Row, probe: Probe, clean: dict[str, Prediction]) -> list[str]:
    known = perturbations.PERTURBATIONS[row.name]
    title = f'<span title="{escape(known.help)}">{escape(known.title)}</span>'
    if not row.applicable:
        return [title, f"Does not apply: {escape(row.reason or 'nothing to change here.')}", *("–" for _ in clean)]
    return [title, _pair(probe.example, row), *(cards.verdict(clean[m], row.said[m]) for m in clean)]


def _pair(original: Example, row: Row) -> str:
    """Both texts with their edits marked; one that stayed as it is says why."""
    names = tasks.get(original.task).text_names
    sides = ((names[0], original.text, row.text, row.example.language), (names[-1], original.text_pair or "", row.pair, row.example.language_pair or ""))
    shown = []
    for name, before, done, language in sides:
        if done is None:
            continue
        note = "" if done.applicable else f" · unchanged: {escape(done.reason)}"
        body = tokens.edited(before, done.edits, done.text, language) if done.edits else tokens.text(done.text, language)
        shown.append(f'<div class="bp-muted">{escape(name)}{note}</div>{body}')
    return "".join(shown)


def _frame(rows: Sequence[Row], clean: dict[str, Prediction]) -> pd.DataFrame:
    """The table as data, one row per perturbation and model, the clean pair first."""
    flat = []
    for row in rows:
        for model in clean or [""]:
            said = row.said.get(model) if row.applicable else None
            flat.append(
                {"perturbation": row.name, "applies": row.applicable, "reason": row.reason, "text": row.example.text, "text_pair": row.example.text_pair}
                | ({"model": model, "label": said.label, "clean_label": clean[model].label, "flipped": said.label != clean[model].label} if said else {"model": model})
                | ({f"p({label})": share for label, share in said.probabilities.items()} if said else {})
            )
    return pd.DataFrame(flat)


# ---- Attack


def attacks(probe: Probe, clean: dict[str, Prediction], name: str, budget: int, seed: int) -> dict[str, AttackResult]:
    """The attack on every model: outcome, the pair after it, and every step of the search."""
    results: dict[str, AttackResult] = {}
    with columns(list(clean), "probe_attack_results") as shown:
        for model, column in shown:
            with column, errors.shown(f"the attack on {model}"):
                st.markdown(f"**{_plain(model)}**")
                with cards.working("Attacking", perturbations.ATTACKS[name].title):
                    results[model] = resources.attack(model, name, probe.example, budget, seed)
                _attack(model, results[model], probe.labels, narrow=len(clean) > 2)
    return results


def _attack(model: str, result: AttackResult, labels: Sequence[str], narrow: bool) -> None:
    _outcome(result)
    left, right = (st.container(), st.container()) if narrow else st.columns(2)
    for column, title, prediction in ((left, "Before", result.before), (right, "After", result.after)):
        with column:
            st.caption(title)
            st.html(cards.bars(prediction, labels))
    pair = result.side == "text_pair"
    original = (result.original.text_pair if pair else result.original.text) or ""
    perturbed = (result.perturbed.text_pair if pair else result.perturbed.text) or ""
    language = (result.original.language_pair if pair else result.original.language) or ""
    st.caption(f"{tasks.get(result.original.task).text_names[pair]} after the attack")
    st.html(tokens.edited(original, result.edits, perturbed, language))
    with st.expander(f"Trace: {len(result.trace)} accepted {'step' if len(result.trace) == 1 else 'steps'}"):
        _trace(model, result)


def _outcome(result: AttackResult) -> None:
    queries = f"{result.num_queries} {'query' if result.num_queries == 1 else 'queries'}"
    if result.outcome == "succeeded":
        st.error(f"The attack succeeded: {result.before.label} became {result.after.label} in {queries}.", icon=":material/warning:")
    elif result.outcome == "failed":
        st.success(f"The model held: still {result.after.label} after {queries}.", icon=":material/shield:")
    else:
        st.info("Skipped: the model was wrong before the attack.", icon=":material/skip_next:")


def _trace(model: str, result: AttackResult) -> None:
    rows = [
        [str(i), f"<bdi>{escape(s.edit.before)}</bdi> → <bdi>{escape(s.edit.after)}</bdi>", f"{s.probability:.1%}", escape(s.label), str(s.num_queries)]
        for i, s in enumerate(result.trace, 1)
    ]
    if not rows:
        st.caption("No change lowered the probability.")
        return
    st.html(cards.table(["Step", "Change", f"p({result.before.label})", "Label", "Queries so far"], rows))
    steps = [
        {"step": i, "side": s.side, "start": s.edit.start, "end": s.edit.end, "before": s.edit.before, "after": s.edit.after,
         "probability": s.probability, "label": s.label, "queries": s.num_queries}
        for i, s in enumerate(result.trace, 1)
    ]
    tables.download(pd.DataFrame(steps), f"trace-{model}")


# ---- Attribution


def after_example(model: str, after: str, rows: Sequence[Row], results: dict[str, AttackResult]) -> Example | None:
    """The pair that the original is compared with for this model; None for nothing."""
    if after == "attack":
        return results[model].perturbed if model in results else None
    return next((row.example for row in rows if row.name == after), None)


def attributions(probe: Probe, clean: dict[str, Prediction], method: str, after: str, rows: Sequence[Row], results: dict[str, AttackResult]) -> None:
    """The words of the original and of the changed pair, scored towards the label that the model gave the original."""
    for model, prediction in clean.items():
        with st.container(border=True, key=f"probe_attribution_{model}"), errors.shown(f"the attribution of {model}"):
            st.markdown(f"**{_plain(model)}** · towards **{_plain(prediction.label)}**")
            changed = after_example(model, after, rows, results)
            shown = [("Original", probe.example)] + ([("Changed", changed)] if changed else [])
            with cards.working("Attributing", resources.methods()[method].help):
                scored = [resources.attribute(model, method, example, prediction.label) for _, example in shown]
            st.html(tokens.heat_legend(prediction.label))
            largest = tokens.strongest(*scored)
            for column, (title, example), attribution in zip(st.columns(2), shown, scored, strict=False):
                with column:
                    _attribution(title, example, attribution, largest)
            tables.download(_scores(shown, scored), f"attribution-{model}")


def _attribution(title: str, example: Example, attribution: Attribution, largest: float) -> None:
    names = tasks.get(example.task).text_names
    st.caption(title)
    sides = [("text", example.text, example.language), ("text_pair", example.text_pair or "", example.language_pair or "")]
    for name, (side, content, language) in zip(names, sides, strict=False):
        st.html(f'<div class="bp-muted">{escape(name)}</div>' + tokens.heat(attribution, content, side, language, largest))
    st.caption(f"Total {attribution_total(attribution):+.3g} · {delta(attribution)} · target {_plain(attribution.target)}")
    if attribution.truncated:
        st.warning(f"{attribution.truncated} tokens were not read.", icon=":material/content_cut:")


def attribution_total(attribution: Attribution) -> float:
    """All scores together, for the line under the words."""
    return sum(word.score for word in attribution.words)


def delta(attribution: Attribution) -> str:
    """How far the scores are from adding up as the method promises."""
    missing = attribution.convergence_delta != attribution.convergence_delta
    return "no convergence delta for this method" if missing else f"convergence delta {attribution.convergence_delta:+.2g}"


def _scores(shown: Sequence[tuple[str, Example]], scored: Sequence[Attribution]) -> pd.DataFrame:
    flat = [
        {"version": title, "side": w.side, "start": w.start, "end": w.end, "word": w.text, "score": w.score, "target": a.target, "method": a.method}
        for (title, _), a in zip(shown, scored, strict=True)
        for w in a.words
    ]
    return pd.DataFrame(flat)


def _plain(name: str) -> str:
    """A name inside Markdown, as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|~<>$:" else c for c in name)
