"""Findings of the safety chapter: what its tables had to assume, record by record.

The general data checks (coding, dates, keys, grades out of range) are made when the snapshot is read; these say what a safety
table did with such a record.
"""

from collections.abc import Iterator

import pandas as pd

from nk521lib.chapters.safety.adverse_events import emergent
from nk521lib.chapters.safety.combined import check_monotherapy
from nk521lib.chapters.safety.ecg import unusable_ecg
from nk521lib.chapters.safety.overview import unrecorded_events
from nk521lib.chapters.safety.shifts import NOT_A_FAULT
from nk521lib.chapters.safety.vitals import unread_vitals
from nk521lib.cut import Cut
from nk521lib.findings import Finding, count
from nk521lib.terms import Effect, Severity

_LISTED = 5


def check_safety(
    cut: Cut, adsl: pd.DataFrame, adae: pd.DataFrame, adlb: pd.DataFrame, advs: pd.DataFrame, adeg: pd.DataFrame
) -> list[Finding]:
    """Findings special to the chapter, in the order of their ids."""
    return [*_version(cut), *_events(cut, adae), *_ungraded(adlb), *_order(adlb, advs, adeg), *_qtc(cut, adeg),
            *check_monotherapy(cut, adsl), *_vitals(advs), *_unrecorded(adae)]  # fmt: skip


def _version(cut: Cut) -> Iterator[Finding]:
    said, wanted = cut.manifest.ctcae_version, cut.params.data.ctcae_version
    if said is not None and said != wanted:
        yield Finding("SAF-001", Severity.ERROR, Effect.FLAG, f"the snapshot's grades follow CTCAE {said}, the parameters name {wanted}; "
                      "versions must not be mixed", key=said)  # fmt: skip


def _events(cut: Cut, adae: pd.DataFrame) -> Iterator[Finding]:
    teae = emergent(adae)
    if len(adae) and adae["ATOXGRN"].isna().all():
        severity = " AESEV is not turned into a grade." if adae["AESEV"].notna().any() else ""
        yield Finding("SAF-010", Severity.WARNING, Effect.FLAG, f"AE: no record has a CTCAE grade, all {len(adae)} are counted as grade "
                      f"missing.{severity}", domain="AE")  # fmt: skip
    else:
        yield from _each(
            teae[teae["ATOXGRN"].isna()], "SAF-010", "grade {ATOXGR}, expected 1 to 5: counted as grade missing"
        )
    yield from _each(
        teae[teae["RELMISFL"].isin(["Y"])], "SAF-011", "relation {AREL}: counted as related to the product"
    )
    yield from _each(teae[teae["AEDECOD"].isna()], "SAF-012", "not coded: counted under its reported term")
    yield from _each(teae[teae["TEAETEST"] == 3], "SAF-013", "no start date: counted as treatment-emergent")
    yield from _each(
        adae[adae["AESIU"].isin(["Y"])], "SAF-014", "grade missing: cannot be told whether of special interest"
    )
    yield from _each(
        adae[adae["POSTSAEFL"].isin(["Y"])],
        "SAF-015",
        "related serious event after the safety window: listed, not in the tables",
    )
    source = adae[adae["DLTSRC"].isin(["COMMITTEE"])].merge(
        cut["AE"][["USUBJID", "AESEQ", "AEDLT"]], on=["USUBJID", "AESEQ"], how="left", validate="many_to_one"
    )
    differs = source["AEDLT"].str.upper().ne(source["DLTFL"].fillna("N")) & source["AEDLT"].notna()
    yield from _each(
        source[differs.fillna(False)],
        "SAF-016",
        "the committee's DLT decision differs from the investigator's: the committee's is used",
    )


def _each(records: pd.DataFrame, id_: str, text: str) -> Iterator[Finding]:
    """One finding per record of a small set, one for all of a large one."""
    if len(records) > 4 * _LISTED:
        named = ", ".join(
            f"{u} {s}" for u, s in zip(records["USUBJID"].head(_LISTED), records["AESEQ"].head(_LISTED), strict=True)
        )
        message = "AE: " + text.format(ATOXGR="missing or impossible", AREL="missing or unknown")
        yield Finding(id_, Severity.WARNING, Effect.FLAG, f"{message} ({count(len(records), 'record')}, {count(records['USUBJID'].nunique(), 'subject')})",
                      domain="AE", evidence=f"{named}, …")  # fmt: skip
        return
    for record in records.to_dict("records"):
        said = {name: "missing" if pd.isna(record[name]) else f'"{record[name]}"' for name in ("ATOXGR", "AREL")}
        yield Finding(id_, Severity.WARNING, Effect.FLAG, f"AE {record['AESEQ']}: " + text.format(**said), domain="AE",
                      group="" if pd.isna(record["GROUP"]) else record["GROUP"], usubjid=record["USUBJID"], seq=str(record["AESEQ"]))  # fmt: skip


