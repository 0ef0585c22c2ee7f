"""Quality of life over time: scores, changes against the minimal difference, and how many of the forms due were answered.

Spec: efficacy.md section 7. Item numbers only; no item wording is held here. Missing forms are not imputed.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.efficacy.instruments import instrument_in_use
from nk521lib.cut import Cut
from nk521lib.standards.comparison import at_least, at_most


def derive_forms(cut: Cut, facts: pd.DataFrame) -> pd.DataFrame:
    """One row per form of a dosed subject: USUBJID VISITNUM VISIT ADT ADY and the instrument's items (Float64; NA: not answered)."""
    qs, instrument = cut["QS"], instrument_in_use(cut.params)
    qs = qs[qs["QSTESTCD"].isin(list(instrument.items)) & qs["USUBJID"].isin(facts["USUBJID"])]
    plain = qs["QSORRES"].where(qs["QSORRES"].str.fullmatch(r"\d+(\.\d+)?").fillna(False))
    value = qs["QSSTRESN"].fillna(pd.to_numeric(plain).astype("Float64"))
    value = value.mask(qs["QSSTAT"].str.upper().eq("NOT DONE").fillna(False))
    number = qs["QSTESTCD"].map(dict(instrument.items)).astype("string")
    rows = pd.DataFrame({"USUBJID": qs["USUBJID"], "VISITNUM": qs["VISITNUM"], "VISIT": qs["VISIT"], "QSDTC": qs["QSDTC"],
                         "ITEM": number, "VALUE": value, "QSSEQ": qs["QSSEQ"]})  # fmt: skip
    key = ["USUBJID", "VISITNUM", "VISIT", "QSDTC"]
    # One item twice on a form: the record entered last stands, the check of the data says so.
    rows = rows.sort_values([*key, "ITEM", "QSSEQ"], kind="stable").drop_duplicates([*key, "ITEM"], keep="last")
    forms = rows[key].drop_duplicates().reset_index(drop=True)
    numbered = rows.merge(forms.assign(FORM=forms.index), on=key, how="left", validate="many_to_one")
    wide = numbered.pivot(index="FORM", columns="ITEM", values="VALUE").reindex(
        columns=list(instrument.ranges), index=forms.index
    )
    out = pd.concat([forms, wide.astype("Float64")], axis=1)
    out["ADT"] = dates.exact(out.pop("QSDTC"))
    start = pd.Series(facts.set_index("USUBJID")["TRTSDT"].reindex(out["USUBJID"]).array, index=out.index).astype(
        "datetime64[s]"
    )
    out["ADY"] = dates.study_day(out["ADT"], start)
    return out.sort_values(["USUBJID", "ADT", "VISITNUM"], kind="stable", ignore_index=True)


def derive_adqs(cut: Cut, facts: pd.DataFrame, forms: pd.DataFrame) -> pd.DataFrame:
    """Scores in long form: USUBJID PARAMCD VISIT VISITNUM ADT ADY AVAL AVALC BASE CHG ABLFL MISSN CHGCAT.

    Baseline is the last form on or before the day of first dose. MISSN counts unanswered items of the form. AVALC is a score
    in words, as the profile of EQ-5D-5L. CHGCAT is IMPROVED or WORSENED at a change of the minimal difference or more in the
    score's own direction, else UNCHANGED; missing where either score, or the minimal difference of that score, is not known.
    """
    instrument = instrument_in_use(cut.params)
    key = ["USUBJID", "VISIT", "VISITNUM", "ADT", "ADY"]
    scores = instrument.derive(forms, cut.params)
    scores["MISSN"] = pd.Series(forms[list(instrument.ranges)].isna().sum(axis=1), dtype="Int64")
    scores["FORM"] = range(len(scores))
    ids = [*key, "MISSN", "FORM"]
    out = scores.melt(id_vars=ids, value_vars=instrument.codes, var_name="PARAMCD", value_name="AVAL")
    out = out.astype({"PARAMCD": "string", "AVAL": "Float64"})
    out["AVALC"] = pd.Series(pd.NA, index=out.index, dtype="string")
    if instrument.text_of:
        score, text = instrument.text_of
        out["AVALC"] = out["FORM"].map(scores.set_index("FORM")[text]).astype("string").where(out["PARAMCD"].eq(score))
    before = scores[scores["ADY"].le(1).fillna(False)].drop_duplicates("USUBJID", keep="last")
    base = out[out["FORM"].isin(before["FORM"])][["USUBJID", "PARAMCD", "AVAL", "FORM"]].rename(
        columns={"AVAL": "BASE", "FORM": "BASEFORM"}
    )
    out = out.merge(base, on=["USUBJID", "PARAMCD"], how="left", validate="many_to_one")
    is_base = out["FORM"].eq(out["BASEFORM"]).fillna(False)
    out["ABLFL"] = pd.Series("Y", index=out.index, dtype="string").where(is_base)
    after = out["ADY"].gt(1).fillna(False)
    out["CHG"] = (out["AVAL"] - out["BASE"]).where(after)
    better = out["CHG"].mask(out["PARAMCD"].isin(instrument.lower_is_better), -out["CHG"])
    mid = out["PARAMCD"].map({code: minimal_difference(cut, code) for code in instrument.codes}).astype("Float64")
    category = pd.Series("UNCHANGED", index=out.index, dtype="string").where(better.notna() & mid.notna())
    # fillna(False) is right: a change that is not known leaves the category missing, as the line above made it.
    category = category.mask(at_least(better, mid).fillna(False), "IMPROVED").mask(
        at_most(better, -mid).fillna(False), "WORSENED"
    )
    out["CHGCAT"], out["SRCDOM"] = category, pd.Series("QS", index=out.index, dtype="string")
    place = out["PARAMCD"].map({code: i for i, code in enumerate(instrument.codes)})
    out = out.assign(P=place).sort_values(["USUBJID", "FORM", "P"], kind="stable", ignore_index=True)
    return out[
        [
            "USUBJID",
            "PARAMCD",
            "VISIT",
            "VISITNUM",
            "ADT",
            "ADY",
            "AVAL",
            "AVALC",
            "BASE",
            "CHG",
            "CHGCAT",
            "ABLFL",
            "MISSN",
            "SRCDOM",
        ]
    ]


