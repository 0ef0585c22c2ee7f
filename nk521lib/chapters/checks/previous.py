"""Against the snapshot before this one: what vanished, what was rewritten, and whether it touches a dose decision (NKD-099).

Both snapshots are compared as extracted, so that a later cut-off alone changes nothing. A value that was missing and is now known
is progress; a value that was known and is now another, or missing, is a rewriting. One record is one message.
Spec: data.md NKD-099, rulings.md section 7 (vanished dosed subjects and changed DLT-relevant values withhold the proposal).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from nk521lib import dates
from nk521lib.chapters.changes import CHANGED, NEW, VANISHED
from nk521lib.chapters.checks.check import Check, Study, count, yes
from nk521lib.chapters.known_after import group_of
from nk521lib.chapters.linkage import of_subject
from nk521lib.cut import Cut
from nk521lib.findings import Finding
from nk521lib.standards import ctcae
from nk521lib.terms import Effect, Severity

_BLOCK, _FLAG, _HANDLED = Effect.BLOCK, Effect.FLAG, Effect.HANDLED
_LISTED = 20
_DECISIVE = {
    "AE": ("AEDECOD", "AETOXGR", "CRSGR", "ICANSGR", "AEREL", "AEDLT", "AEDLTADJ", "AESTDTC", "AEENDTC", "AEACN", "AESDTH"),
    "EX": ("EXTRT", "EXDOSE", "EXDOSU", "EXROUTE", "EXSTDTC"),
    "LB": ("LBTESTCD", "LBSTRESN", "LBSTRESU", "LBSTNRLO", "LBSTNRHI", "LBDTC"),
    "DM": ("ARMCD", "DTHDTC", "DTHFL"),
    "DS": ("DSDECOD", "DSSTDTC"),
}  # fmt: skip
"""Variables that the DLT assessment reads (escalation.md sections 2 and 6)."""
_LAB_TESTS = ("NEUT", "PLAT", "ALT", "AST", "BILI", "ALP")
_OPEN_OUTCOMES = ("NOT RECOVERED/NOT RESOLVED", "RECOVERING/RESOLVING", "UNKNOWN")
_MOVING = ("RFENDTC", "RFXENDTC", "RFPENDTC")
"""DM dates that every further dose or visit moves."""
_DAY = {"AE": ("AESTDTC", "AEENDTC"), "EX": ("EXSTDTC", "EXSTDTC"), "LB": ("LBDTC", "LBDTC"), "DS": ("DSSTDTC", "DSSTDTC"),
        "DM": ("DTHDTC", "DTHDTC")}  # fmt: skip
_KEY = ["domain", "usubjid", "seq", "key", "kind"]


def _against_previous(study: Study) -> Iterator[Finding]:
    if study.previous is None:
        if study.not_compared:
            yield PREVIOUS.of(study.not_compared)
        return
    changes = study.changes
    yield _counted(study, changes)
    yield from _vanished_subjects(study, changes)
    gone = set(study.previous["DM"]["USUBJID"]) - set(study.whole["DM"]["USUBJID"])
    changes = changes[~changes["usubjid"].isin(list(gone)) & ~changes["domain"].isin(["TS", "TI"])]
    yield from _missing_columns(study, changes)
    records = _rewritten(changes)
    if len(records):
        blocks = _touches_a_decision(study, records)
        yield from _one_by_one(study, records[blocks])
        yield from _by_domain(study, records[~blocks])


def _counted(study: Study, changes: pd.DataFrame) -> Finding:
    """That the comparison was made, and how much it saw."""
    whole = changes[changes["column"].isna()]
    new, gone = (int(whole["kind"].eq(kind).sum()) for kind in (NEW, VANISHED))
    changed = len(changes[changes["kind"].eq(CHANGED)].drop_duplicates(_KEY))
    rows = "; ".join(
        f"{d} {len(study.previous.frames.get(d, ()))} → {len(study.whole.frames.get(d, ()))}"
        for d in sorted({*study.previous.frames, *study.whole.frames})
        if len(study.previous.frames.get(d, ())) != len(study.whole.frames.get(d, ()))
    )
    return PREVIOUS.of(
        f"compared with snapshot {study.previous.manifest.snapshot_id}: {count(new, 'record')} new, {changed} changed, {gone} vanished",
        _HANDLED, evidence=rows,
    )  # fmt: skip


def _vanished_subjects(study: Study, changes: pd.DataFrame) -> Iterator[Finding]:
    """A dosed subject that is gone takes its DLT along; one who was never dosed is a line in a list."""
    before, name = study.previous, study.previous.manifest.snapshot_id
    had = changes.loc[changes["domain"].eq("DM") & changes["kind"].eq(VANISHED) & changes["column"].isna(), "usubjid"]
    ex = before["EX"]
    dosed = had.isin(ex.loc[yes(ex["EXDOSE"].gt(0).fillna(True)), "USUBJID"])
    groups = group_of(before)
    everywhere = [g.id for g in study.cut.params.trial.groups]
    for usubjid in had[dosed]:
        # without a group nobody knows whose count it leaves: every group waits
        group = groups.get(usubjid)
        for one in everywhere if pd.isna(group) else [group]:
            yield PREVIOUS.of(f"{usubjid} was dosed in snapshot {name} and is not in this one", _BLOCK, group=str(one), domain="DM",
                              usubjid=str(usubjid), evidence=f"{len(ex[ex['USUBJID'].eq(usubjid)])} doses in {name}")  # fmt: skip
    other = had[~dosed]
    if len(other):
        named = ", ".join(other.head(_LISTED))
        yield PREVIOUS.of(
            f"{count(len(other), 'subject')} of snapshot {name}, never dosed, not in this one: {other.iloc[0]}"
            + (", …" if len(other) > 1 else ""),
            domain="DM", usubjid=str(other.iloc[0]) if len(other) == 1 else "", evidence=named,
        )  # fmt: skip


def _missing_columns(study: Study, changes: pd.DataFrame) -> Iterator[Finding]:
    lost = changes[changes["column"].notna() & changes["kind"].eq(VANISHED)]
    for domain, some in lost.groupby("domain", sort=False):
        if study.whole[domain].empty:
            continue  # its records are gone: said as such
        names = ", ".join(some["column"])
        yield PREVIOUS.of(f"{domain}: {names} was in snapshot {study.previous.manifest.snapshot_id} and is not in this one",
                          domain=str(domain), key=names)  # fmt: skip


def _rewritten(changes: pd.DataFrame) -> pd.DataFrame:
    """One row per record that vanished or has a rewritten value: the change rows' keys, COLUMNS (tuple) and SAYS."""
    value = changes["kind"].eq(CHANGED) & changes["old"].notna()
    column = changes["column"]
    routine = column.isin(_MOVING) | yes(column.str.contains(r"ENR?TPT$"))
    routine |= yes(column.str.endswith("OUT")) & changes["old"].isin(_OPEN_OUTCOMES)
    gone = changes["kind"].eq(VANISHED) & column.isna()
    kept = changes[(value & ~routine) | gone].reset_index(drop=True)
    if kept.empty:
        return kept
    gone = "gone" + (" (" + kept["old"].fillna("") + ")").where(kept["old"].fillna("").ne(""), "")
    kept["SAYS"] = (kept["column"] + " " + kept["old"] + " → " + kept["new"].fillna("missing")).fillna(gone)
    kept[["usubjid", "seq"]] = kept[["usubjid", "seq"]].fillna("")
    by = kept.groupby(_KEY, sort=False, dropna=False)
    rows = by[["old_row", "new_row"]].first()
    rows["COLUMNS"], rows["SAYS"] = by["column"].agg(tuple), by["SAYS"].agg(", ".join)
    return rows.reset_index()


