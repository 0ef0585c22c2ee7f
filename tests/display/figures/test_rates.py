"""Counts, exact interval and posterior per level, drawn: every number is a row, a level without data says so."""

from dataclasses import replace

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.display.figures.rates import plot_rates


def subject(name, arm, dlt=False):
    doses = [
        {"USUBJID": name, "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXSTDTC": f"2026-03-{d:02d}"} for d in (2, 9, 16, 23)
    ]
    event = {"USUBJID": name, "AETERM": "Fever", "AEREL": "RELATED", "AEDLT": "Y", "AESTDTC": "2026-03-03"}
    return (
        {"USUBJID": name, "SUBJID": name, "ARMCD": arm},
        doses,
        {"USUBJID": name, "VISITNUM": 1.0, "SVSTDTC": "2026-03-29"},
        [event] * dlt,
    )


def test_levels_with_data_carry_their_limits_and_others_say_so(make_cut):
    made = [subject("A1", "A_DL1"), subject("A2", "A_DL1", dlt=True), subject("A3", "A_DL1"), subject("B1", "B_DL1")]
    cut = make_cut(
        DM=[m[0] for m in made],
        EX=[d for m in made for d in m[1]],
        SV=[m[2] for m in made],
        AE=[e for m in made for e in m[3]],
    )
    found = derive_escalation(cut)
    shown = plot_rates(cut, found)
    by = {(n.group1_level, n.stat_name): n.fmt for n in shown.numbers}
    assert {n.group2_level for n in shown.numbers} == {"1"}
    assert (by["A", "conf.low"], by["A", "conf.high"], by["A", "p.above.third"]) == ("1 %", "91 %", "59 %")
    assert shown.html.count("nobody complete") == 4 and "P(&gt; 1/3) 59 %" in shown.html
    assert shown.plain.startswith("0/1 at B-DL1 leaves every true rate from 0 % to 98 % open")


def test_nobody_complete_and_no_ladder(make_cut):
    cut = make_cut(DM=[])
    found = derive_escalation(cut)
    assert "nothing is known of any rate" in plot_rates(cut, found).plain
    assert "does not apply" in plot_rates(cut, replace(found, groups={})).plain
