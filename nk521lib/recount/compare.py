"""What the pack claims beside what is recomputed, number by number.

Every claimed number of the kinds below becomes an item: it agrees, differs, or is not recomputed, with the reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nk521lib.cut import Cut
from nk521lib.recount import adverse_events, decisions, lab_grades, people, statuses, times

MISSING = "missing"
_BEST, _TIMES = ("CBOR", "BOR"), ("OS", "PFS", "DOR", "PUFS", "TTNP")
_LEVEL = ("state", "n", "x", "m")


@dataclass(frozen=True)
class Claims:
    """What a pack holds; a part that this run did not make is absent. results : rows of results.parquet."""

    decisions: Mapping[str, Any] | None
    datasets: Mapping[str, pd.DataFrame] = field(repr=False)
    results: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Item:
    """One decisive number. claimed, recomputed : as text; beyond : why it is not recomputed, empty when it is."""

    kind: str
    what: str
    group: str
    usubjid: str
    claimed: str
    recomputed: str
    beyond: str = ""

    @property
    def agrees(self) -> bool:
        return not self.beyond and self.claimed == self.recomputed

    @property
    def differs(self) -> bool:
        return not self.beyond and self.claimed != self.recomputed


@dataclass(frozen=True)
class Recount:
    items: tuple[Item, ...]

    @property
    def agreeing(self) -> int:
        return sum(item.agrees for item in self.items)

    @property
    def differing(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.differs)

    @property
    def not_recomputed(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.beyond)


def recount(cut: Cut, claims: Claims) -> Recount:
    """Recompute every decisive number that the pack claims, from the snapshot alone."""
    by_subject = statuses.derive_statuses(cut) if "addlt" in claims.datasets or claims.decisions else {}
    items = [
        *_statuses(claims, by_subject),
        *_decisions(cut, claims, by_subject),
        *_grades(cut, claims),
        *_outcomes(cut, claims),
        *_counts(cut, claims),
    ]
    return Recount(tuple(items))


def say(value: Any) -> str:
    """A value as text, the same for both sides: whole numbers without a point, dates as ISO, several in order."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, set | frozenset | list | tuple):
        return ", ".join(sorted(map(say, value))) or "none"
    if hasattr(value, "date") and callable(value.date):
        value = value.date()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _statuses(claims: Claims, mine: Mapping[str, statuses.Status]) -> Iterator[Item]:
    addlt = claims.datasets.get("addlt")
    if addlt is None:
        return
    claimed = dict(zip(addlt["USUBJID"], zip(addlt["GROUP"], addlt["STATUS"], strict=True), strict=True))
    for subject in dict.fromkeys([*claimed, *mine]):
        own = mine.get(subject)
        group, status = claimed.get(subject, (own.person.group if own else "", None))
        yield Item(
            "DLT status", "STATUS", say(group), subject, say(status), say(own and own.status), own.beyond if own else ""
        )


def _decisions(cut: Cut, claims: Claims, mine: Mapping[str, statuses.Status]) -> Iterator[Item]:
    if not claims.decisions:
        return
    answers = decisions.derive_decisions(cut, dict(mine))
    for group, entry in claims.decisions["groups"].items():
        own = answers.get(group)
        if own is None:
            own = {"decision": "NOT_APPLICABLE"}
            yield Item("decision", "decision", group, "", say(entry["decision"]), say(own["decision"]))
            continue
        beyond = own if isinstance(own, str) else ""
        for name in decisions.ENTRY:
            said = "" if beyond else say(own[name])
            yield Item("decision", name, group, "", say(entry.get(name)), said, beyond)
        for i, level in enumerate(entry.get("levels", ())):
            for k, name in enumerate(_LEVEL, 1):
                said = "" if beyond else say(own["levels"][i][k])
                yield Item("count", f"level {level['level']} {name}", group, "", say(level[name]), said, beyond)


