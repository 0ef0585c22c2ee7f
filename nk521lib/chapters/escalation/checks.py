"""Findings of this chapter: levels never opened, spacing, caps, and judgements that disagree or name nothing.

NKD-060 to 062 and 032 of spec data.md section 5, with the effects of rulings.md section 7; acknowledgements 3.12.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from nk521lib.chapters.acknowledge import acknowledge
from nk521lib.chapters.escalation.committee import decisions, held_on, opened_by
from nk521lib.chapters.escalation.events import CANDIDATE, DLT
from nk521lib.chapters.escalation.history import GroupHistory
from nk521lib.chapters.escalation.spacing import derive_spacing
from nk521lib.cut import Cut
from nk521lib.findings import Finding, count
from nk521lib.terms import Effect, Severity

E, W, BLOCK, FLAG = Severity.ERROR, Severity.WARNING, Effect.BLOCK, Effect.FLAG


def check_records(
    cut: Cut, adsl: pd.DataFrame, status: pd.DataFrame, events: pd.DataFrame, committee: pd.DataFrame
) -> tuple[Finding, ...]:
    """Findings that the records make by themselves, whatever the rules; a BLOCK that the committee acknowledged is a FLAG."""
    found = [
        *check_placed(cut, adsl),
        *check_spacing(cut, status),
        *check_review(cut, status, committee),
        *check_judgements(cut, adsl, events, committee),
        *check_relation_and_scale(cut, events),
    ]
    return acknowledge(cut, found, adsl.set_index("USUBJID")["TRTSDT"])


def check_histories(
    cut: Cut, adsl: pd.DataFrame, status: pd.DataFrame, histories: Mapping[str, GroupHistory]
) -> tuple[Finding, ...]:
    """Findings of the records held against the rules, as `check_records` returns them."""
    found = [*check_openings(status, histories), *check_counts(cut, status, histories)]
    return acknowledge(cut, found, adsl.set_index("USUBJID")["TRTSDT"])


def check_placed(cut: Cut, adsl: pd.DataFrame) -> Iterable[Finding]:
    """A dosed subject that cannot be placed on a ladder, or whose first dose has no full date, is not counted: say so."""
    if not cut.params.trial.levels:
        return
    dosed = set(cut["EX"]["USUBJID"])
    adsl = adsl[adsl["USUBJID"].isin(dosed)]
    lost = adsl[adsl["TRTSDT"].isna() | adsl["TRTSDTF"].notna() | adsl["GROUP"].isna() | adsl["LEVEL"].isna()]
    for row in lost.itertuples():
        why = (
            "no dose with a full date and an amount"
            if pd.isna(row.TRTSDT)
            else "the day of the first dose is not known, and so no window"
            if not pd.isna(row.TRTSDTF)
            else f"arm {row.ARMCD} names no group with a level"
        )
        group = "" if pd.isna(row.GROUP) else row.GROUP
        yield Finding(
            "NKD-060", E, BLOCK, f"{row.USUBJID} has EX records but is on no ladder: {why}", group, "EX", row.USUBJID
        )


def check_openings(status: pd.DataFrame, histories: Mapping[str, GroupHistory]) -> Iterable[Finding]:
    """NKD-060: dosed at a level that neither the rules nor the committee had opened."""
    for group, history in histories.items():
        for irregular in history.irregularities:
            row = history.subjects.iloc[irregular.position]
            message = f"{row.USUBJID} first dosed at level {irregular.level} on {row.ADLTSDT.date()}: {irregular.rule}"
            yield Finding(
                "NKD-060",
                E,
                BLOCK,
                message,
                group,
                "EX",
                row.USUBJID,
                key=f"LEVEL={irregular.level}",
                evidence=_known_then(history, irregular.position),
            )


def _known_then(history: GroupHistory, position: int) -> str:
    """What was known of the subjects dosed before: it stays the same when later outcomes come in."""
    then = history.before[position] if position < len(history.before) else history.notation
    return f"known on that day: {then or 'nobody dosed'}"


def check_spacing(cut: Cut, status: pd.DataFrame) -> Iterable[Finding]:
    """NKD-061: first doses closer together than the spacing rules, or before the windows of the level below closed."""
    spaced = derive_spacing(cut, status)
    for row in spaced[spaced["TOOSOON"].fillna(False)].itertuples():
        message = f"{row.USUBJID} first dosed {count(row.GAP, 'day')} after {row.AFTER} at level {row.LEVEL}, {row.NEEDED} days needed"
        yield Finding("NKD-061", W, FLAG, message, row.GROUP, "EX", row.USUBJID, key=f"LEVEL={row.LEVEL}")
    for row in spaced[spaced["OPENBELOW"] > 0].itertuples():
        message = f"{row.USUBJID} first dosed at level {row.LEVEL} on {row.ADLTSDT.date()} with {row.OPENBELOW} DLT windows open at lower levels"
        yield Finding("NKD-061", W, FLAG, message, row.GROUP, "EX", row.USUBJID, key=f"LEVEL={row.LEVEL}")


def check_review(cut: Cut, status: pd.DataFrame, committee: pd.DataFrame) -> Iterable[Finding]:
    """NKD-060: first dosed during a hold of the committee, or at a level above the first that no decision had opened.

    NKD-061: a level above the first in a snapshot without any record of the committee, which tells nothing of it.
    """
    above = status["LEVEL"] > cut.params.trial.start_level
    if not cut.has("ADJUD"):
        first = status[above].sort_values(["ADLTSDT", "USUBJID"], kind="stable").drop_duplicates(["GROUP", "LEVEL"])
        for row in first.itertuples():
            message = f"level {row.LEVEL} was first dosed on {row.ADLTSDT.date()} ({row.USUBJID}) with no decision of the committee on record: the snapshot has no adjud"
            yield Finding("NKD-061", W, FLAG, message, row.GROUP, "ADJUD", row.USUBJID, key=f"LEVEL={row.LEVEL}")
        return
    said = {group: decisions(committee, group) for group in status["GROUP"].unique()}
    for row in status.assign(ABOVE=above).itertuples():
        rows = said[row.GROUP]
        held = held_on(rows, row.ADLTSDT)
        unopened = row.ABOVE and not opened_by(rows, row.LEVEL, row.ADLTSDT)
        broken = [f"no decision of the committee had opened level {row.LEVEL}"] if unopened else []
        broken += [f"on hold, {held}"] if held else []
        if broken:
            message = f"{row.USUBJID} first dosed at level {row.LEVEL} on {row.ADLTSDT.date()}: {'; '.join(broken)}"
            yield Finding("NKD-060", E, BLOCK, message, row.GROUP, "ADJUD", row.USUBJID, key=f"LEVEL={row.LEVEL}")


def check_counts(cut: Cut, status: pd.DataFrame, histories: Mapping[str, GroupHistory]) -> Iterable[Finding]:
    """NKD-062: more subjects than the cap, two levels open at once, more replacements than allowed."""
    rule = cut.params.escalation
    for group, history in histories.items():
        if rule.cap_policy != "ignore" and history.dosed > rule.group_cap:
            yield Finding(
                "NKD-062",
                W,
                FLAG,
                f"group {group} has {history.dosed} subjects, the cap is {rule.group_cap}",
                group,
                "EX",
                key=f"GROUP={group}",
            )
        open_ = [str(level) for level, counts in enumerate(history.levels, 1) if counts.m]
        if len(open_) > 1:
            yield Finding(
                "NKD-062",
                W,
                FLAG,
                f"group {group} has open DLT windows at levels {' and '.join(open_)} at once",
                group,
                "EX",
                key=f"GROUP={group}",
            )
        replaced = int((status["GROUP"].eq(group) & status["REPLFL"].eq("Y")).fillna(False).sum())
        if rule.max_replacements is not None and replaced > rule.max_replacements:
            message = f"group {group} has {replaced} subjects to replace, at most {rule.max_replacements} are allowed"
            yield Finding("NKD-062", W, FLAG, message, group, "EX", key=f"GROUP={group}")


def check_judgements(cut: Cut, adsl: pd.DataFrame, events: pd.DataFrame, committee: pd.DataFrame) -> Iterable[Finding]:
    """NKD-032: a DLT outside the window, two judges who disagree, a judgement on no event or without its own row."""
    adverse = events[events["SRC"].eq("AE")]
    outside = adverse[adverse["VERDICT"].eq(DLT) & ~adverse["ONSET"].fillna(True)]
    yield from _about(outside, "counts as DLT by the committee although its onset is outside the DLT window")
    yield from _about(adverse[adverse["INVESTIG"].eq("Y").fillna(False) & adverse["AFTER"] & adverse["COMMITTEE"].isna()],
                      "is a DLT for the investigator but began after the DLT window: listed, not counted")  # fmt: skip
    against = adverse["INVESTIG"].ne(adverse["COMMITTEE"]).fillna(False)
    yield from _about(
        adverse[against], "is judged differently by investigator and committee; the committee's judgement counts"
    )
    unlike = adverse["COMMITTEE"].eq("N").fillna(False) & adverse["SCREEN"].fillna(False)
    yield from _about(adverse[unlike], "meets the machine screen; the committee judged it no DLT")
    yield from _about(
        adverse[adverse["ADJSRC"].eq("SUPPAE").fillna(False)],
        "carries a committee judgement (AEDLTADJ) without a row in adjud",
    )
    known = pd.MultiIndex.from_frame(adverse[["USUBJID", "SEQ"]])
    rows = committee[committee["ITEM"].eq("DLT").fillna(False)]
    groups = adsl.set_index("USUBJID")["GROUP"]
    dosed = set(adsl.loc[adsl["TRTSDT"].notna(), "USUBJID"])
    for row in rows.itertuples():
        group = groups.get(row.USUBJID)
        where = dict(
            group="" if pd.isna(group) else group, domain="ADJUD", usubjid=_text(row.USUBJID), seq=_text(row.AESEQ)
        )
        if row.VALUE not in ("Y", "N"):
            yield Finding(
                "NKD-032",
                W,
                FLAG,
                f"adjud DLT row of {_text(row.USUBJID)} has VALUE {_text(row.VALUE)}, expected Y or N: not used",
                **where,
            )
        elif pd.notna(row.AESEQ) and (row.USUBJID, row.AESEQ) not in known:
            why = "that was not known by the cut-off" if row.USUBJID in dosed else "of a subject that was not dosed"
            yield Finding(
                "NKD-032",
                E,
                BLOCK,
                f"adjud judges AE {row.AESEQ} of {_text(row.USUBJID)}, an event {why}",
                **where,
            )
    yield from _about(
        events[events["SRC"].eq("ADJUD")], "is counted by a committee row that names no event (AESEQ empty)"
    )


def check_relation_and_scale(cut: Cut, events: pd.DataFrame) -> Iterable[Finding]:
    """NKD-031, 034: relation codes nobody mapped, and CRS or ICANS without a grade on their own scale."""
    adverse = events[events["SRC"].eq("AE")]
    yield from _about(adverse[adverse["UNMAPPED"].fillna(False) & adverse["VERDICT"].isin([DLT, CANDIDATE])],
                      "has a relation code that is not mapped: counted as related")  # fmt: skip
    terms = cut.params.terms
    own = adverse["PT"].isin([*terms.crs, *terms.icans]) & ~adverse["OWNSCALE"].fillna(False)
    yield from _about(adverse[own], "has no ASTCT grade (CRSGR, ICANSGR): graded by AETOXGR")


def _about(events: pd.DataFrame, what: str) -> Iterable[Finding]:
    if events.empty:
        return
    for row in events[["SRC", "SEQ", "USUBJID", "TERM", "GROUP"]].itertuples():
        seq = _text(row.SEQ)
        name = f"{row.SRC} {seq} of {row.USUBJID}".replace("  ", " ")
        yield Finding(
            "NKD-032", W, FLAG, f"{name} ({_text(row.TERM)}) {what}", _text(row.GROUP), row.SRC, row.USUBJID, seq
        )


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)
