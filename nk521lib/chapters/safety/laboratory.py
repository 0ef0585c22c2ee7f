"""`adlb`: every laboratory result with its grade in both directions, its baseline and the worst of the safety window.

Source: spec safety.md sections 4 and 9, rulings.md 5.2 to 5.5, outputs.md section 3.
"""

import pandas as pd

from nk521lib.chapters.safety.adverse_events import flag
from nk521lib.chapters.safety.anticoagulation import on_anticoagulant
from nk521lib.chapters.safety.laboratory_values import derive_values
from nk521lib.chapters.safety.timing import derive_timing, flag_baseline, from_baseline, safety_set
from nk521lib.cut import Cut
from nk521lib.standards import ctcae, ctcae_v5, hepatic
from nk521lib.standards.comparison import EQUAL, Measured, above

KEY = ["USUBJID", "PARAMCD"]
_GRADED = frozenset(criterion.test for criterion in ctcae_v5.V5.criteria)
NOT_BLOOD, NOT_DONE, NO_NUMBER = "not a blood sample", "not done", "result is text"
NO_ALBUMIN = "no albumin near enough in time"
COLUMNS = [
    "STUDYID", "USUBJID", "TRT01A", "GROUP", "LEVELTRT", "PARAMCD", "PARAM", "LBCAT", "AVAL", "AVALU", "AVALC", "ANRLO", "ANRHI",
    "VISIT", "VISITNUM", "LBDTC", "ADT", "ADTM", "ADY", "PREDOSE", "ONTRTFL", "BYSEQFL", "ABLFL", "BASE", "CHG", "PCHG",
    "ABOUND", "ABOUNDREL", "ATOXGRL", "ATOXGRH", "WTOXGRL", "WTOXGRH", "REASONL", "REASONH", "BTOXGRL", "BTOXGRH", "ANL01FL", "WORSTLFL", "WORSTHFL",
    "SRCDOM", "SRCSEQ",
]  # fmt: skip