def _ungraded(adlb: pd.DataFrame) -> Iterator[Finding]:
    period = adlb[adlb["ONTRTFL"].isin(["Y"])]
    long = pd.concat([period[["USUBJID", "PARAMCD", "SRCSEQ"]].assign(REASON=period[f"REASON{d}"]) for d in "LH"])
    long = long[long["REASON"].notna() & ~long["REASON"].isin(NOT_A_FAULT)].drop_duplicates()
    for (test, reason), some in long.groupby(["PARAMCD", "REASON"], sort=True):
        yield Finding("SAF-020", Severity.WARNING, Effect.FLAG, f"LB {test}: {count(len(some), 'result')} after the first dose {_have(some)} no grade, {reason}",
                      domain="LB", key=str(test), evidence=_named(some))  # fmt: skip


def _order(adlb: pd.DataFrame, advs: pd.DataFrame, adeg: pd.DataFrame) -> Iterator[Finding]:
    for domain, frame in (("LB", adlb), ("VS", advs), ("EG", adeg)):
        some = frame[frame["BYSEQFL"].isin(["Y"])]
        if len(some):
            yield Finding("SAF-021", Severity.WARNING, Effect.HANDLED, f"{domain}: several results on the day of the first dose without time or "
                          f"timepoint, the lowest {domain}SEQ taken as before the dose ({count(len(some), 'record')})",
                          domain=domain, evidence=_named(some))  # fmt: skip


def _qtc(cut: Cut, adeg: pd.DataFrame) -> Iterator[Finding]:
    some = adeg[adeg["REASON"].str.startswith("no baseline").fillna(False) & adeg["ONTRTFL"].isin(["Y"])]
    if len(some):
        yield Finding("SAF-022", Severity.WARNING, Effect.FLAG, f"EG: {count(len(some), 'QTcF value')} {_have(some)} no baseline, graded by absolute limits only",
                      domain="EG", evidence=_named(some))  # fmt: skip
    unusable = unusable_ecg(cut)
    if len(unusable):
        yield Finding("SAF-023", Severity.WARNING, Effect.FLAG, f"EG: {count(len(unusable), 'measurement')} of an interval or rate not in ms or beats/min, "
                      "not used", domain="EG", evidence=_named(unusable.rename(columns={"EGSEQ": "SRCSEQ"})))  # fmt: skip


def _vitals(advs: pd.DataFrame) -> Iterator[Finding]:
    unread = unread_vitals(advs)
    for (test, given), some in unread.groupby(["PARAMCD", unread["AVALU"].fillna("")], sort=True):
        said = f"in {given}" if given else "without a unit"
        span = (
            f"{some['AVAL'].min():g} to {some['AVAL'].max():g}"
            if some["AVAL"].nunique() > 1
            else f"{some['AVAL'].iloc[0]:g}"
        )
        yield Finding("SAF-025", Severity.WARNING, Effect.FLAG, f"VS {test}: {count(len(some), 'reading')} after the first dose {said} ({span}), not compared with the "
                      f"limits, which are in {some['LIMITU'].iloc[0]}", domain="VS", key=f"{test} {given}", evidence=_named(some))  # fmt: skip


def _unrecorded(adae: pd.DataFrame) -> Iterator[Finding]:
    for variable, what in (("AESER", "seriousness"), ("AEACN", "action taken with the product")):
        some = unrecorded_events(adae)[variable]
        if len(some) and adae[variable].notna().any():
            yield Finding("SAF-026", Severity.WARNING, Effect.FLAG, f"AE: {count(len(some), 'treatment-emergent event')} without {what} ({variable}): "
                          f"{'it is' if len(some) == 1 else 'they are'} in no count that asks for it", domain="AE", key=variable,
                          evidence=_named(some))  # fmt: skip


def _have(records: pd.DataFrame) -> str:
    return "has" if len(records) == 1 else "have"


def _named(records: pd.DataFrame) -> str:
    named = [f"{u} {s}" for u, s in zip(records["USUBJID"].head(_LISTED), records["SRCSEQ"].head(_LISTED), strict=True)]
    return ", ".join(named) + (", …" if len(records) > _LISTED else "")
