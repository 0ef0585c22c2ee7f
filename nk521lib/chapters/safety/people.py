"""Who was treated, where they stand, and who died: disposition, demographics, deaths, subjects of the safety set.

Source: spec safety.md sections 1 and 10, data.md section 6.
"""

import pandas as pd

from nk521lib import dates
from nk521lib.chapters.deaths import known_deaths
from nk521lib.chapters.safety.counts import Row, count, number, spread
from nk521lib.chapters.safety.timing import by_subject, safety_set
from nk521lib.chapters.subjects import columns
from nk521lib.cut import Cut
from nk521lib.results import Column, Number


def safety_columns(adsl: pd.DataFrame, cut: Cut) -> list[Column]:
    """Columns of every safety table: level actually received first, group, overall."""
    return columns(safety_set(adsl), cut)


def count_screened(adsl: pd.DataFrame) -> list[Number]:
    """Screened, failed, still in screening, enrolled but not dosed, dosed: over all subjects of the snapshot."""
    dosed = adsl["SAFFL"].isin(["Y"])
    failed = adsl["SCRNFAIL"].isin(["Y"])
    waiting = adsl["ENRLFL"].isin(["Y"]) & ~dosed
    open_ = ~dosed & ~failed & ~waiting
    parts = {
        "SCREENED": adsl["USUBJID"].notna(),
        "FAILED": failed & ~dosed,
        "OPEN": open_,
        "WAITING": waiting & ~failed,
        "DOSED": dosed,
    }
    return [
        number("disposition", float(members.sum()), str(int(members.sum())), adsl.loc[members, "USUBJID"],
               population="SCR", variable="DISPOSITION", variable_level=name)
        for name, members in parts.items()
    ]  # fmt: skip


def count_disposition(adsl: pd.DataFrame, cut: Cut) -> list[Row]:
    """Dosed subjects: all planned doses given, on study, left with reason, died."""
    people, cols = safety_set(adsl), safety_columns(adsl, cut)
    planned = len(cut.params.trial.dose_days)
    left = people["EOSSTT"].notna()
    lines = [("DOSED", "Received at least one dose", pd.Series(True, index=people.index))]
    if planned:
        lines.append(("ALL_DOSES", f"Received all {planned} planned doses", people["NDOSE"] >= planned))
    lines.append(("ON_STUDY", "On study at the cut-off", ~left))
    lines += [
        (f"LEFT {why}", f"Left the study: {why.lower()}", people["EOSSTT"].eq(why))
        for why in sorted(people["EOSSTT"].dropna().unique())
    ]
    lines.append(("DIED", "Died, at any time up to the cut-off", people["DTHFL"].isin(["Y"])))
    return [
        count(cols, people.loc[members.fillna(False), "USUBJID"], label, analysis_id="disposition", variable="EOSSTT", variable_level=name)
        for name, label, members in lines
    ]  # fmt: skip


def count_demographics(adsl: pd.DataFrame, advs: pd.DataFrame, cut: Cut) -> list[Row]:
    """Age, sex, race and baseline weight of dosed subjects; what is not recorded has a line of its own."""
    people, cols = safety_set(adsl), safety_columns(adsl, cut)
    age = people.set_index("USUBJID")["AGE"].astype("Float64")
    rows = [spread(cols, age, "Age, years: median (range)", 0, analysis_id="demographics", variable="AGE")]
    for variable, name in (("SEX", "Sex"), ("RACE", "Race")):
        value = people[variable].fillna("not recorded")
        rows += [
            count(cols, people.loc[value == level, "USUBJID"], f"{name}: {level}", analysis_id="demographics",
                  variable=variable, variable_level=level)
            for level in sorted(value.unique())
        ]  # fmt: skip
    weight = advs[advs["PARAMCD"].isin(["WEIGHT"]) & advs["ABLFL"].isin(["Y"])]
    weight = weight.drop_duplicates("USUBJID").set_index("USUBJID")["AVAL"]
    return [
        *rows,
        spread(
            cols,
            weight,
            "Weight before the first dose, kg: median (range)",
            1,
            analysis_id="demographics",
            variable="WEIGHT",
        ),
    ]


def derive_deaths(cut: Cut, adsl: pd.DataFrame, adae: pd.DataFrame) -> pd.DataFrame:
    """One row per dosed subject who died: USUBJID GROUP TRT01A SRC DTHDTC DTHDT CAUSE NDOSE DAYSLAST FATALAE and WITHIN.

    DAYSLAST : days from the last dose, null when the date is partial. WITHIN (boolean) : death within `death_days` of the last
    dose, null when it cannot be told. CAUSE : DD, else the term of a fatal event, else null.
    """
    people = safety_set(adsl)
    dead = people[people["DTHFL"].isin(["Y"])]
    told = known_deaths(cut).reindex(dead["USUBJID"]).set_index(dead.index)
    fatal = adae[adae["FATALFL"].isin(["Y"])].groupby("USUBJID")["APT"].agg("; ".join)
    dd = cut["DD"]
    cause = dd[dd["DDTESTCD"].isin(["PRCDTH"])].drop_duplicates("USUBJID").set_index("USUBJID")
    cause = cause["DDSTRESC"].fillna(cause["DDORRES"])
    out = dead[["USUBJID", "GROUP", "TRT01A", "DTHDT", "NDOSE", "TRTEDT"]].join(told[["SRC", "DTHDTC"]])
    out["FATALAE"] = by_subject(out["USUBJID"], fatal).astype("string")
    out["CAUSE"] = by_subject(out["USUBJID"], cause).astype("string").fillna(out["FATALAE"])
    out["DAYSLAST"] = (out["DTHDT"] - out["TRTEDT"]).dt.days.astype("Int64")
    end = out["TRTEDT"] + pd.Timedelta(days=cut.params.safety.death_days)
    out["WITHIN"] = dates.on_or_before(told["LOW"], told["HIGH"], end)
    return out.reset_index(drop=True)


def count_deaths(deaths: pd.DataFrame, cols: list[Column], cut: Cut) -> list[Row]:
    """Deaths within `death_days` of the last dose, those whose date leaves it open, and all."""
    days = cut.params.safety.death_days
    lines = (("WITHIN", f"Within {days} days of the last dose", deaths["WITHIN"].fillna(False)),
             ("OPEN", "Date does not tell", deaths["WITHIN"].isna()),
             ("ALL", "All deaths up to the cut-off", pd.Series(True, index=deaths.index)))  # fmt: skip
    return [
        count(cols, deaths.loc[members, "USUBJID"], label, analysis_id="deaths", variable="DTHFL", variable_level=name)
        for name, label, members in lines
        if name != "OPEN" or members.any()
    ]


def derive_safety_subjects(adsl: pd.DataFrame, hys_law: pd.DataFrame) -> pd.DataFrame:
    """The chapter's part of `adsl`: USUBJID and HYSLAWFL (Y, U when ALP is unknown, null)."""
    status = hys_law.set_index("SUBJECT")["HYS_LAW"] if len(hys_law) else pd.Series(dtype="string")
    found = by_subject(adsl["USUBJID"], status).astype("string")
    return pd.DataFrame({"USUBJID": adsl["USUBJID"], "HYSLAWFL": found.where(found.isin(["Y", "U"]))})