def derive_adlb(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """One row per LB record of the safety set, and one CACORR row per blood calcium; in the order of subject, test, day.

    AVAL, ANRLO, ANRHI in AVALU (the unit of data.md; as reported where the test has no unit table). A result such as <0.5 has
    no AVAL: ABOUND and ABOUNDREL are its number and its side, and it is graded as far as that is certain. ATOXGRL and ATOXGRH : 0 to 4,
    null = not gradable, REASONL and REASONH say why; WTOXGRL and WTOXGRH the worst case (symptoms and other unknowns at their
    worse side). ABLFL the last value before the first dose; BTOXGRL and BTOXGRH its grades. ONTRTFL after the first dose
    and up to last dose + teae_end_days; ANL01FL in that period and gradable; WORSTLFL and WORSTHFL the worst record of the
    period per direction, earliest of ties.
    """
    people = safety_set(adsl)
    lb = cut["LB"]
    lb = lb[lb["USUBJID"].isin(people["USUBJID"])].reset_index(drop=True)
    out = pd.concat([lb, derive_values(lb)], axis=1)
    out["PARAMCD"], out["PARAM"], out["AVALC"] = lb["LBTESTCD"], lb["LBTEST"], lb["LBSTRESC"].fillna(lb["LBORRES"])
    out = pd.concat([out, derive_timing(cut, adsl, lb, "LB")], axis=1)
    out["SRCDOM"], out["SRCSEQ"] = pd.Series("LB", index=out.index, dtype="string"), out["LBSEQ"]
    out = pd.concat([out, _corrected(out, cut.params.safety.calcium_albumin_days)], ignore_index=True)
    out["ABLFL"] = flag_baseline(out.assign(AVAL=out["AVAL"].fillna(out["ABOUND"]).where(out["BLOOD"])), KEY)
    out = out.join(_baseline(out))
    out = out.join(_graded(cut, out))
    out["CHG"] = (out["AVAL"] - out["BASE"]).where(~out["PREDOSE"].fillna(True))  # unknown timing gives no change
    out["PCHG"] = (100 * out["CHG"] / out["BASE"]).where(out["BASE"] != 0)
    out[["BTOXGRL", "BTOXGRH"]] = from_baseline(out, KEY, {"ATOXGRL": "BTOXGRL", "ATOXGRH": "BTOXGRH"})
    out["ONTRTFL"], out["BYSEQFL"] = flag(out["ONTRT"]), flag(out["BYSEQ"])
    gradable = out["ATOXGRL"].notna() | out["ATOXGRH"].notna()
    out["ANL01FL"] = flag(out["ONTRT"] & gradable)
    rank = pd.Series(range(len(people)), index=people["USUBJID"])
    out = out.merge(
        people[["USUBJID", "TRT01A", "GROUP", "LEVELTRT"]], on="USUBJID", how="left", validate="many_to_one"
    )
    out = out.assign(_RANK=out["USUBJID"].map(rank)).sort_values(
        ["_RANK", "PARAMCD", "ADT", "SRCSEQ"], kind="stable", ignore_index=True
    )
    for direction in ("L", "H"):
        out[f"WORST{direction}FL"] = _worst(out, f"ATOXGR{direction}")
    return out[COLUMNS]


def _corrected(out: pd.DataFrame, within_days: int) -> pd.DataFrame:
    """A CACORR row for every blood calcium: a value only with albumin near enough in time (rulings.md 5.5)."""
    blood = out[out["BLOOD"]]
    labs = pd.DataFrame({
        "SUBJECT": blood["USUBJID"], "TEST": blood["PARAMCD"], "DATE": blood["ADT"], "VALUE": blood["AVAL"],
    })  # fmt: skip
    found = hepatic.derive_corrected_calcium(labs, within_days)
    rows = out.loc[found.index].copy()
    rows["AVAL"] = rows["GVALUE"] = found["CACORR"]
    rows["GUNIT"], rows["GLLN"], rows["GULN"] = rows["AVALU"], rows["ANRLO"], rows["ANRHI"]
    rows["PARAMCD"], rows["PARAM"] = "CACORR", "Calcium corrected for albumin"
    rows["AVALC"] = rows["ABOUND"] = rows["ABOUNDREL"] = pd.NA
    rows["GRELATION"] = EQUAL
    return rows.astype(
        {"ABOUND": "Float64"} | dict.fromkeys(("PARAMCD", "PARAM", "AVALC", "ABOUNDREL", "GRELATION"), "string")
    )


def _baseline(out: pd.DataFrame) -> pd.DataFrame:
    """BASE in AVALU; GBASE in the unit that is graded, after BRELATION; BASE_ABNORMAL (boolean), False up to the first dose."""
    columns = {"AVAL": "BASE", "GVALUE": "BVALUE", "GRELATION": "BRELATION", "GFACTOR": "BFACTOR", "GULN": "BULN"}
    base = from_baseline(out, KEY, columns)
    # Same unit: the very number. Another unit: through the standard one.
    scale = (base["BFACTOR"] / out["GFACTOR"]).fillna(1.0)
    abnormal = above(Measured(base["BVALUE"], base["BRELATION"]), base["BULN"].mask(base["BULN"] <= 0))
    abnormal = abnormal.mask(out["PREDOSE"].fillna(False), False)
    return pd.DataFrame({
        "BASE": base["BASE"], "GBASE": base["BVALUE"] * scale, "BRELATION": base["BRELATION"], "BASE_ABNORMAL": abnormal,
    })  # fmt: skip


def _graded(cut: Cut, out: pd.DataFrame) -> pd.DataFrame:
    found = ctcae.grade(pd.DataFrame({
        "TEST": out["PARAMCD"].where(out["BLOOD"]), "VALUE": out["GVALUE"], "UNIT": out["GUNIT"], "LLN": out["GLLN"],
        "ULN": out["GULN"], "BASE": out["GBASE"], "BASE_ABNORMAL": out["BASE_ABNORMAL"],
        "RELATION": out["GRELATION"], "BASE_RELATION": out["BRELATION"],
        "ON_ANTICOAGULANT": on_anticoagulant(cut, out),
    }))  # fmt: skip
    worst_case = cut.params.safety.symptom_rule == "worst_case"
    grades = {}
    for direction in ("L", "H"):
        grades[f"ATOXGR{direction}"] = found[("WORST" if worst_case else "GRADE") + direction]
        grades[f"WTOXGR{direction}"] = found["WORST" + direction]
        why = found["REASON" + direction]
        missing = why.eq(ctcae.NO_VALUE).fillna(False)
        why = why.mask(missing & out["AVALC"].notna(), NO_NUMBER)
        why = why.mask(missing & out["LBSTAT"].str.upper().isin(["NOT DONE"]), NOT_DONE)
        why = why.mask(missing & out["PARAMCD"].isin(["CACORR"]), NO_ALBUMIN)
        grades[f"REASON{direction}"] = why.mask(~out["BLOOD"] & out["PARAMCD"].isin(_GRADED), NOT_BLOOD)
    return pd.DataFrame(grades)


def _worst(out: pd.DataFrame, column: str) -> pd.Series:
    period = out[out["ANL01FL"].isin(["Y"]) & out[column].notna()].assign(_GRADE=lambda rows: -rows[column])
    first = period.sort_values([*KEY, "_GRADE", "ADT", "SRCSEQ"], kind="stable").drop_duplicates(KEY).index
    worst = pd.Series(False, index=out.index)
    worst.loc[first] = True
    return flag(worst)
