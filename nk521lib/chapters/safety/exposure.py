"""`adex`: what was given, as one row per administration and one per subject and summary.

Source: spec safety.md section 8, rulings.md 5.8, outputs.md section 3.
"""

import numpy as np
import pandas as pd

from nk521lib.chapters.safety.counts import Row, among, count, spread
from nk521lib.chapters.safety.timing import by_subject, safety_set
from nk521lib.chapters.subjects import derive_doses
from nk521lib.cut import Cut
from nk521lib.results import Column
from nk521lib.standards.comparison import below

SUMMARIES = {"NDOSE": "Doses", "CUMDOSE": "Cumulative cells, 10⁹", "RELDOSE": "Relative dose, of all planned",
             "RELDUE": "Relative dose, of those due", "RDI": "Relative dose intensity"}  # fmt: skip
_BILLION = 1e9
COLUMNS = ["STUDYID", "USUBJID", "TRT01A", "GROUP", "LEVEL", "LEVELTRT", "PARAMCD", "AVAL", "ADT", "ADY", "DOSENO", "PLANNO",
           "DEVIATN", "DELAYFL", "PARTIALFL", "EXADJ", "EXLOT", "EXROUTE", "SRCDOM", "SRCSEQ"]  # fmt: skip


def derive_adex(cut: Cut, adsl: pd.DataFrame) -> pd.DataFrame:
    """PARAMCD NDOSE CUMDOSE RELDOSE RELDUE RDI, one row per subject of the safety set, and DOSE per administration.

    AVAL : doses; 10^9 cells; ratios as fractions of 1, null without planned doses or a known amount of every dose. Planned cells
    are those of the assigned level (of the level received where none is assigned). DOSE rows: PLANNO the planned dose whose
    day is nearest (the earlier of two; in turn for a dose of unknown day), DEVIATN days from it, DELAYFL more than `dose_window_days` late, PARTIALFL surely below
    `full_dose_fraction` of the planned cells.
    """
    people, trial = safety_set(adsl), cut.params.trial
    doses = derive_doses(cut).merge(
        people[["USUBJID", "STUDYID", "TRT01A", "GROUP", "LEVEL", "TRTSDT"]],
        on="USUBJID",
        how="inner",
        validate="many_to_one",
    )
    received = people.set_index("USUBJID")["LEVELTRT"]
    doses["LEVELTRT"] = by_subject(doses["USUBJID"], received)
    levels = dict(enumerate(trial.levels, 1))
    planned = doses["LEVEL"].fillna(doses["LEVELTRT"]).map(levels).astype("Float64")
    doses["ADT"], doses["ADY"] = doses["DAY"], (doses["DAY"] - doses["TRTSDT"]).dt.days.astype("Int64") + 1
    doses["PLANNO"], doses["DEVIATN"] = _nearest_planned(doses["ADY"], trial.dose_days)
    in_turn = doses["DOSENO"].where(doses["DAY"].isna() & (doses["DOSENO"] <= len(trial.dose_days)))
    doses["PLANNO"] = doses["PLANNO"].fillna(in_turn)
    late = doses["DEVIATN"] > trial.dose_window_days
    partial = below(doses["CELLS"], cut.params.escalation.full_dose_fraction * planned)
    doses["DELAYFL"], doses["PARTIALFL"] = (_yes(c) for c in (late, partial))
    doses["PARAMCD"], doses["AVAL"] = "DOSE", _billions(doses["CELLS"], cut)
    doses["SRCDOM"], doses["SRCSEQ"] = "EX", doses["EXSEQ"]
    summary = _summaries(cut, people, doses)
    out = pd.concat([summary, doses], ignore_index=True).reindex(columns=COLUMNS)
    text = ["STUDYID", "TRT01A", "GROUP", "PARAMCD", "SRCDOM", "DELAYFL", "PARTIALFL", "EXADJ", "EXLOT", "EXROUTE"]
    whole = ["DOSENO", "PLANNO", "DEVIATN", "ADY", "SRCSEQ"]
    out = out.astype(dict.fromkeys(text, "string") | dict.fromkeys(whole, "Int64") | {"AVAL": "Float64"})
    return out.astype({"ADT": "datetime64[s]", "LEVEL": "Int64", "LEVELTRT": "Int64"})


