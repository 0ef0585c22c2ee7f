"""Recorded against recomputed target responses in the public oncology SDTM (synthetic, pharmaverse; its README).

The folder lies beside the project, not in it; `public_study` skips these tests, saying so, where it is absent.
"""

import pandas as pd
import pytest

from nk521lib.standards.recist import check_lesions, derive_responses

BASELINE = 0


def read(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


@pytest.fixture(scope="module")
def study(public_study):
    """Investigator's target rows of TR, recorded target responses, lesion sites.

    Assessments are numbered by VISITNUM, then date: one VISITNUM was used twice, and dates of two subjects run back.
    """
    tr, rs, tu = (read(public_study, name) for name in ("tr_onco", "rs_onco", "tu_onco"))
    tr, rs, tu = (d[d[f"{d['DOMAIN'].iloc[0]}EVAL"].eq("INVESTIGATOR")] for d in (tr, rs, tu))
    targets = tr[tr["TRGRPID"].eq("TARGET")]
    order = targets["VISITNUM"].astype(float).map("{:06.1f} ".format) + targets["TRDTC"]
    order = order.where(targets["VISIT"].ne("BASELINE"), "")  # baseline dates are partial, and differ by lesion
    number = order.groupby(targets["USUBJID"]).rank("dense") - 1
    targets = targets.assign(VISIT=number.astype("Int64"), NUMBER=pd.to_numeric(targets["TRSTRESN"]))
    recorded = rs.loc[rs["RSTESTCD"].eq("TRGRESP"), ["USUBJID", "RSDTC", "VISITNUM", "RSSTRESC"]]
    sites = tu.drop_duplicates(["USUBJID", "TULNKID"])[["USUBJID", "TULNKID", "TULOC"]]
    return targets, recorded, sites


def lesion_frame(rows, lesion, node):
    return pd.DataFrame(
        {
            "SUBJECT": rows["USUBJID"].astype("string"),
            "VISIT": rows["VISIT"],
            "DATE": pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]"),  # baseline dates are partial here
            "LESION": pd.Series(lesion, index=rows.index).astype("string"),
            "ROLE": pd.Series("TARGET", index=rows.index, dtype="string"),
            "NODE": pd.Series(node, index=rows.index, dtype="boolean"),
            "DIAMETER": rows["NUMBER"].astype("Float64"),
            "STATE": pd.Series(pd.NA, index=rows.index, dtype="string"),
            "EVALUABLE": pd.Series(pd.NA, index=rows.index, dtype="boolean"),
        }
    )


def compare(lesions, targets, recorded):
    """Recorded beside recomputed, one row per assessment after baseline."""
    dated = targets[["USUBJID", "VISIT", "TRDTC"]].drop_duplicates()
    recorded = recorded.merge(dated, left_on=["USUBJID", "RSDTC"], right_on=["USUBJID", "TRDTC"], validate="one_to_one")
    ours = derive_responses(lesions)[["SUBJECT", "VISIT", "TARGET", "TARGET_RULE"]]
    return recorded.merge(ours, left_on=["USUBJID", "VISIT"], right_on=["SUBJECT", "VISIT"], validate="one_to_one")


def test_reported_sums_give_the_571_of_639_agreements_of_the_readme(study):
    """568 of 633 when each assessment counts once; joined by VISITNUM, as the README did, 571 of 639.

    Two assessments of one subject share VISITNUM 9.2, so that its joins count each of them four times.
    """
    targets, recorded, _ = study
    sums = targets[targets["TRTESTCD"].eq("SUMDIAM")]
    both = compare(lesion_frame(sums, "SUM", False), targets, recorded)
    agree = both["RSSTRESC"].eq(both["TARGET"])
    assert (int(agree.sum()), len(both)) == (568, 633)
    assert set(both.loc[~agree, "TARGET"]) == {"PD"} and set(both.loc[~agree, "RSSTRESC"]) == {"PR", "SD"}
    times = both.duplicated(["USUBJID", "VISITNUM"], keep=False).map({True: 4, False: 1})
    assert (int(times[agree].sum()), int(times.sum())) == (571, 639)


def test_measured_lesions_show_which_recorded_responses_rest_on_a_partial_sum(study):
    """By lesion, the recorded PR or SD differs where a target was not assessable, else it is PD from the nadir."""
    targets, recorded, sites = study
    sizes = targets[targets["TRTESTCD"].eq("DIAMETER")].merge(
        sites, left_on=["USUBJID", "TRLNKID"], right_on=["USUBJID", "TULNKID"], validate="many_to_one"
    )
    lesions = lesion_frame(sizes, sizes["TRLNKID"], sizes["TULOC"].eq("LYMPH NODE"))
    assert set(check_lesions(lesions, BASELINE)["PROBLEM"]) == {"undated"}
    both = compare(lesions, targets, recorded)
    differ = both[both["RSSTRESC"].ne(both["TARGET"])]
    assert len(both) == 633
    assert differ["TARGET_RULE"].value_counts().to_dict() == {
        "rise from nadir": 56,
        "a target was not measured": 20,
    }
    partial = sizes.loc[sizes["TRSTAT"].eq("NOT DONE"), ["USUBJID", "VISIT"]].drop_duplicates()
    not_evaluable = both.loc[both["TARGET"].eq("NE"), ["USUBJID", "VISIT"]]
    in_both = partial.merge(not_evaluable, on=["USUBJID", "VISIT"], how="left", indicator=True)
    settled = in_both.loc[in_both["_merge"].eq("left_only"), ["USUBJID", "VISIT"]].merge(both)
    assert set(settled["TARGET_RULE"]) <= {"rise from nadir by the measured targets alone"}
    assert len(not_evaluable) + len(settled) == len(partial)
