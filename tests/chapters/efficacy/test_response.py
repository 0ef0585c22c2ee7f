"""Response from records: spec efficacy.md section 2 and rulings.md 6.1-6.5, in their order."""

import pandas as pd
import pytest

from tests.chapters.efficacy.conftest import Subject, day, of, sharer

BASE = [50.0, 30.0]  # baseline sum 80 mm


HELD, shared = sharer()


@pytest.fixture(scope="module")
def found(make_efficacy):
    """Every subject of this module that is read by the defaults: the response of one is nothing to another's."""
    return make_efficacy(*HELD)


def seen(found, subject):
    return list(of(found.visits, subject)["OVRLRESP"])


def findings(found, subject):
    return set(of(found.findings, subject)["id"])


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


TARGET_CASES = [shared(Subject().scan(-7, BASE).scan(43, sizes)) for sizes, _ in TARGETS]


@pytest.mark.parametrize("n", range(len(TARGETS)), ids=lambda n: f"sizes{n}-{TARGETS[n][1]}")
def test_targets_decide(found, n):
    assert seen(found, TARGET_CASES[n]) == [TARGETS[n][1]]


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


TABLE_CASES = [shared(Subject().scan(-7, BASE).scan(43, sizes, other, new)) for sizes, other, new, _ in TABLE]


@pytest.mark.parametrize("n", range(len(TABLE)), ids=lambda n: "sizes{n}-{1}-{2}-{3}".format(*TABLE[n], n=n))
def test_the_overall_response_follows_the_table(found, n):
    assert seen(found, TABLE_CASES[n]) == [TABLE[n][-1]]


NOTHING_NEW = shared(Subject().scan(-7, BASE).scan(43, BASE, new=None))


def test_no_record_of_a_new_lesion_is_no_new_lesion_and_not_unknown(found):
    assert list(of(found.visits, NOTHING_NEW)["NEWUSED"]) == ["NO"]


NODES = shared(
    Subject()
    .scan(-7, [40.0, 20.0], node=(2,))
    .scan(43, [0.0, 9.9], "CR", node=(2,))
    .scan(90, [0.0, 10.0], "CR", node=(2,))
)


def test_nodes_by_short_axis_and_normal_below_ten(found):
    assert seen(found, NODES) == ["CR", "PR"]


def measured(subject, lesion, size):
    """One more size by longest diameter at the scan of day 43."""
    return subject.add("TR", TRLNKID=lesion, TRGRPID="TARGET", TRTESTCD="LDIAM", TRSTRESN=size, TRSTRESU="mm", TRDTC=day(43),
                       VISITNUM=143.0)  # fmt: skip


LONG_AXIS = shared(measured(Subject().scan(-7, [40.0, 20.0], node=(2,)).scan(43, [40.0], node=(2,)), "T02", 30.0))


def test_a_node_is_not_measured_by_its_longest_diameter(found):
    assert seen(found, LONG_AXIS) == ["NE"]


def _in_unit(unit, size):
    subject = Subject().scan(-7, BASE).scan(43, [50.0, 30.0])
    subject.tables["TR"][3] |= {"TRSTRESN": size, "TRSTRESU": unit}
    return shared(subject)


UNITS = [("cm", 5.0, "SD"), (None, 50.0, "NE"), ("in", 50.0, "NE")]
UNIT_CASES = {unit: _in_unit(unit, size) for unit, size, _ in UNITS}


@pytest.mark.parametrize("unit, size, response", UNITS)
def test_a_size_counts_only_in_a_known_unit(found, unit, size, response):
    assert seen(found, UNIT_CASES[unit]) == [response]
    assert ("EFF-010" in findings(found, UNIT_CASES[unit])) == (response == "NE")


TOO_SMALL = shared(Subject().scan(-7, BASE).scan(43, [20.0, None]))
TOO_SMALL.tables["TR"][4] |= {"TRSTAT": None, "TRSTRESC": "TOO SMALL TO MEASURE"}


def test_too_small_to_measure_is_five_millimetres(found):
    assert list(of(found.visits, TOO_SMALL)["SOD"]) == [25.0]


SPLIT = shared(measured(measured(Subject().scan(-7, [60.0]).scan(43, []), "T01.1", 20.0), "T01.2", 15.0))


def test_parts_of_a_split_lesion_add_up(found):
    assert list(of(found.visits, SPLIT)["SOD"]) == [35.0]


