"""Response from records: spec efficacy.md section 2 and rulings.md 6.1-6.5, in their order."""

import pandas as pd
import pytest

from tests.chapters.efficacy.conftest import Subject, day

BASE = [50.0, 30.0]  # baseline sum 80 mm


def seen(found):
    return list(found.visits["OVRLRESP"])


#   sizes at day 43         response    spec efficacy.md section 2, each threshold at and one step beyond
TARGETS = [
    ([0.0, 0.0], "PR"),  # targets gone, the non-target is still there
    ([35.0, 21.0], "PR"),  # 56 of 80: exactly -30 %
    ([35.0, 21.1], "SD"),
    ([60.0, 36.0], "PD"),  # 96: exactly +20 % and 16 mm
    ([60.0, 35.9], "SD"),
    ([50.0, None], "NE"),
    ([97.0, None], "PD"),  # the measured part alone is progression
]  # fmt: skip


@pytest.mark.parametrize("sizes, response", TARGETS)
def test_targets_decide(make_efficacy, sizes, response):
    assert seen(make_efficacy(Subject().scan(-7, BASE).scan(43, sizes))) == [response]


#   target sizes  non-target       new          overall       the table of section 2, row by row
TABLE = [
    ([0.0, 0.0], "CR", None, "CR"),
    ([0.0, 0.0], "NON-CR/NON-PD", "N", "PR"),
    ([0.0, 0.0], "NE", None, "PR"),
    ([30.0, 20.0], "NE", None, "PR"),
    ([50.0, 30.0], "NON-CR/NON-PD", None, "SD"),
    ([None, 30.0], "NON-CR/NON-PD", None, "NE"),
    ([70.0, 40.0], "NON-CR/NON-PD", None, "PD"),
    ([50.0, 30.0], "PD", None, "PD"),
    ([0.0, 0.0], "CR", "Y", "PD"),
    ([50.0, 30.0], "NON-CR/NON-PD", "UNEQUIVOCAL", "PD"),
    ([50.0, 30.0], "NON-CR/NON-PD", "EQUIVOCAL", "SD"),
]  # fmt: skip


@pytest.mark.parametrize("sizes, other, new, overall", TABLE)
def test_the_overall_response_follows_the_table(make_efficacy, sizes, other, new, overall):
    assert seen(make_efficacy(Subject().scan(-7, BASE).scan(43, sizes, other, new))) == [overall]


def test_no_record_of_a_new_lesion_is_no_new_lesion_and_not_unknown(make_efficacy):
    assert list(make_efficacy(Subject().scan(-7, BASE).scan(43, BASE, new=None)).visits["NEWUSED"]) == ["NO"]


def test_nodes_by_short_axis_and_normal_below_ten(make_efficacy):
    found = make_efficacy(
        Subject()
        .scan(-7, [40.0, 20.0], node=(2,))
        .scan(43, [0.0, 9.9], "CR", node=(2,))
        .scan(90, [0.0, 10.0], "CR", node=(2,))
    )
    assert seen(found) == ["CR", "PR"]


def test_a_node_is_not_measured_by_its_longest_diameter(make_efficacy):
    subject = Subject().scan(-7, [40.0, 20.0], node=(2,)).scan(43, [40.0], node=(2,))
    subject.add(
        "TR",
        TRLNKID="T02",
        TRGRPID="TARGET",
        TRTESTCD="LDIAM",
        TRSTRESN=30.0,
        TRSTRESU="mm",
        TRDTC=day(43),
        VISITNUM=143.0,
    )
    assert seen(make_efficacy(subject)) == ["NE"]


@pytest.mark.parametrize("unit, size, response", [("cm", 5.0, "SD"), (None, 50.0, "NE"), ("in", 50.0, "NE")])
def test_a_size_counts_only_in_a_known_unit(make_efficacy, unit, size, response):
    subject = Subject().scan(-7, BASE).scan(43, [50.0, 30.0])
    subject.tables["TR"][3] |= {"TRSTRESN": size, "TRSTRESU": unit}
    found = make_efficacy(subject)
    assert seen(found) == [response]
    assert ("EFF-010" in set(found.findings["id"])) == (response == "NE")


def test_too_small_to_measure_is_five_millimetres(make_efficacy):
    subject = Subject().scan(-7, BASE).scan(43, [20.0, None])
    subject.tables["TR"][4] |= {"TRSTAT": None, "TRSTRESC": "TOO SMALL TO MEASURE"}
    assert list(make_efficacy(subject).visits["SOD"]) == [25.0]