def _touches_a_decision(study: Study, records: pd.DataFrame) -> np.ndarray:
    """May the record, as it was or as it is, have counted in a DLT assessment?"""
    answer = np.zeros(len(records), dtype=bool)
    for domain, some in records.groupby("domain", sort=False):
        where = records.index.get_indexer(some.index)
        if domain == "ADJUD":
            items = _side(study.previous, "ADJUD", some["old_row"])["ITEM"]
            answer[where] = items.isin(["DLT", "DECISION", "ACK"]).to_numpy()
        elif domain in _DECISIVE:
            read = some["kind"].eq(VANISHED) | some["COLUMNS"].map(
                lambda names, wanted=_DECISIVE[domain]: bool(set(names) & set(wanted))
            )
            old, new = _side(study.previous, domain, some["old_row"]), _side(study.whole, domain, some["new_row"])
            answer[where] = read.to_numpy(dtype=bool) & _RELEVANT[domain](study, some, old, new)
    return answer


def _side(cut: Cut, domain: str, rows: pd.Series) -> pd.DataFrame:
    """The records at these positions, all missing where there is none, in the order of `rows`."""
    frame = cut[domain].reset_index(drop=True)
    return frame.reindex(rows.fillna(-1).astype(int)).reset_index(drop=True)


def _in_window(study: Study, domain: str, some: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame, since_start=True):
    """May the record, on either side, touch the subject's DLT window?"""
    start, end = _DAY[domain]
    usubjid = some["usubjid"].reset_index(drop=True)
    known = usubjid.isin(study.window.index)
    inside = np.zeros(len(some), dtype=bool)
    for side in (old, new):
        there = side["USUBJID"].notna().to_numpy()
        low, high = dates.earliest(side[start]), dates.latest(side[end]).fillna(dates.latest(side[start]))
        if not since_start:
            low = low.where(low.isna(), pd.Timestamp("1900-01-01"))
        inside |= there & study.possibly_in_window(usubjid, low, high).to_numpy()
    return inside & known.to_numpy()