TWO_SIZES = shared(measured(Subject().scan(-7, BASE).scan(43, [50.0, 30.0]), "T01", 48.0))


def test_two_sizes_of_one_lesion_at_one_scan_are_not_evaluable_and_a_finding(found):
    assert seen(found, TWO_SIZES) == ["NE"] and "EFF-011" in findings(found, TWO_SIZES)


NO_BASELINE = shared(Subject().scan(43, [50.0, 30.0]))


def test_no_baseline_is_not_evaluable(found):
    assert seen(found, NO_BASELINE) == ["NE"] and "EFF-016" in findings(found, NO_BASELINE)


PARTIAL = shared(Subject().scan(-7, BASE).scan(43, [30.0, 20.0]))
for row in [*PARTIAL.tables["TR"][:3], *PARTIAL.tables["TU"]]:
    row["TRDTC" if "TRLNKID" in row else "TUDTC"] = "2026-01"


def test_a_partial_baseline_date_is_baseline_by_the_name_of_its_visit(found):
    assert seen(found, PARTIAL) == ["PR"] and "EFF-017" in findings(found, PARTIAL)


SPREAD = shared(Subject().scan(-7, BASE).scan(43, [30.0, 20.0]))
SPREAD.tables["TR"][4]["TRDTC"] = day(46)


def test_scans_of_one_visit_are_one_assessment_dated_at_the_first(found):
    assert list(of(found.visits, SPREAD)["ADT"].dt.date.astype(str)) == [day(43)]


REUSED = shared(Subject().scan(-7, BASE).scan(43, [50.0, 30.0]).scan(85, [50.0, 30.0]))
for row in [*REUSED.tables["TR"], *REUSED.tables["RS"]]:
    row["VISITNUM"] = 9.2 if row.get("TRDTC", row.get("RSDTC")) != day(-7) else -7.0


def test_a_visit_number_used_again_weeks_later_is_another_assessment(found):
    assert len(of(found.visits, REUSED)) == 2


#   recorded  measured sizes     source        in use
SOURCES = [
    ("PR", [45.0, 30.0], "derived", "SD"),
    ("PR", [45.0, 30.0], "investigator", "PR"),
    ("CHECK", [45.0, 30.0], "derived", "SD"),
    ("CHECK", [45.0, 30.0], "investigator", "NE"),
    ("SD", [], "derived", "SD"),  # no measurement: the investigator's
]


SOURCE_CASES = [
    Subject(f"S-{n}").scan(-7, BASE).scan(43, sizes, overall=word) for n, (word, sizes, *_) in enumerate(SOURCES)
]


@pytest.fixture(scope="module")
def by_source(make_efficacy):
    """Every subject of SOURCES, by each of the two settings."""
    return {
        source: make_efficacy(*SOURCE_CASES, settings=(f"response_source={source}",))
        for source in ("derived", "investigator")
    }


@pytest.mark.parametrize("n", range(len(SOURCES)), ids=lambda n: "{0}-sizes{n}-{2}-{3}".format(*SOURCES[n], n=n))
def test_the_response_in_use_and_the_other_beside_it(by_source, n):
    (recorded, sizes, source, used), subject = SOURCES[n], SOURCE_CASES[n]
    visits = of(by_source[source].visits, subject)
    assert list(visits["OVRLRESP"]) == [used] and list(visits["OVRLINV"]) == [recorded]
    assert list(visits["OVRLDER"].isna()) == [not sizes]


DIFFERENT = shared(Subject().scan(-7, BASE).scan(43, [45.0, 15.0], overall="PR", recorded_target="PR"))


def test_a_difference_is_a_finding_with_the_measurement_behind_it(found):
    differences = of(found.differences, DIFFERENT)
    assert set(differences["WHAT"]) == {"overall response", "target response"}
    assert differences["CAUSE"].str.contains("sum 60 mm, baseline 80 (-25 %)", regex=False).all()
    assert of(found.findings, DIFFERENT)["id"].eq("NKD-071").sum() == 2


def _with_sum(recorded):
    subject = Subject().scan(-7, BASE).scan(43, [45.0, 15.0])
    return subject.add(
        "TR", TRGRPID="TARGET", TRTESTCD="SUMDIAM", TRSTRESN=recorded, TRSTRESU="mm", TRDTC=day(43), VISITNUM=143.0
    )