def minimal_difference(cut: Cut, code: str) -> float | None:
    """Smallest change of a score that counts: its own, else `mid` for a scale of the QLQ-C30, else none is assumed."""
    p = cut.params.efficacy
    return p.mid_of_score.get(code, p.mid if p.hrqol_instrument == "QLQ-C30" else None)


def due_days(cut: Cut, through: int) -> list[int]:
    """Study days on which a form is due, up to a day."""
    p = cut.params.efficacy
    days = list(p.hrqol_days)
    while days and days[-1] + p.hrqol_then_every_days <= through:
        days.append(days[-1] + p.hrqol_then_every_days)
    return [day for day in days if day <= through]


def derive_compliance(cut: Cut, facts: pd.DataFrame, adqs: pd.DataFrame) -> pd.DataFrame:
    """One row per subject and due day: USUBJID DUE (study day) EXPECTED boolean, ANSWERED boolean, REASON.

    Expected: the last day of the form's window lies on or before the cut-off and the subject was alive and in the study then; the
    baseline form is due before the first dose, so on day 1. Answered: a form in the window with at least one valid scale.
    """
    p = cut.params.efficacy
    longest = (cut.cutoff - facts["TRTSDT"]).dt.days.max()
    days = due_days(cut, int(longest) + 1) if len(facts) else []
    grid = facts[["USUBJID", "TRTSDT", "DTHDT", "EXITDT", "EOSDT"]].merge(
        pd.DataFrame({"DUE": pd.array(days, dtype="Int64")}), how="cross"
    )
    last = grid["TRTSDT"] + pd.to_timedelta(
        grid["DUE"].astype("float") - 1 + p.hrqol_window_days * (grid["DUE"] > 1).astype("float"), unit="D"
    )
    grid["DEAD"] = grid["DTHDT"].le(last).fillna(False)
    grid["LEFT"] = grid[["EXITDT", "EOSDT"]].min(axis=1).le(last).fillna(False)
    valid = adqs[adqs["AVAL"].notna() & adqs["ADY"].notna()][["USUBJID", "ADY"]].drop_duplicates()
    pairs = grid[["USUBJID", "DUE"]].merge(valid, on="USUBJID", how="left", validate="many_to_many")
    first_due = bool(days) and days[0]
    at_baseline = pairs["DUE"].eq(first_due) & pairs["ADY"].le(1)
    near = (pairs["ADY"] - pairs["DUE"]).abs().le(p.hrqol_window_days) & pairs["ADY"].gt(1)
    hit = pairs[(at_baseline | (near & pairs["DUE"].ne(first_due))).fillna(False)]
    answered = hit[["USUBJID", "DUE"]].drop_duplicates().assign(ANSWERED=True)
    grid = grid.merge(answered, on=["USUBJID", "DUE"], how="left", validate="one_to_one")
    grid["ANSWERED"] = grid["ANSWERED"].astype("boolean").fillna(False)  # no such form is in the data
    over = last.le(cut.cutoff)
    # A form that was answered was due, whatever ended later.
    grid["EXPECTED"] = ((over & ~grid["DEAD"] & ~grid["LEFT"]) | grid["ANSWERED"]).astype("boolean")
    reason = pd.Series("answered", index=grid.index, dtype="string").mask(~grid["ANSWERED"], "not answered")
    reason = reason.mask(~grid["EXPECTED"], "not yet due").mask(~grid["ANSWERED"] & grid["LEFT"], "left the study")
    grid["REASON"] = reason.mask(~grid["ANSWERED"] & grid["DEAD"], "died")
    return grid[["USUBJID", "DUE", "EXPECTED", "ANSWERED", "REASON"]]
