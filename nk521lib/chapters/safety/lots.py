"""Events by lot of the product: of the subjects who received a dose of a lot, those with an event after such a dose.

Source: rulings.md section 8 (product).
"""

import pandas as pd

from nk521lib.chapters.safety.adverse_events import emergent
from nk521lib.chapters.safety.counts import Row, among, count, flagged
from nk521lib.results import Column

NOT_RECORDED = "not recorded"
LINES = {"ANY": "any event", "RELATED": "counted as related", "GRADE3": "grade {high} or higher", "SERIOUS": "serious",
         "AESI": "of special interest"}  # fmt: skip


def derive_event_lots(adae: pd.DataFrame, adex: pd.DataFrame) -> pd.DataFrame:
    """Treatment-emergent events with EXLOT, the lot of the last dose before their start; null where that dose is not known.

    A lot that was not recorded is named so, which is not the same as an event without a known dose.
    """
    doses = adex.loc[adex["PARAMCD"] == "DOSE", ["USUBJID", "DOSENO", "EXLOT"]]
    doses = doses.assign(EXLOT=doses["EXLOT"].fillna(NOT_RECORDED)).rename(columns={"DOSENO": "ADOSENO"})
    return emergent(adae).merge(doses, on=["USUBJID", "ADOSENO"], how="left", validate="many_to_one")


def count_by_lot(adae: pd.DataFrame, adex: pd.DataFrame, overall: Column, high: int) -> list[Row]:
    """One line per lot over all groups: subjects dosed from it, and of these the subjects with each kind of event after it.

    A subject may have received several lots. A lot is one product for all groups, so the groups are not apart here.
    """
    events = derive_event_lots(adae, adex)
    doses = adex[adex["PARAMCD"] == "DOSE"]
    given = doses["USUBJID"].groupby(doses["EXLOT"].fillna(NOT_RECORDED)).unique()
    rows: list[Row] = []
    for lot in sorted(given.index, key=lambda name: (name == NOT_RECORDED, name)):
        of_lot = events[events["EXLOT"].isin([lot])]
        members = flagged(of_lot, {
            "ANY": of_lot["TRTEMFL"].isin(["Y"]), "RELATED": of_lot["RELFL"].isin(["Y"]), "GRADE3": of_lot["ATOXGRN"] >= high,
            "SERIOUS": of_lot["AESER"].str.upper().isin(["Y"]), "AESI": of_lot["AESIFL"].isin(["Y"]),
        })  # fmt: skip
        (seen,) = among([overall], given[lot])
        row: Row = {"lot": str(lot)}
        for name, label in LINES.items():
            counted = count([seen], members[name], "", analysis_id="ae_by_lot", variable=str(lot), variable_level=name)
            row[label.format(high=high)] = counted[overall.label]
        rows.append(row)
    return rows