def test_parts_of_a_split_lesion_add_up(make_efficacy):
    subject = Subject().scan(-7, [60.0]).scan(43, [])
    for part, size in (("T01.1", 20.0), ("T01.2", 15.0)):
        subject.add(
            "TR",
            TRLNKID=part,
            TRGRPID="TARGET",
            TRTESTCD="LDIAM",
            TRSTRESN=size,
            TRSTRESU="mm",
            TRDTC=day(43),
            VISITNUM=143.0,
        )
    assert list(make_efficacy(subject).visits["SOD"]) == [35.0]


def test_two_sizes_of_one_lesion_at_one_scan_are_not_evaluable_and_a_finding(make_efficacy):
    subject = Subject().scan(-7, BASE).scan(43, [50.0, 30.0])
    subject.add(
        "TR",
        TRLNKID="T01",
        TRGRPID="TARGET",
        TRTESTCD="LDIAM",
        TRSTRESN=48.0,
        TRSTRESU="mm",
        TRDTC=day(43),
        VISITNUM=143.0,
    )
    found = make_efficacy(subject)
    assert seen(found) == ["NE"] and "EFF-011" in set(found.findings["id"])


def test_no_baseline_is_not_evaluable(make_efficacy):
    found = make_efficacy(Subject().scan(43, [50.0, 30.0]))
    assert seen(found) == ["NE"] and "EFF-016" in set(found.findings["id"])


def test_a_partial_baseline_date_is_baseline_by_the_name_of_its_visit(make_efficacy):
    subject = Subject().scan(-7, BASE).scan(43, [30.0, 20.0])
    for row in [*subject.tables["TR"][:3], *subject.tables["TU"]]:
        row["TRDTC" if "TRLNKID" in row else "TUDTC"] = "2026-01"
    found = make_efficacy(subject)
    assert seen(found) == ["PR"] and "EFF-017" in set(found.findings["id"])


def test_scans_of_one_visit_are_one_assessment_dated_at_the_first(make_efficacy):
    subject = Subject().scan(-7, BASE).scan(43, [30.0, 20.0])
    subject.tables["TR"][4]["TRDTC"] = day(46)
    found = make_efficacy(subject)
    assert list(found.visits["ADT"].dt.date.astype(str)) == [day(43)]


def test_a_visit_number_used_again_weeks_later_is_another_assessment(make_efficacy):
    subject = Subject().scan(-7, BASE).scan(43, [50.0, 30.0]).scan(85, [50.0, 30.0])
    for row in [*subject.tables["TR"], *subject.tables["RS"]]:
        row["VISITNUM"] = 9.2 if row.get("TRDTC", row.get("RSDTC")) != day(-7) else -7.0
    assert len(make_efficacy(subject).visits) == 2


#   recorded  measured sizes     source        in use
SOURCES = [
    ("PR", [45.0, 30.0], "derived", "SD"),
    ("PR", [45.0, 30.0], "investigator", "PR"),
    ("CHECK", [45.0, 30.0], "derived", "SD"),
    ("CHECK", [45.0, 30.0], "investigator", "NE"),
    ("SD", [], "derived", "SD"),  # no measurement: the investigator's
]


@pytest.mark.parametrize("recorded, sizes, source, used", SOURCES)
def test_the_response_in_use_and_the_other_beside_it(make_efficacy, recorded, sizes, source, used):
    found = make_efficacy(
        Subject().scan(-7, BASE).scan(43, sizes, overall=recorded), settings=(f"response_source={source}",)
    )
    assert seen(found) == [used] and list(found.visits["OVRLINV"]) == [recorded]
    assert list(found.visits["OVRLDER"].isna()) == [not sizes]


def test_a_difference_is_a_finding_with_the_measurement_behind_it(make_efficacy):
    found = make_efficacy(Subject().scan(-7, BASE).scan(43, [45.0, 15.0], overall="PR", recorded_target="PR"))
    assert set(found.differences["WHAT"]) == {"overall response", "target response"}
    assert found.differences["CAUSE"].str.contains("sum 60 mm, baseline 80 (-25 %)", regex=False).all()
    assert found.findings["id"].eq("NKD-071").sum() == 2


def test_a_recorded_sum_that_is_not_that_of_its_parts_is_a_finding(make_efficacy):
    subject = Subject().scan(-7, BASE).scan(43, [45.0, 15.0])
    subject.add("TR", TRGRPID="TARGET", TRTESTCD="SUMDIAM", TRSTRESN=61.0, TRSTRESU="mm", TRDTC=day(43), VISITNUM=143.0)
    assert "NKD-070" in set(make_efficacy(subject).findings["id"])
    subject.tables["TR"][-1]["TRSTRESN"] = 60.0
    assert "NKD-070" not in set(make_efficacy(subject).findings["id"])


