"""What the database showed on one day: records entered by then, open ends still open, first typings not yet corrected."""

from collections.abc import Iterable

import pandas as pd

from nk521lib.edge.demo_trial.background import derive_ts
from nk521lib.edge.demo_trial.cast import Cast
from nk521lib.edge.demo_trial.frames import KNOWN, finished, first_days, iso, split_supplements
from nk521lib.edge.demo_trial.story import LateEdit
from nk521lib.schemas import DOMAINS

ENDS = {"AE": "AEENDTC", "CM": "CMENDTC", "PR": "PRENDTC"}


def derive_dm(cast: Cast, today: pd.Timestamp) -> pd.DataFrame:
    """DM: one row per subject who had consented; reference dates from the doses given by then."""
    p = cast.people[cast.people["CONSENT"] <= today]
    given = cast.doses[cast.doses["DAY"] <= today].groupby("USUBJID")["DAY"]
    first, last = p["USUBJID"].map(given.min()), p["USUBJID"].map(given.max())
    arm = p["ARM"].where(p["ENROLLED"] <= today)
    died = p["DIED"].where(p["DIED"] <= today)
    failed = p["FAILED"] <= today
    birthday_later = (p["CONSENT"].dt.month * 100 + p["CONSENT"].dt.day) < (p["BORN"].dt.month * 100 + p["BORN"].dt.day)
    age = p["CONSENT"].dt.year - p["BORN"].dt.year - birthday_later
    start, end = iso(first, "T10:00"), iso(last, "T10:30")
    frame = pd.DataFrame({
        "USUBJID": p["USUBJID"], "SUBJID": p["NUMBER"], "RFSTDTC": start, "RFENDTC": end, "RFXSTDTC": start, "RFXENDTC": end,
        "RFICDTC": iso(p["CONSENT"]), "DTHDTC": iso(died), "DTHFL": died.notna().map({True: "Y"}), "SITEID": "01",
        "BRTHDTC": iso(p["BORN"]), "AGE": age.astype("Int64"), "AGEU": "YEARS", "SEX": p["SEX"], "ARMCD": arm,
        "ARM": "Group " + arm.str.replace("_DL", ", dose level "), "ACTARMCD": arm.where(first.notna()),
        "ARMNRS": failed.map({True: "SCREEN FAILURE"}), "COUNTRY": "CHN", KNOWN: p["CONSENT"],
    })  # fmt: skip
    return finished(frame.astype({c: "string" for c in frame if c not in ("AGE", KNOWN)}), "DM")


def extract(
    cast: Cast, records: dict[str, pd.DataFrame], today: pd.Timestamp, first_typed: Iterable[LateEdit] = ()
) -> dict[str, pd.DataFrame]:
    """Domain code -> frame as exported on `today`, SUPP-- split off, KNOWN gone.

    records : everything the trial will ever hold. Frames without KNOWN (trial design) are exported as they are.
    first_typed : corrections that had not been made yet; their old value is shown.
    """
    seen = {code: frame[frame[KNOWN] <= today] if KNOWN in frame else frame for code, frame in records.items()}
    seen["DM"] = derive_dm(cast, today)
    seen["TS"] = derive_ts(len(seen["DM"]))
    for code, end in ENDS.items():
        seen[code] = _still_open(seen[code], code, end, today)
    seen["AE"] = _adjudicated(seen["AE"].drop(columns="LABEL"), seen["ADJUD"])
    for edit in first_typed:
        seen[edit.domain] = _as_first_typed(seen[edit.domain], edit)
    for code in ("AE", "CM", "PR"):
        seen[code], supplements = split_supplements(seen[code], code)
        if len(supplements):
            seen[f"SUPP{code}"] = supplements
    return {
        code: frame.drop(columns=KNOWN, errors="ignore").reset_index(drop=True)
        for code, frame in seen.items()
        if len(frame)
    }


def _still_open(frame: pd.DataFrame, code: str, end: str, today: pd.Timestamp) -> pd.DataFrame:
    later = first_days(frame[end]) > today
    frame = frame.assign(**{end: frame[end].mask(later)})
    ongoing = f"{code}ENRTPT"
    if ongoing in DOMAINS[code].columns:
        frame[ongoing] = frame[ongoing].mask(later, "ONGOING")
    if code == "AE":
        frame["AEOUT"] = frame["AEOUT"].mask(later, "NOT RECOVERED/NOT RESOLVED")
    return frame


def _adjudicated(ae: pd.DataFrame, adjud: pd.DataFrame) -> pd.DataFrame:
    """The committee's value copied to the event it names (SUPPAE AEDLTADJ)."""
    rows = adjud[adjud["ITEM"].eq("DLT") & adjud["AESEQ"].notna()]
    value = rows.drop_duplicates(["USUBJID", "AESEQ"], keep="last").set_index(["USUBJID", "AESEQ"])["VALUE"]
    keys = pd.MultiIndex.from_frame(ae[["USUBJID", "AESEQ"]])
    return ae.assign(AEDLTADJ=pd.array(value.reindex(keys).to_numpy(), dtype="string"))


def _as_first_typed(frame: pd.DataFrame, edit: LateEdit) -> pd.DataFrame:
    here = frame["USUBJID"].str.endswith("-" + edit.number)
    for variable, value in edit.where.items():
        here &= frame[variable].eq(value)
    if here.sum() != 1:
        raise ValueError(f"{edit.domain} of {edit.number}: {int(here.sum())} records match {edit.where}, expected 1")
    frame = frame.copy()
    frame.loc[here, edit.variable] = edit.first_typed
    result = edit.variable.replace("STRESN", "ORRES")
    if result != edit.variable:
        frame.loc[here, result] = f"{edit.first_typed:g}"
    return frame
