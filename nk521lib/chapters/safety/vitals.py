"""`advs`: vital signs with baseline and the limits outside which a reading is notable.

Source: spec safety.md section 9, rulings.md 5.2 and 5.3.
"""

import pandas as pd

from nk521lib.chapters.safety.adverse_events import flag
from nk521lib.chapters.safety.counts import Row, among, count
from nk521lib.chapters.safety.timing import derive_timing, flag_baseline, from_baseline, safety_set
from nk521lib.cut import Cut
from nk521lib.results import Column
from nk521lib.standards.comparison import above, at_least, below

KEY = ["USUBJID", "PARAMCD", "SERIES"]
_SIGNS = {
    "TEMP": ("Temperature", "C", "°C"), "SYSBP": ("Systolic pressure", "MMHG", "mmHg"), "DIABP": ("Diastolic pressure", "MMHG", "mmHg"),
    "PULSE": ("Pulse", "BEATS/MIN", "beats/min"), "RESP": ("Respiratory rate", "BREATHS/MIN", "breaths/min"),
    "OXYSAT": ("Oxygen saturation", "%", "%"),
}  # fmt: skip
"""Test: its name, the unit of its limits as recorded (in capitals), and as people write it. A limit applies only to a
reading in its unit: 100.4 is no temperature in degrees Celsius."""
COLUMNS = ["STUDYID", "USUBJID", "TRT01A", "GROUP", "LEVELTRT", "PARAMCD", "AVAL", "AVALU", "VISIT", "VISITNUM", "VSTPT", "VSTPTNUM",
           "VSDTC", "ADT", "ADTM", "ADY", "SERIES", "PREDOSE", "ONTRTFL", "BYSEQFL", "ABLFL", "BASE", "CHG", "NOTABLE", "UNITOKFL",
           "SRCDOM", "SRCSEQ"]  # fmt: skip


def vital_name(test: str) -> str:
    """A vital sign in words; a test without a limit keeps its code."""
    return _SIGNS[test][0] if test in _SIGNS else test


def notable_limits(cut: Cut) -> dict[str, tuple[str, str, float]]:
    """Name -> (test, comparison, limit), in the order of the table."""
    limits = cut.params.safety.vital_limits
    return {
        "TEMP_HIGH": ("TEMP", ">=", limits.temp_high), "SYSBP_LOW": ("SYSBP", "<", limits.sbp_low),
        "SYSBP_HIGH": ("SYSBP", ">=", limits.sbp_high), "DIABP_HIGH": ("DIABP", ">=", limits.dbp_high),
        "PULSE_LOW": ("PULSE", "<", limits.pulse_low), "PULSE_HIGH": ("PULSE", ">", limits.pulse_high),
        "OXYSAT_LOW": ("OXYSAT", "<", limits.spo2_low), "RESP_HIGH": ("RESP", ">", limits.resp_high),
    }  # fmt: skip


def derive_advs(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per VS record of the safety set. Baseline: last reading before the first dose in the same posture (SERIES).

    NOTABLE names the limit that a reading in its unit passes, null when none or unknown; UNITOKFL the unit is the limit's.
    """
    people = safety_set(adsl)
    vs = cut["VS"]
    vs = vs[vs["USUBJID"].isin(people["USUBJID"])].reset_index(drop=True)
    out = pd.concat([vs, derive_timing(cut, adsl, vs, "VS")], axis=1)
    out["PARAMCD"], out["AVAL"], out["AVALU"] = vs["VSTESTCD"], vs["VSSTRESN"], vs["VSSTRESU"]
    out["ABLFL"] = flag_baseline(out, KEY)
    out[["BASE"]] = from_baseline(out, KEY, {"AVAL": "BASE"})
    out["CHG"] = (out["AVAL"] - out["BASE"]).where(~out["PREDOSE"].fillna(True))  # unknown timing gives no change
    out["ONTRTFL"], out["BYSEQFL"] = flag(out["ONTRT"]), flag(out["BYSEQ"])
    in_unit = pd.Series(False, index=out.index)
    for test, (_, known, _) in _SIGNS.items():
        in_unit |= out["PARAMCD"].isin([test]) & out["AVALU"].str.upper().isin([known])
    notable = pd.Series(pd.NA, index=out.index, dtype="string")
    for name, (test, how, limit) in notable_limits(cut).items():
        passed = (
            {"<": below, ">": above, ">=": at_least}[how](out["AVAL"], limit) & out["PARAMCD"].isin([test]) & in_unit
        )
        notable = notable.mask(passed.fillna(False), name)  # a missing reading passes no limit and stays unnamed
    out["NOTABLE"], out["UNITOKFL"] = notable, flag(in_unit)
    out["SRCDOM"], out["SRCSEQ"] = pd.Series("VS", index=out.index, dtype="string"), out["VSSEQ"]
    out = out.merge(
        people[["USUBJID", "TRT01A", "GROUP", "LEVELTRT"]], on="USUBJID", how="left", validate="many_to_one"
    )
    return out[COLUMNS]


def count_notable(advs: pd.DataFrame, columns: list[Column], cut: Cut) -> list[Row]:
    """Subjects with a notable reading after the first dose, of those with a reading in the period."""
    period = advs[advs["ONTRTFL"].isin(["Y"]) & advs["AVAL"].notna() & advs["UNITOKFL"].isin(["Y"])]
    rows = []
    for name, (test, how, limit) in notable_limits(cut).items():
        read = period.loc[period["PARAMCD"] == test, "USUBJID"].unique()
        found = period.loc[period["NOTABLE"].isin([name]), "USUBJID"].unique()
        rows.append(count(among(columns, read), found, f"{vital_name(test)} {how.replace('>=', '≥')} {limit:g} {_SIGNS[test][2]}", analysis_id="vitals_notable",
                          variable=test, variable_level=name))  # fmt: skip
    return rows


def unread_vitals(advs: pd.DataFrame) -> pd.DataFrame:
    """Readings of the period that no limit was applied to, for want of its unit, with the limit's unit as LIMITU."""
    some = advs[
        advs["ONTRTFL"].isin(["Y"]) & advs["AVAL"].notna() & advs["PARAMCD"].isin(_SIGNS) & advs["UNITOKFL"].isna()
    ]
    return some.assign(LIMITU=some["PARAMCD"].map({test: sign[2] for test, sign in _SIGNS.items()}))
