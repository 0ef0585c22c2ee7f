"""Assessments that the schedule expects and the data do not show: "no event" must not be read from "not looked".

Source: spec safety.md section 10. The schedule is an assumption (`expected_on_doses`): the protocol gives none.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.safety.counts import Row, number
from nk521lib.chapters.safety.timing import safety_set
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut

NAMES = {"LB": "Laboratory", "VS": "Vital signs", "EG": "ECG"}


def derive_expected(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per administered dose and assessment expected for it: USUBJID TRT01A DOSENO DAY DOMAIN and SEEN (boolean).

    SEEN : a record that is not "not done" on the dose day or up to `expected_days_before` before it. A record with a partial date
    that may lie there, or a dose of unknown day, leaves SEEN null; a domain that the snapshot does not have leaves all its rows False.
    """
    rules, people = cut.params.safety, safety_set(adsl)
    doses = derive_doses(cut).merge(people[["USUBJID", "TRT01A"]], on="USUBJID", how="inner", validate="many_to_one")
    doses = doses[["USUBJID", "TRT01A", "DOSENO", "DAY"]]
    parts = []
    # Without a schedule of doses a record may stand for weeks of dosing, and nothing can be expected of its first day.
    for domain, wanted in rules.expected_on_doses.items() if cut.params.trial.dose_days else ():
        due = doses[doses["DOSENO"].isin(wanted)].assign(DOMAIN=domain)
        parts.append(due.assign(SEEN=_seen(cut, due, domain, rules.expected_days_before)))
    out = pd.concat(parts, ignore_index=True) if parts else doses.assign(DOMAIN="", SEEN=pd.NA).iloc[:0]
    return out.astype({"DOMAIN": "string", "SEEN": "boolean"})


def _seen(cut: Cut, due: pd.DataFrame, domain: str, before: int) -> pd.Series:
    records = cut[domain]
    records = records[records[f"{domain}STAT"].str.upper().ne("NOT DONE").fillna(True)]  # no status: it was done
    text = records[f"{domain}DTC"].str.slice(0, 10)
    taken = records[["USUBJID"]].assign(LOW=dates.earliest(text), HIGH=dates.latest(text)).dropna().drop_duplicates()
    rows = due.reset_index()[["index", "USUBJID", "DAY"]].dropna(subset=["DAY"])
    exact, partial = taken[taken["LOW"] == taken["HIGH"]], taken[taken["LOW"] != taken["HIGH"]]
    near = pd.merge_asof(
        rows.sort_values("DAY"), exact.rename(columns={"LOW": "TAKEN"})[["USUBJID", "TAKEN"]].sort_values("TAKEN"),
        left_on="DAY", right_on="TAKEN", by="USUBJID", tolerance=pd.Timedelta(days=before),
    )  # fmt: skip
    seen = pd.Series(near["TAKEN"].notna().to_numpy(), index=near["index"], dtype="boolean").reindex(due.index)
    maybe = rows.merge(partial, on="USUBJID", how="inner", validate="many_to_many")
    touches = (maybe["LOW"] <= maybe["DAY"]) & (maybe["HIGH"] >= maybe["DAY"] - pd.Timedelta(days=before))
    open_ = due.index.isin(maybe.loc[touches, "index"])
    return seen.mask(open_ & ~seen.fillna(False), pd.NA)


def count_expected(expected: pd.DataFrame) -> list[Row]:
    """Per kind of assessment: doses for which it was expected, found, and not found with the subjects concerned."""
    rows: list[Row] = []
    for domain, some in expected.groupby("DOMAIN", sort=False):
        absent, unknown = some[~some["SEEN"].fillna(True)], some[some["SEEN"].isna()]
        found = some[some["SEEN"].fillna(False)]
        where = {"analysis_id": "expected_assessments", "variable": str(domain), "stat_label": "doses"}
        rows.append({
            "Assessment": NAMES[str(domain)],
            "expected": number(stat=float(len(some)), fmt=str(len(some)), usubjids=some["USUBJID"].unique(), variable_level="EXPECTED", **where),
            "in the data": number(stat=float(len(found)), fmt=str(len(found)), usubjids=found["USUBJID"].unique(), variable_level="FOUND", **where),
            "not in the data": number(stat=float(len(absent)), fmt=str(len(absent)), usubjids=absent["USUBJID"].unique(), variable_level="ABSENT", **where),
            "date does not tell": number(stat=float(len(unknown)), fmt=str(len(unknown)), usubjids=unknown["USUBJID"].unique(), variable_level="UNKNOWN", **where),
        })  # fmt: skip
    return rows


def derive_followed(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per dosed subject: how far the safety window was watched.

    USUBJID TRT01A TRTEDT LSTALVDT; WINEND last day of the window, not after cut-off or death; GAP days of it after the last sign
    of life (0 when followed to its end).
    """
    people = safety_set(adsl)
    out = people[["USUBJID", "TRT01A", "TRTEDT", "LSTALVDT", "DTHDT"]].copy()
    end = out["TRTEDT"] + pd.Timedelta(days=cut.params.safety.teae_end_days)
    out["WINEND"] = end.clip(upper=cut.cutoff).where(out["DTHDT"].isna() | (out["DTHDT"] > end), out["DTHDT"])
    out["GAP"] = (out["WINEND"] - out["LSTALVDT"]).dt.days.clip(lower=0).astype("Int64")
    return out