def _grades(cut: Cut, claims: Claims) -> Iterator[Item]:
    adae, adlb, of = claims.datasets.get("adae"), claims.datasets.get("adlb"), _groups(cut)
    if adae is not None:
        rows = adae[adae["SRCDOM"].eq("AE") & adae["USUBJID"].isin(of)]
        claimed = {(u, int(seq)): g for u, seq, g in zip(rows["USUBJID"], rows["SRCSEQ"], rows["ATOXGRN"], strict=True)}
        own = adverse_events.read_grades(cut)
        for subject, seq in sorted(own.keys() | claimed.keys()):
            key = subject, seq
            yield Item("grade", f"AE {seq}", of[subject], subject, say(claimed.get(key)), say(own.get(key)))
    if adlb is not None:
        claimed = {}
        for direction in ("L", "H"):
            worst = adlb[adlb[f"WORST{direction}FL"].eq("Y").fillna(False)]  # a flag is Y or null
            for subject, test, grade in zip(
                worst["USUBJID"], worst["PARAMCD"], worst[f"ATOXGR{direction}"], strict=True
            ):
                if (test, direction) in lab_grades.DECISIVE and subject in of:
                    claimed[subject, test, direction] = grade
        own = lab_grades.worst_grades(cut)
        for subject, test, direction in dict.fromkeys([*own, *claimed]):
            grade = own.get((subject, test, direction))
            beyond = grade if isinstance(grade, str) else ""
            said = say(claimed.get((subject, test, direction)))
            yield Item("grade", f"worst {test}", of[subject], subject, said, "" if beyond else say(grade), beyond)


def _outcomes(cut: Cut, claims: Claims) -> Iterator[Item]:
    adrs, adtte = claims.datasets.get("adrs"), claims.datasets.get("adtte")
    if adrs is None and adtte is None:
        return
    own, of = times.derive_outcomes(cut), _groups(cut)
    if adrs is not None:
        best = adrs[adrs["PARAMCD"].isin(_BEST)]
        for subject, name, value in zip(best["USUBJID"], best["PARAMCD"], best["AVALC"], strict=True):
            mine = own.get(subject, times.Outcome())
            beyond = mine.beyond.get(name, "")
            yield Item(
                "best response", name, of.get(subject, ""), subject, say(value), say(mine.best.get(name)), beyond
            )
    if adtte is not None:
        rows = adtte[adtte["PARAMCD"].isin(_TIMES)]
        claimed = {(u, name): (at, code) for u, name, at, code in zip(rows["USUBJID"], rows["PARAMCD"], rows["ADT"], rows["CNSR"], strict=True)}  # fmt: skip
        names = set(rows["PARAMCD"].unique())
        known = {(u, name) for u, mine in own.items() for name in mine.times if name in names}
        for subject, name in dict.fromkeys([*claimed, *sorted(known)]):
            mine = own.get(subject, times.Outcome())
            at, code = mine.times.get(name, (None, None))
            said = claimed.get((subject, name), (None, None))
            yield Item("event date", name, of.get(subject, ""), subject, f"{say(said[0])} code {say(said[1])}",
                       f"{say(at)} code {say(code)}", mine.beyond.get(name, ""))  # fmt: skip


def _counts(cut: Cut, claims: Claims) -> Iterator[Item]:
    """Subjects behind the counts that open the safety page and the front page."""
    shown = claims.results[claims.results["analysis_id"].eq("ae_overview") & claims.results["stat_name"].eq("n")]
    if len(shown):
        own, within = adverse_events.overview(cut), adverse_events.columns(cut)
        for row in shown.to_dict("records"):
            inside = within.get((row["group1_level"], row["group2_level"] or "ALL"), set())
            mine = own[row["variable_level"]] & inside
            where = f"{row['variable_level']} {row['group1_level']} {row['group2_level']}"
            group = "" if row["group1_level"] == "ALL" else row["group1_level"]
            yield Item("subjects with an event", where, group, "", say(set(row["usubjids"])), say(mine))


def _groups(cut: Cut) -> dict[str, str]:
    return {subject: person.group or "" for subject, person in people.dosed_people(cut).items()}
