"""The proposal of each group, from data to the content of decisions.json.

`derive_escalation` computes everything once; the rest of the chapter reads from its answer.
Source: spec escalation.md sections 2 to 4, rulings.md section 3, outputs.md section 4.
"""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nk521lib.chapters.escalation.checks import check_escalation
from nk521lib.chapters.escalation.committee import read_committee, recorded
from nk521lib.chapters.escalation.comparators import REPORTED, compare_designs
from nk521lib.chapters.escalation.events import derive_dlt_events
from nk521lib.chapters.escalation.history import GroupHistory, derive_history, rules_of
from nk521lib.chapters.escalation.holds import hold_reasons
from nk521lib.chapters.escalation.status import derive_dlt_status
from nk521lib.chapters.escalation.window import derive_windows
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.cut import Cut
from nk521lib.findings import Finding, to_frame
from nk521lib.standards.designs import Recommendation, recommend
from nk521lib.standards.designs.advice import Advice
from nk521lib.terms import DOSES_MORE, Decision, DltStatus, Effect

RULE = "escalation.md section 3"
_NO_LADDER = "the parameters name no groups with dose levels, so there is no dose escalation to decide"


@dataclass(frozen=True)
class GroupReview:
    """One group: its history, what the rules recommend, what blocks it, what others would say, the committee's row."""

    group: str
    history: GroupHistory
    recommendation: Recommendation
    blocks: tuple[str, ...]
    advice: dict[str, Advice]
    recorded: dict | None

    @property
    def withheld(self) -> bool:
        return bool(self.blocks) and self.recommendation.decision in DOSES_MORE


@dataclass(frozen=True)
class Escalation:
    """Everything the chapter knows. groups is empty where the study has no ladder of doses, and `why` says so."""

    adsl: pd.DataFrame = field(repr=False)
    windows: pd.DataFrame = field(repr=False)
    events: pd.DataFrame = field(repr=False)
    status: pd.DataFrame = field(repr=False)
    committee: pd.DataFrame = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)
    groups: dict[str, GroupReview] = field(repr=False)
    why: str = ""


def derive_escalation(cut: Cut) -> Escalation:
    """Windows, events, status, history, findings and the recommendation of every group."""
    adsl = derive_subjects(cut)
    windows = derive_windows(cut, adsl)
    events = derive_dlt_events(cut, windows)
    status, committee = derive_dlt_status(cut, windows, events), read_committee(cut)
    trial = cut.params.trial
    ladders = [g.id for g in trial.groups if trial.levels and any(level is not None for level in g.arms.values())]
    histories = {group: derive_history(cut, status, committee, adsl, group) for group in ladders}
    findings = check_escalation(cut, adsl, status, events, committee, histories)
    groups: dict[str, GroupReview] = {}
    for group, history in histories.items():
        holds = hold_reasons(cut, events, committee, group)
        recommendation = _recommend(cut, history, holds, above=next(iter(groups.values()), None))
        blocks = tuple(dict.fromkeys(str(f) for f in (*cut.findings, *findings) if _blocks(f, group, adsl)))
        advice = compare_designs(history, recommendation.level, cut.params, cut.cutoff)
        groups[group] = GroupReview(group, history, recommendation, blocks, advice, recorded(committee, group))
    return Escalation(adsl, windows, events, status, committee, findings, groups, "" if ladders else _NO_LADDER)


def decide_groups(cut: Cut, found: Escalation | None = None) -> dict[str, Any]:
    """The content of decisions.json, in its order (outputs.md section 4)."""
    found = derive_escalation(cut) if found is None else found
    groups: dict[str, Any] = {
        g.id: {
            "decision": str(Decision.NOT_APPLICABLE),
            "reason": found.why or "the parameters name no dose levels for this group",
        }
        for g in cut.params.trial.groups
    }
    for group, review in found.groups.items():
        groups[group] = _entry(cut, found, review)
    manifest = cut.manifest
    return {
        "snapshot_id": manifest.snapshot_id, "cutoff_date": manifest.cutoff_date, "synthetic": manifest.synthetic,
        "params_sha256": cut.params.sha256, "scenario": None, "groups": groups,
    }  # fmt: skip


