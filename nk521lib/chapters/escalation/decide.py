"""The proposal of each group, from data to the content of decisions.json.

`derive_escalation` computes everything once; the rest of the chapter reads from its answer.
Source: spec escalation.md sections 2 to 4, rulings.md section 3, outputs.md section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nk521lib.chapters.escalation.checks import check_histories, check_records
from nk521lib.chapters.escalation.committee import read_committee, recorded
from nk521lib.chapters.escalation.comparators import REPORTED, compare_designs
from nk521lib.chapters.escalation.course import Standing
from nk521lib.chapters.escalation.events import derive_dlt_events
from nk521lib.chapters.escalation.history import derive_history
from nk521lib.chapters.escalation.holds import hold_reasons
from nk521lib.chapters.escalation.status import derive_dlt_status
from nk521lib.chapters.escalation.supposed import said_of, suppose_statuses
from nk521lib.chapters.escalation.window import derive_windows
from nk521lib.chapters.subjects import derive_subjects
from nk521lib.cut import Cut
from nk521lib.findings import Finding, to_frame
from nk521lib.params import Params
from nk521lib.standards.designs import Recommendation, recommend
from nk521lib.standards.designs.advice import Advice
from nk521lib.terms import DOSES_MORE, Decision, DltStatus, Effect

RULE = "escalation.md section 3"
LISTED = (DltStatus.CLEAR, DltStatus.DLT, DltStatus.PENDING, DltStatus.CANDIDATE, DltStatus.NONEVAL)
"""The statuses in the order of decisions.json."""
_NO_LADDER = "the parameters name no groups with dose levels, so there is no dose escalation to decide"


@dataclass(frozen=True)
class GroupReview:
    """One group: its history, what the rules recommend, what blocks it, what others would say, the committee's row,
    and why it is on hold whatever the rules say."""

    group: str
    history: Standing
    recommendation: Recommendation
    blocks: tuple[str, ...]
    advice: dict[str, Advice]
    recorded: dict | None
    holds: tuple[str, ...] = ()

    @property
    def withheld(self) -> bool:
        return bool(self.blocks) and self.recommendation.decision in DOSES_MORE


@dataclass(frozen=True)
class Escalation:
    """Everything the chapter knows. groups is empty where the study has no ladder of doses, and `why` says so.

    findings : all of the chapter; by_records : those of them that hold whatever the rules are.
    """

    adsl: pd.DataFrame = field(repr=False)
    windows: pd.DataFrame = field(repr=False)
    events: pd.DataFrame = field(repr=False)
    status: pd.DataFrame = field(repr=False)
    committee: pd.DataFrame = field(repr=False)
    by_records: tuple[Finding, ...] = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)
    groups: dict[str, GroupReview] = field(repr=False)
    why: str = ""


def derive_escalation(cut: Cut) -> Escalation:
    """Windows, events, status, history, findings and the recommendation of every group."""
    adsl = derive_subjects(cut)
    windows = derive_windows(cut, adsl)
    events = derive_dlt_events(cut, windows)
    return apply_rules(cut, adsl, windows, events, derive_dlt_status(cut, windows, events))


def apply_rules(
    cut: Cut,
    adsl: pd.DataFrame,
    windows: pd.DataFrame,
    events: pd.DataFrame,
    status: pd.DataFrame,
    standing: Escalation | None = None,
) -> Escalation:
    """The same from subjects whose status is known: history, findings and the recommendation of every group.

    standing : the answer from the same records under other rules; what no rule reaches is taken over from it.
    """
    committee, ladders = read_committee(cut) if standing is None else standing.committee, ladders_of(cut.params)
    histories = {group: derive_history(cut, status, committee, adsl, group) for group in ladders}
    by_records = check_records(cut, adsl, status, events, committee) if standing is None else standing.by_records
    findings = (*by_records, *check_histories(cut, adsl, status, histories))
    if cut.params.scenario is not None:
        # What is supposed is no data: findings stay those of the record, the decision follows the supposition.
        status = suppose_statuses(cut, status)
        histories = {group: derive_history(cut, status, committee, adsl, group) for group in ladders}
    groups: dict[str, GroupReview] = {}
    for group, history in histories.items():
        holds = hold_reasons(cut, events, committee, group) if standing is None else standing.groups[group].holds
        recommendation = recommend_group(cut.params, history, holds, above=next(iter(groups.values()), None))
        blocks = tuple(dict.fromkeys(str(f) for f in (*cut.findings, *findings) if _blocks(f, group, adsl)))
        advice = compare_designs(history, recommendation.level, cut.params, cut.cutoff)
        groups[group] = GroupReview(group, history, recommendation, blocks, advice, recorded(committee, group), holds)
    why = "" if ladders else _NO_LADDER
    return Escalation(adsl, windows, events, status, committee, by_records, findings, groups, why)


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
        mine = found.status[found.status["GROUP"].eq(group).fillna(False)]
        subjects = {s: mine.loc[mine["STATUS"].eq(s), "USUBJID"].tolist() for s in LISTED}
        groups[group] = entry_of(cut.params, review, subjects)
    manifest = cut.manifest
    return {
        "snapshot_id": manifest.snapshot_id, "cutoff_date": manifest.cutoff_date, "synthetic": manifest.synthetic,
        "params_sha256": cut.params.sha256, "scenario": said_of(cut.params), "groups": groups,
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


def ladders_of(params: Params) -> list[str]:
    """The groups that have dose levels to decide on."""
    trial = params.trial
    return [g.id for g in trial.groups if trial.levels and any(level is not None for level in g.arms.values())]


def recommend_group(
    params: Params, history: Standing, holds: tuple[str, ...], above: GroupReview | None
) -> Recommendation:
    """above : the first group, whose cleared levels bound this one when the groups are not independent."""

    def ask(hold: tuple[str, ...]) -> Recommendation:
        return recommend(history.levels, history.rules, dosed=history.dosed, hold=hold, latest=history.latest)

    free = ask(holds)
    if params.escalation.groups_independent or above is None or free.decision is not Decision.ESCALATE:
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


def entry_of(params: Params, review: GroupReview, subjects: Mapping[DltStatus, list[str]]) -> dict[str, Any]:
    """One group of decisions.json. subjects : ids by status."""
    rec, history = review.recommendation, review.history
    in_play = history.levels[rec.level - 1]
    return {
        "dosed": history.dosed,
        "cap": params.escalation.group_cap,
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
        "subjects": {str(s): subjects[s] for s in LISTED},
        "levels": [{"level": number, "state": str(state), "n": c.n, "x": c.x, "m": c.m}
                   for number, (c, state) in enumerate(zip(history.levels, rec.states, strict=True), 1)],
        "comparators": {name: str(review.advice[name].says) if name in review.advice else None for name in REPORTED},
    }  # fmt: skip