WRONG_SUM, RIGHT_SUM = shared(_with_sum(61.0)), shared(_with_sum(60.0))


def test_a_recorded_sum_that_is_not_that_of_its_parts_is_a_finding(found):
    assert "NKD-070" in findings(found, WRONG_SUM)
    assert "NKD-070" not in findings(found, RIGHT_SUM)


NEW_AND_STABLE = shared(Subject().scan(-7, BASE).scan(43, BASE, new="Y", overall="SD"))


def test_a_new_lesion_recorded_as_stable_is_a_finding(found):
    messages = of(found.findings, NEW_AND_STABLE)["message"]
    assert messages.str.contains("a new lesion is progression").any() and seen(found, NEW_AND_STABLE) == ["PD"]


NEW_IN_TU = shared(Subject().scan(-7, BASE).scan(43, BASE))
NEW_IN_TU.add("TU", TULNKID="NEW01", TUSTRESC="NEW", TUDTC=day(43), VISITNUM=143.0)


def test_a_new_lesion_named_in_tu_alone_counts(found):
    assert seen(found, NEW_IN_TU) == ["PD"]


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


def best(found, subject):
    return tuple(of(frame, subject)["BEST"][0] for frame in (found.confirmed, found.unconfirmed))


def scanned(*scans):
    subject = Subject().scan(-7, BASE)
    for at, sizes in scans:
        subject.scan(at, sizes)
    return shared(subject)


BEST_CASES = [scanned(*scans) for scans, *_ in BEST]


@pytest.mark.parametrize("n", range(len(BEST)), ids=lambda n: "scans{n}-{1}-{2}".format(*BEST[n], n=n))
def test_best_response(found, n):
    assert best(found, BEST_CASES[n]) == BEST[n][1:]


ENDS = {end: scanned((43, SD), (85, PR), (127, PR)) for end in ("therapy", "death", "exit")}
ENDS["therapy"].therapy(60)
ENDS["death"].dies(60)
ENDS["exit"].add("DS", DSCAT="DISPOSITION EVENT", DSDECOD="WITHDRAWAL BY SUBJECT", DSSTDTC=day(60))


@pytest.mark.parametrize("end", ENDS)
def test_nothing_counts_after_new_therapy_death_or_exit(found, end):
    assert best(found, ENDS[end])[0] == "SD"


OFF_TREATMENT = scanned((43, PR), (85, PR))
OFF_TREATMENT.add("DS", DSCAT="DISPOSITION EVENT", DSDECOD="ADVERSE EVENT", DSSTDTC=day(20))


def test_stopping_treatment_is_not_leaving_the_study(found):
    assert best(found, OFF_TREATMENT)[0] == "PR"


#   target sizes at baseline          after first dose        measurable, efficacy set
SETS = [
    ([10.0], True, True, True), ([9.9], True, False, False), ([10.0], False, True, False),
]  # fmt: skip


def _in_sets(sizes, after):
    subject = Subject().scan(-7, sizes)
    return shared(subject.scan(43, sizes) if after else subject)


SET_CASES = [_in_sets(sizes, after) for sizes, after, *_ in SETS]


@pytest.mark.parametrize("n", range(len(SETS)), ids=lambda n: "sizes{n}-{1}-{2}-{3}".format(*SETS[n], n=n))
def test_the_efficacy_set(found, n):
    facts = of(found.facts, SET_CASES[n])
    flags = tuple(bool(facts[name].eq("Y").fillna(False)[0]) for name in ("MEASFL", "EFFFL"))
    assert flags == SETS[n][2:]


EARLY_DEATH = shared(Subject().scan(-7, [20.0]).dies(20))


def test_death_before_any_scan_counts_in_the_efficacy_set(found):
    assert of(found.facts, EARLY_DEATH)["EFFFL"][0] == "Y"


def test_inputs_are_not_changed_and_screened_subjects_are_not_counted(make_cut):
    from nk521lib.chapters.efficacy import derive_efficacy
    from tests.chapters.efficacy.conftest import together

    screened = Subject("NK521-01-002", doses=()).scan(-7, BASE)
    cut = make_cut(**together(Subject().scan(-7, BASE).scan(43, PR), screened))
    before = {name: frame.copy() for name, frame in cut.frames.items()}
    assert derive_efficacy(cut).order == ["NK521-01-001"]
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, cut.frames[name])
