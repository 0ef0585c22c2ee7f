"""How records find each other: by subject, by (subject, value), and a SUPP-- row its parent by IDVAR and IDVARVAL.

Source for supplemental qualifiers: SDTMIG 3.4 section 8.4.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd


def parents(supp: pd.DataFrame, parent: pd.DataFrame) -> Iterator[tuple[str, pd.Series, pd.Series]]:
    """Per IDVAR of a SUPP-- frame that the parent has: its name, the mask of its rows, the parent's values as IDVARVAL."""
    for idvar in supp["IDVAR"].dropna().unique():
        if idvar in parent:
            # a row without IDVAR names no record
            yield idvar, supp["IDVAR"].eq(idvar).fillna(False).astype(bool), as_idvarval(parent[idvar])


def as_idvarval(values: pd.Series) -> pd.Series:
    """As SDTM writes them: 3, not 3.0."""
    if values.dtype == "Float64" and bool((values.dropna() % 1 == 0).all()):
        values = values.astype("Int64")
    return values.astype("string")


def pair(usubjid: pd.Series, value: pd.Series) -> pd.Series:
    """One text per (subject, value), to look records up by; NA where one of the two is."""
    return usubjid + "\x1f" + value


def of_subject(usubjid: pd.Series, found: pd.Series) -> pd.Series:
    """The value of `found` (one per subject, by USUBJID) for each record; NA where a subject has none. Keeps the type."""
    codes, subjects = pd.factorize(usubjid)  # each subject is looked up once, and no text is made an object
    return found.reindex(subjects).reset_index(drop=True).reindex(codes).set_axis(usubjid.index)


def among(text: pd.Series, values: pd.Series | pd.Index) -> pd.Series:
    """text.isin(values), which pandas does one by one: where the values are as many as the subjects. Missing is not among them."""
    codes, distinct = pd.factorize(text)
    found = pd.Index(values.dropna().unique()).get_indexer(pd.Index(distinct)) >= 0
    return pd.Series(np.append(found, False)[codes], index=text.index)