def count_statuses(decisions: dict[str, Any]) -> int:
    """Subjects with a status over all groups of decisions.json; must be the dosed subjects of the ladders."""
    return sum(len(ids) for group in decisions["groups"].values() for ids in group.get("subjects", {}).values())


def list_datasets(found: Escalation) -> dict[str, pd.DataFrame]:
    """What the chapter publishes: addlt and DLTEVFL where there is a ladder, and its findings."""
    made = {"findings": to_frame(found.findings)}
    if found.groups:
        evaluable = found.status[["USUBJID"]].assign(DLTEVFL=found.status["EVALFL"])
        adsl = found.adsl[["USUBJID"]].merge(evaluable, on="USUBJID", how="left", validate="one_to_one")
        made |= {"addlt": found.status, "adsl": adsl}
    return made


def _recommend(cut: Cut, history: GroupHistory, holds: tuple[str, ...], above: GroupReview | None) -> Recommendation:
    """above : the first group, whose cleared levels bound this one when the groups are not independent."""
    rules = rules_of(cut.params)

    def ask(hold: tuple[str, ...]) -> Recommendation:
        return recommend(history.levels, rules, dosed=history.dosed, hold=hold, latest=history.latest)

    free = ask(holds)
    if cut.params.escalation.groups_independent or above is None or free.decision is not Decision.ESCALATE:
        return free
    cleared = above.recommendation.highest_cleared or 0
    if free.to_level <= cleared:
        return free
    return ask((f"level {free.to_level} is not cleared in group {above.group}",))


def _blocks(finding: Finding, group: str, adsl: pd.DataFrame) -> bool:
    """A finding that names neither group nor subject concerns every group."""
    if finding.effect is not Effect.BLOCK:
        return False
    if finding.group or not finding.usubjid:
        return finding.group in ("", group)
    its = adsl.loc[adsl["USUBJID"].eq(finding.usubjid), "GROUP"]
    return its.isna().all() or its.eq(group).any()


def _entry(cut: Cut, found: Escalation, review: GroupReview) -> dict[str, Any]:
    rec, history = review.recommendation, review.history
    mine = found.status[found.status["GROUP"].eq(review.group)]
    in_play = history.levels[rec.level - 1]
    return {
        "dosed": history.dosed,
        "cap": cut.params.escalation.group_cap,
        "level": rec.level, "n": in_play.n, "x": in_play.x, "m": in_play.m,
        "state": str(rec.states[rec.level - 1]),
        "step": str(rec.step), "decision": str(rec.decision),
        "certain": rec.certain, "possible": [str(d) for d in rec.possible],
        "to_level": rec.to_level,
        "would_be": None if rec.would_be is None else str(rec.would_be),
        "short_by": rec.short_by,
        "mtd": rec.mtd, "claim": None if rec.claim is None else str(rec.claim),
        "highest_cleared": rec.highest_cleared,
        "hold_because": list(rec.hold_because),
        "withheld": review.withheld, "withheld_because": list(review.blocks) if review.withheld else [],
        "recorded": review.recorded,
        "reason": rec.reason, "rule": RULE,
        "subjects": {str(s): mine.loc[mine["STATUS"].eq(s), "USUBJID"].tolist()
                     for s in (DltStatus.CLEAR, DltStatus.DLT, DltStatus.PENDING, DltStatus.CANDIDATE, DltStatus.NONEVAL)},
        "levels": [{"level": number, "state": str(state), "n": c.n, "x": c.x, "m": c.m}
                   for number, (c, state) in enumerate(zip(history.levels, rec.states, strict=True), 1)],
        "comparators": {name: str(review.advice[name].says) if name in review.advice else None for name in REPORTED},
    }  # fmt: skip