def _summaries(cut: Cut, people: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    trial = cut.params.trial
    days, levels = trial.dose_days, dict(enumerate(trial.levels, 1))
    at = people.set_index("USUBJID")
    cells = doses.groupby("USUBJID")["CELLS"]
    # One dose of unknown amount leaves the sum unknown: it is not taken as nothing.
    actual = (
        cells.sum(min_count=1)
        .where(~doses["CELLS"].isna().groupby(doses["USUBJID"]).any())
        .reindex(at.index)
        .astype("Float64")
    )
    planned = at["LEVEL"].fillna(at["LEVELTRT"]).map(levels).astype("Float64")
    since = (cut.cutoff - at["TRTSDT"]).dt.days + 1
    due = pd.Series(
        sum(((since >= day).astype(int) for day in days), start=pd.Series(0, index=at.index)), dtype="Int64"
    )
    weeks = ((at["TRTEDT"] - at["TRTSDT"]).dt.days + 7) / 7
    weeks = weeks.where(at["TRTSDTF"].isna() & at["TRTEDTF"].isna())
    found = {"NDOSE": at["NDOSE"].astype("Float64"), "CUMDOSE": _billions(actual, cut)}
    if days:
        planned_weeks = (days[-1] - days[0] + 7) / 7
        found["RELDOSE"] = actual / (planned * len(days))
        found["RELDUE"] = actual / (planned * due).where(due > 0)
        found["RDI"] = (actual / weeks) / (planned * len(days) / planned_weeks)
    else:
        found |= dict.fromkeys(("RELDOSE", "RELDUE", "RDI"), pd.Series(pd.NA, index=at.index, dtype="Float64"))
    identity = people[["STUDYID", "USUBJID", "TRT01A", "GROUP", "LEVEL", "LEVELTRT"]]
    parts = [
        identity.assign(PARAMCD=name, AVAL=found[name].reset_index(drop=True).astype("Float64")) for name in SUMMARIES
    ]
    return pd.concat(parts, ignore_index=True)


def _billions(amount: pd.Series, cut: Cut) -> pd.Series:
    """10^9 cells; null in a study without dose levels, whose amounts are not cells."""
    return amount / _BILLION if cut.params.trial.levels else amount.mask(amount.notna())


def _yes(condition: pd.Series) -> pd.Series:
    return pd.Series("Y", index=condition.index, dtype="string").where(condition.astype("boolean").fillna(False))


def _nearest_planned(day: pd.Series, planned: tuple[int, ...]) -> tuple[pd.Series, pd.Series]:
    if not planned or day.empty:
        nothing = pd.Series(pd.NA, index=day.index, dtype="Int64")
        return nothing, nothing
    distance = np.abs(day.to_numpy(dtype=float, na_value=np.nan)[:, None] - np.array(planned, dtype=float))
    nearest = distance.argmin(axis=1)
    number = pd.Series(nearest + 1, index=day.index, dtype="Int64").where(day.notna())
    return number, (day - np.array(planned)[nearest]).astype("Int64")


def count_exposure(adex: pd.DataFrame, columns: list[Column], cut: Cut) -> list[Row]:
    """Doses given, spread of the summaries, delayed and partial doses."""
    summary = adex[adex["PARAMCD"].isin(SUMMARIES)]
    rows: list[Row] = []
    ndose = summary[summary["PARAMCD"] == "NDOSE"].set_index("USUBJID")["AVAL"]
    for dose in range(1, len(cut.params.trial.dose_days) + 1):
        rows.append(count(columns, ndose.index[ndose >= dose], f"At least {dose} dose{'s' if dose > 1 else ''}",
                          analysis_id="exposure", variable="NDOSE", variable_level=f">={dose}"))  # fmt: skip
    for name, label in SUMMARIES.items():
        values = summary[summary["PARAMCD"] == name].set_index("USUBJID")["AVAL"]
        if values.notna().any():
            rows.append(
                spread(
                    columns,
                    values,
                    f"{label}: median (range)",
                    2 if name != "NDOSE" else 0,
                    analysis_id="exposure",
                    variable=name,
                )
            )
    doses = adex[adex["PARAMCD"] == "DOSE"]
    if cut.params.trial.dose_days:
        window, part = cut.params.trial.dose_window_days, cut.params.escalation.full_dose_fraction
        for name, label in (
            ("DELAYFL", f"A dose more than {window} days late"),
            ("PARTIALFL", f"A dose below {part:g} of the planned cells"),
        ):
            ids = doses.loc[doses[name].isin(["Y"]), "USUBJID"].unique()
            rows.append(
                count(
                    among(columns, doses["USUBJID"].unique()),
                    ids,
                    label,
                    analysis_id="exposure",
                    variable=name,
                    variable_level="Y",
                )
            )
    return rows


def list_exposure(adex: pd.DataFrame, adae: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """One row per subject: the summaries, and in words each dose that was late, partial or not given although due.

    A planned dose counts as not given when its last permitted day is past at the cut-off and no administration is nearest
    to its day. Reasons as recorded: EXADJ of a dose, AEACN of an event.
    """
    wide = (
        adex[adex["PARAMCD"].isin(SUMMARIES)]
        .pivot(index="USUBJID", columns="PARAMCD", values="AVAL")
        .reindex(columns=list(SUMMARIES))
    )
    doses, trial = adex[adex["PARAMCD"] == "DOSE"], cut.params.trial
    order = adex.loc[adex["PARAMCD"] == "NDOSE", ["USUBJID", "TRT01A"]]
    odd = doses[doses["DELAYFL"].isin(["Y"]) | doses["PARTIALFL"].isin(["Y"]) | doses["EXADJ"].notna()]
    said = odd.assign(TEXT=_describe(odd)).groupby("USUBJID")["TEXT"].agg("; ".join)
    first = doses.groupby("USUBJID")["ADT"].min()
    passed = {
        n: (cut.cutoff - first).dt.days + 1 > day + trial.dose_window_days for n, day in enumerate(trial.dose_days, 1)
    }
    given = doses.groupby("PLANNO")["USUBJID"].agg(set).to_dict()
    missed = {n: {u for u in past.index[past] if u not in given.get(n, set())} for n, past in passed.items()}
    numbers = pd.DataFrame([(u, n) for n, ids in missed.items() for u in ids], columns=["USUBJID", "N"]).sort_values(
        "N"
    )
    not_given = numbers.assign(N=numbers["N"].astype("string")).groupby("USUBJID")["N"].agg(", ".join)
    action = adae[adae["STOPFL"].isin(["Y"]) | adae["DOSCHGFL"].isin(["Y"])]
    why = (
        action.assign(TEXT=action["AEACN"].str.lower() + " for " + action["APT"])
        .groupby("USUBJID")["TEXT"]
        .agg("; ".join)
    )
    out = order.merge(wide.reset_index(), on="USUBJID", how="left", validate="one_to_one")
    out["ADJUSTED"], out["NOTGIVEN"], out["ACTION"] = (
        by_subject(out["USUBJID"], s).astype("string") for s in (said, not_given, why)
    )
    return out


def _describe(doses: pd.DataFrame) -> pd.Series:
    text = "dose " + doses["DOSENO"].astype("string")
    text += (" " + doses["DEVIATN"].astype("string") + " days late").where(doses["DELAYFL"].isin(["Y"]), "")
    text += (
        " partial, " + doses["AVAL"].map(lambda v: f"{v:g}", na_action="ignore").astype("string") + " × 10⁹"
    ).where(doses["PARTIALFL"].isin(["Y"]), "")
    return text + (" (" + doses["EXADJ"].str.lower() + ")").fillna("")