def _event(study: Study, some: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    params = study.cut.params
    terms, floor = params.terms, params.data.changed_grade_min
    lower = [*terms.crs, *terms.icans, *terms.gvhd_acute, *terms.gvhd_chronic, *terms.peritonitis]
    grave = np.zeros(len(some), dtype=bool)
    for side in (old, new):
        there = side["USUBJID"].notna()
        low = yes(side["AEDECOD"].fillna(side["AETERM"]).str.upper().isin(lower))
        own = side[["AETOXGR", "CRSGR", "ICANSGR"]].apply(pd.to_numeric).astype("Float64").max(axis=1)
        grave |= (there & (own.isna() | yes(own >= floor - low.astype(int)))).to_numpy()
        grave |= yes(side["AEDLT"].eq("Y") | side["AEDLTADJ"].eq("Y")).to_numpy()
    touched = some["COLUMNS"].map(lambda names: bool({"AEDLT", "AEDLTADJ", "AEACN"} & set(names))).to_numpy(dtype=bool)
    return (grave | touched) & _in_window(study, "AE", some, old, new)


def _dose(study: Study, some: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    """A dose that moved or is gone; also where no dose is left to open a window."""
    alone = ~some["usubjid"].isin(study.window.index).to_numpy()
    return alone | _in_window(study, "EX", some, old, new)


def _sample(study: Study, some: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    """A value that a clause reads, abnormal enough before or after, up to the window's end (the baseline is compared with)."""
    grave = np.zeros(len(some), dtype=bool)
    for side in (old, new):
        named = {"LBTESTCD": "TEST", "LBSTRESN": "VALUE", "LBSTRESU": "UNIT", "LBSTNRLO": "LLN", "LBSTNRHI": "ULN"}
        grades = ctcae.grade(side[list(named)].rename(columns=named))[["GRADEL", "GRADEH"]].max(axis=1)
        severe = grades.isna() | yes(grades >= study.cut.params.data.changed_grade_min - 1)
        grave |= (yes(side["LBTESTCD"].isin(_LAB_TESTS)) & severe).to_numpy()
    return grave & _in_window(study, "LB", some, old, new, since_start=False)


def _subject(study: Study, some: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    dosed = some["usubjid"].isin(study.window.index).to_numpy()
    arm = some["COLUMNS"].map(lambda names: "ARMCD" in names).to_numpy(dtype=bool)
    death = some["COLUMNS"].map(lambda names: bool({"DTHDTC", "DTHFL"} & set(names))).to_numpy(dtype=bool)
    return dosed & (arm | (death & _in_window(study, "DM", some, old, new)))


def _disposition(study: Study, some: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    """Leaving the study in the window makes a subject not evaluable."""
    left = np.zeros(len(some), dtype=bool)
    for side in (old, new):
        left |= yes(side["DSCAT"].str.upper().eq("DISPOSITION EVENT")).to_numpy()
    return left & _in_window(study, "DS", some, old, new)


_RELEVANT = {"AE": _event, "EX": _dose, "LB": _sample, "DM": _subject, "DS": _disposition}


def _one_by_one(study: Study, records: pd.DataFrame) -> Iterator[Finding]:
    groups = study.group_of.combine_first(group_of(study.previous))
    everywhere = [g.id for g in study.cut.params.trial.groups]
    for row in records.itertuples():
        group = groups.get(row.usubjid, pd.NA)
        if row.domain == "ADJUD" and pd.isna(group):
            said = _side(study.previous, "ADJUD", pd.Series([row.old_row]))["GROUP"].iloc[0]
            group = pd.NA if pd.isna(said) else said
        for one in everywhere if pd.isna(group) else [group]:
            yield PREVIOUS.of(f"{row.domain}: {_named(row)} since {study.previous.manifest.snapshot_id}: {row.SAYS}", _BLOCK,
                              group=str(one), domain=row.domain, usubjid=row.usubjid, seq=row.seq, key="" if row.seq else row.key,
                              evidence=row.SAYS)  # fmt: skip


def _by_domain(study: Study, records: pd.DataFrame) -> Iterator[Finding]:
    name = study.previous.manifest.snapshot_id
    for (domain, kind), some in records.groupby(["domain", "kind"], sort=False):
        what = "changed" if kind == CHANGED else "gone"
        first = next(some.itertuples())
        subjects = some.loc[some["usubjid"].ne(""), "usubjid"].nunique()
        if len(some) == 1:
            message = f"{domain}: {_named(first)} since {name}: {first.SAYS}"
        else:
            message = f"{domain}: {len(some)} records of {count(subjects, 'subject')} {what} since {name}, first {_named(first)}: {first.SAYS}"
        listed = "; ".join(f"{_named(row)}: {row.SAYS}" for row in some.head(_LISTED).itertuples())
        yield PREVIOUS.of(
            message, domain=str(domain), usubjid=first.usubjid if subjects == 1 else "",
            seq=first.seq if len(some) == 1 else "", key=first.key if len(some) == 1 and not first.seq else "",
            evidence=listed + (f"; {len(some) - _LISTED} more" if len(some) > _LISTED else ""),
            group=str(of_subject(pd.Series([first.usubjid]), study.group_of).fillna("").iloc[0]) if subjects == 1 else "",
        )  # fmt: skip


def _named(row) -> str:
    return " ".join(part for part in (row.usubjid, row.key) if part)


PREVIOUS = Check(
    "NKD-099", Severity.INFO, (_BLOCK, _FLAG, _HANDLED), "what the previous snapshot said still stands",
    "A dosed subject that vanished, an arm, a grade, a date or a dose rewritten can turn a past decision; it is seen, with old and "
    "new value, before the next one", _against_previous,
)  # fmt: skip
CHECKS = (PREVIOUS,)