def test_a_new_lesion_recorded_as_stable_is_a_finding(make_efficacy):
    found = make_efficacy(Subject().scan(-7, BASE).scan(43, BASE, new="Y", overall="SD"))
    assert found.findings["message"].str.contains("a new lesion is progression").any() and seen(found) == ["PD"]


def test_a_new_lesion_named_in_tu_alone_counts(make_efficacy):
    subject = Subject().scan(-7, BASE).scan(43, BASE)
    subject.add("TU", TULNKID="NEW01", TUSTRESC="NEW", TUDTC=day(43), VISITNUM=143.0)
    assert seen(make_efficacy(subject)) == ["PD"]


#   scans after baseline                                  confirmed, not   rulings.md 6.4
PR, SD, PD = [30.0, 20.0], [50.0, 30.0], [80.0, 40.0]
BEST = [
    ([(43, PR), (71, PR)], "PR", "PR"),  # exactly 28 days later
    ([(43, PR), (70, PR)], "SD", "PR"),  # 27 days
    ([(43, PR)], "SD", "PR"),  # awaiting
    ([(43, PR), (85, [38.0, 20.0]), (127, PR)], "PR", "PR"),  # SD between
    ([(43, PR), (85, PD)], "SD", "PR"),
    ([(36, SD)], "SD", "SD"),  # 35 elapsed days
    ([(35, SD)], "NE", "NE"),
    ([(35, SD), (60, PD)], "PD", "PD"),
    ([(35, PR), (60, PD)], "PD", "PR"),
    ([], "NE", "NE"),
]


@pytest.mark.parametrize("scans, confirmed, unconfirmed", BEST)
def test_best_response(make_efficacy, scans, confirmed, unconfirmed):
    subject = Subject().scan(-7, BASE)
    for at, sizes in scans:
        subject.scan(at, sizes)
    found = make_efficacy(subject)
    assert (found.confirmed["BEST"][0], found.unconfirmed["BEST"][0]) == (confirmed, unconfirmed)


@pytest.mark.parametrize("end", ["therapy", "death", "exit"])
def test_nothing_counts_after_new_therapy_death_or_exit(make_efficacy, end):
    subject = Subject().scan(-7, BASE).scan(43, SD).scan(85, PR).scan(127, PR)
    if end == "therapy":
        subject.therapy(60)
    elif end == "death":
        subject.dies(60)
    else:
        subject.add("DS", DSCAT="DISPOSITION EVENT", DSDECOD="WITHDRAWAL BY SUBJECT", DSSTDTC=day(60))
    assert make_efficacy(subject).confirmed["BEST"][0] == "SD"


def test_stopping_treatment_is_not_leaving_the_study(make_efficacy):
    subject = (
        Subject()
        .scan(-7, BASE)
        .scan(43, PR)
        .scan(85, PR)
        .add("DS", DSCAT="DISPOSITION EVENT", DSDECOD="ADVERSE EVENT", DSSTDTC=day(20))
    )
    assert make_efficacy(subject).confirmed["BEST"][0] == "PR"


#   target sizes at baseline          after first dose        measurable, efficacy set
SETS = [
    ([10.0], True, True, True), ([9.9], True, False, False), ([10.0], False, True, False),
]  # fmt: skip


@pytest.mark.parametrize("sizes, scanned, measurable, counted", SETS)
def test_the_efficacy_set(make_efficacy, sizes, scanned, measurable, counted):
    subject = Subject().scan(-7, sizes)
    if scanned:
        subject.scan(43, sizes)
    facts = make_efficacy(subject).facts
    assert (bool(facts["MEASFL"].eq("Y").fillna(False)[0]), bool(facts["EFFFL"].eq("Y").fillna(False)[0])) == (
        measurable,
        counted,
    )


def test_death_before_any_scan_counts_in_the_efficacy_set(make_efficacy):
    assert make_efficacy(Subject().scan(-7, [20.0]).dies(20)).facts["EFFFL"][0] == "Y"


def test_inputs_are_not_changed_and_screened_subjects_are_not_counted(make_cut):
    from nk521lib.chapters.efficacy import derive_efficacy
    from tests.chapters.efficacy.conftest import together

    screened = Subject("NK521-01-002", doses=()).scan(-7, BASE)
    cut = make_cut(**together(Subject().scan(-7, BASE).scan(43, PR), screened))
    before = {name: frame.copy() for name, frame in cut.frames.items()}
    assert derive_efficacy(cut).order == ["NK521-01-001"]
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, cut.frames[name])
