"""RECIST 1.1 from lesions: efficacy.md section 2 in its order, rulings.md 6.1-6.3, traps.md."""

import pandas as pd
import pytest

from nk521lib.standards.recist import RecistRules, check_lesions, derive_responses, overall_response

DTYPES = {
    "SUBJECT": "string",
    "VISIT": "Int64",
    "LESION": "string",
    "ROLE": "string",
    "NODE": "boolean",
    "DIAMETER": "Float64",
    "STATE": "string",
    "EVALUABLE": "boolean",
}


def record(visit, lesion, size=None, state=None, node=False, role=None, evaluable=True, subject="S1", **more):
    """One lesion row; the role follows from the first letter of its name: T, N (non-target), X (new)."""
    role = role or {"T": "TARGET", "N": "NON-TARGET", "X": "NEW"}[lesion[0]]
    date = pd.Timestamp("2026-01-01") + pd.Timedelta(days=42 * visit)
    return {
        "SUBJECT": subject, "VISIT": visit, "DATE": date, "LESION": lesion, "ROLE": role, "NODE": node,
        "DIAMETER": size, "STATE": state, "EVALUABLE": evaluable,
    } | more  # fmt: skip


def frame(records):
    return pd.DataFrame(records, columns=list(records[0])).astype(DTYPES)


def course(*visits, **options):
    """Response rows after baseline; each visit a dict of lesion name to size, state or (size, state)."""
    rules, baseline_visit = RecistRules(**options), 0
    rows = []
    for visit, seen in enumerate(visits):
        for lesion, said in seen.items():
            size, state = said if isinstance(said, tuple) else ((None, said) if isinstance(said, str) else (said, None))
            name, node = lesion.removesuffix("*"), lesion.endswith("*")  # T2* is a node
            rows.append(record(visit, name, size, state, node))
    out = derive_responses(frame(rows), rules, baseline_visit)
    return out[~out["BASELINE"].astype(bool)].reset_index(drop=True)


def targets(*visits, **options):
    return course(*visits, **options)["TARGET"].tolist()


# ---- target response ------------------------------------------------------------------------------------------------

#   baseline, later sums of one lesion                       target responses
THRESHOLDS = [
    ([100, 70], ["PR"]),  # exactly 30 % is PR
    ([100, 70.1], ["SD"]),
    ([100, 69.9], ["PR"]),
    ([1.1, 0.77], ["PR"]),  # 0.77 / 1.1 is not 0.7 in floating point
    ([100.3, 70.21], ["PR"]),
    ([50, 60], ["PD"]),  # exactly 20 % with 10 mm
    ([50, 59.9], ["SD"]),
    ([25, 30], ["PD"]),  # exactly 20.0 % with exactly 5.0 mm
    ([24, 28.9], ["SD"]),  # more than 20 %, less than 5 mm
    ([24, 29], ["PD"]),
    ([25.1, 30.1], ["SD"]),  # 5 mm, less than 20 %
    ([33.3, 39.96], ["PD"]),  # 33.3 x 1.2 is 39.959999 in floating point
    ([100, 60, 72], ["PR", "PD"]),  # from the nadir, though below baseline still
    (
        [100, 60, 71.9, 72],
        ["PR", "SD", "PD"],
    ),  # slow growth is measured from the nadir, not from the last visit
    ([100, 60, 50, 59.9], ["PR", "PR", "PR"]),
    ([100, 120, 110], ["PD", "SD"]),  # the nadir is the baseline: 10 % above it
]


@pytest.mark.parametrize("sizes, expected", THRESHOLDS)
def test_target_response_at_and_beside_each_threshold(sizes, expected):
    assert targets(*({"T1": float(size)} for size in sizes)) == expected


def test_complete_response_needs_all_gone_and_nodes_below_10_mm():
    baseline = {"T1": 20.0, "T2*": 18.0}
    assert targets(baseline, {"T1": 0.0, "T2*": 9.9}) == ["CR"]  # the sum is 9.9, not 0
    assert targets(baseline, {"T1": 0.0, "T2*": 10.0}) == ["PR"]  # exactly 10 is not normal
    assert targets(baseline, {"T1": 0.1, "T2*": 9.9}) == ["PR"]
    assert targets(baseline, {"T1": "ABSENT", "T2*": "ABSENT"}) == ["CR"]
    assert targets({"T1": 20.0, "T2": 9.0}, {"T1": 0.0, "T2": 9.0}) == ["PR"]  # small, but no node


def test_normal_nodes_that_grow_within_the_normal_range_stay_complete():
    assert targets({"T1*": 18.0}, {"T1*": 2.0}, {"T1*": 9.9}, {"T1*": 10.0}) == ["CR", "CR", "PD"]


def test_too_small_to_measure_is_5_mm_unless_a_size_is_given():
    out = course({"T1": 20.0, "T2": 20.0}, {"T1": "TOO SMALL", "T2": 0.0}, {"T1": (3.0, "TOO SMALL"), "T2": 0.0})
    assert out["SOD"].tolist() == [5, 3] and out["TARGET"].tolist() == ["PR", "PR"]
    assert course({"T1": 20.0}, {"T1": "TOO SMALL"}, too_small_mm=4)["SOD"].tolist() == [4]


def test_sum_of_a_split_lesion_is_the_sum_of_its_parts():
    parts = [record(1, "T1", 8.0, PART="a"), record(1, "T1", 6.0, PART="b")]
    out = derive_responses(frame([record(0, "T1", 20.0, PART="a"), *parts]))
    assert out["SOD"].tolist() == [20, 14] and out["TARGET"].iloc[1] == "PR" and out["MEASURED"].iloc[1] == 1
    parts[1]["EVALUABLE"] = False
    assert derive_responses(frame([record(0, "T1", 20.0, PART="a"), *parts]))["TARGET"].iloc[1] == "NE"


def test_merged_lesion_is_measured_once():
    out = course({"T1": 20.0, "T2": 20.0}, {"T1": 30.0, "T2": "MERGED"}, {"T1": 0.0, "T2": "MERGED"})
    assert out["SOD"].tolist() == [30, 0] and out["TARGET"].tolist() == ["SD", "CR"]


@pytest.mark.parametrize("missing", [{}, {"T2": "NE"}, {"T2": (None, None)}, {"T2": -3.0}, {"T2": (4.0, "ABSENT")}])
def test_a_target_not_measured_makes_the_visit_NE(missing):
    out = course({"T1": 20.0, "T2": 20.0}, {"T1": 10.0} | missing)
    assert out["TARGET"].tolist() == ["NE"] and out["SOD"].isna().all() and out["MEASURED"].tolist() == [1]


def test_a_target_not_measured_cannot_hide_progression_already_met():
    out = course({"T1": 20.0, "T2": 20.0}, {"T1": 48.0}, {"T1": 47.9})
    assert out["TARGET"].tolist() == ["PD", "NE"]
    assert out["TARGET_RULE"].iloc[0] == "rise from nadir by the measured targets alone"


def test_a_partial_sum_is_never_the_nadir():
    out = course({"T1": 30.0, "T2": 30.0}, {"T1": 10.0}, {"T1": 30.0, "T2": 30.0})
    assert out["NADIR"].tolist() == [60, 60] and out["TARGET"].tolist() == ["NE", "SD"]


def test_without_a_complete_baseline_sum_targets_are_NE():
    assert targets({"T1": 20.0, "T2": "NE"}, {"T1": 50.0, "T2": 50.0}) == ["NE"]
    assert targets({"T1": 0.0}, {"T1": 50.0}) == ["NE"]


def test_without_a_baseline_visit_everything_is_NE():
    out = derive_responses(
        frame([record(1, "T1", 20.0), record(1, "N1", state="UNEQUIVOCAL PD"), record(1, "X1", state="PRESENT")])
    )
    assert (
        out["OVERALL"].tolist() == ["NE"] and out["TARGET"].tolist() == ["NE"] and out["NON_TARGET"].tolist() == ["NE"]
    )


def test_unknown_evaluability_leaves_a_measured_lesion_measured():
    rows = [record(0, "T1", 20.0, evaluable=None), record(1, "T1", 10.0, evaluable=None)]
    assert derive_responses(frame(rows))["TARGET"].iloc[1] == "PR"


def test_unknown_node_is_neither_normal_below_10_mm_nor_seen_again():
    rows = [record(v, "T1", size, node=None) for v, size in enumerate([20.0, 9.0, 0.0, 4.0])]
    assert derive_responses(frame(rows))["TARGET"].tolist()[1:] == ["PR", "CR", "PR"]


#   after a complete response                    pd     plain   query
SEEN_AGAIN = [
    ([{"T1": 20.0}, {"T1": 0.0}, {"T1": 1.0}], "PD", "PR", "NE"),
    ([{"T1": 20.0}, {"T1": 0.0}, {"T1": 4.9}], "PD", "PR", "NE"),
    ([{"T1": 20.0}, {"T1": 0.0}, {"T1": 5.0}], "PD", "PD", "PD"),  # nadir 0: 5 mm or more is PD
    ([{"T1": 20.0}, {"T1": 0.0}, {"T1": "TOO SMALL"}], "PD", "PD", "PD"),
    ([{"T1*": 20.0}, {"T1*": 6.0}, {"T1*": 10.9}], "PR", "PR", "PR"),  # a node needs 20 % and 5 mm
    ([{"T1*": 20.0}, {"T1*": 6.0}, {"T1*": 11.0}], "PD", "PD", "PD"),
    (
        [{"T1": 20.0, "T2": 20.0}, {"T1": 0.0, "T2": 0.0}, {"T1": 1.0}],
        "PD",
        "NE",
        "NE",
    ),  # the other not measured
]


@pytest.mark.parametrize("visits, pd_, plain, query", SEEN_AGAIN)
def test_lesion_seen_again_after_complete_response(visits, pd_, plain, query):
    for choice, expected in (("pd", pd_), ("plain", plain), ("query", query)):
        out = course(*visits, cr_then_pr=choice)
        assert out["TARGET"].tolist() == ["CR", expected], choice
    assert out["CR_SEEN_AGAIN"].iloc[1] == (not any(name.endswith("*") for name in visits[0]))


def test_progression_from_the_nadir_is_tested_before_response_from_baseline():
    assert targets({"T1": 100.0}, {"T1": 20.0}, {"T1": 30.0}) == ["PR", "PD"]  # 70 % below baseline still


def test_numbers_beside_the_response():
    row = course({"T1": 100.0}, {"T1": 50.0}, {"T1": 60.0}).iloc[1]
    assert (row["SOD"], row["BASE"], row["NADIR"], row["CHG_NADIR"]) == (60, 100, 50, 10)
    assert (row["PCHG_BASE"], row["PCHG_NADIR"]) == (-40, 20)


# ---- non-target response ---------------------------------------------------------------------------------------------


#   two non-targets at baseline, later            non-target   overall (no targets: rulings.md 6.3)
NON_TARGETS = [
    ({"N1": "ABSENT", "N2": "ABSENT"}, "CR", "CR"),
    ({"N1": "ABSENT", "N2": "PRESENT"}, "NON-CR/NON-PD", "NON-CR/NON-PD"),
    ({"N1": "PRESENT", "N2": "EQUIVOCAL"}, "NON-CR/NON-PD", "NON-CR/NON-PD"),
    ({"N1": "UNEQUIVOCAL PD", "N2": "ABSENT"}, "PD", "PD"),
    ({"N1": "UNEQUIVOCAL"}, "PD", "PD"),  # the other not seen: progression stands
    ({"N1": "ABSENT"}, "NE", "NE"),
    ({"N1": "ABSENT", "N2": "NE"}, "NE", "NE"),
    ({"N1": "ABSENT", "N2": (None, None)}, "NE", "NE"),
    ({"N1": "ABSENT", "N2": "CHECK"}, "NE", "NE"),  # a word that does not exist
    ({"N1": "ABSENT", "N2*": 9.9}, "CR", "CR"),
    ({"N1": "ABSENT", "N2*": 10.0}, "NON-CR/NON-PD", "NON-CR/NON-PD"),
    (
        {"N1": "ABSENT", "N2*": (12.0, "ABSENT")},
        "NON-CR/NON-PD",
        "NON-CR/NON-PD",
    ),  # the size of a node decides
    ({"N1": "ABSENT", "N2": (12.0, "ABSENT")}, "NE", "NE"),  # absent with a size: cannot be read
    (
        {"N1": "ABSENT", "N2": "ABSENT", "N3": "UNEQUIVOCAL PD"},
        "PD",
        "PD",
    ),  # noted only now: its progression counts
]


@pytest.mark.parametrize("later, non_target, overall", NON_TARGETS)
def test_non_target_only(later, non_target, overall):
    out = course({"N1": "PRESENT", "N2": "PRESENT"}, later)
    assert (out["TARGET"].tolist(), out["NON_TARGET"].tolist(), out["OVERALL"].tolist()) == (
        ["NONE"], [non_target], [overall],
    )  # fmt: skip


@pytest.mark.parametrize("normal, expected", [(True, "CR"), (False, "NON-CR/NON-PD"), (None, "NE")])
def test_non_target_complete_response_needs_normal_markers_where_they_are_given(normal, expected):
    lesions = frame([record(0, "N1", state="PRESENT"), record(1, "N1", state="ABSENT")])
    markers = pd.DataFrame({"SUBJECT": ["S1"], "VISIT": [1], "MARKERS_NORMAL": pd.array([normal], dtype="boolean")})
    assert derive_responses(lesions, markers=markers)["NON_TARGET"].iloc[1] == expected
    assert derive_responses(lesions)["NON_TARGET"].iloc[1] == "CR"
    assert derive_responses(lesions, markers=markers[:0])["NON_TARGET"].iloc[1] == "NE"


# ---- new lesions -----------------------------------------------------------------------------------------------------

#   states of one new lesion at visits 1, 2, 3            new lesion at visits 1, 2, 3
NEW_LESIONS = [
    (["UNEQUIVOCAL", None, None], ["YES", "NO", "NO"]),
    (["EQUIVOCAL", "UNEQUIVOCAL", None], ["YES", "YES", "NO"]),  # back-dated
    (["EQUIVOCAL", None, "PRESENT"], ["YES", "NO", "YES"]),
    (["EQUIVOCAL", "EQUIVOCAL", "PRESENT"], ["YES", "YES", "YES"]),
    (["EQUIVOCAL", "ABSENT", "PRESENT"], ["EQUIVOCAL", "NO", "YES"]),
    (["EQUIVOCAL", "ABSENT", None], ["EQUIVOCAL", "NO", "NO"]),
    (["NE", "UNEQUIVOCAL", None], ["NE", "YES", "NO"]),
]


@pytest.mark.parametrize("states, expected", NEW_LESIONS)
def test_new_lesion_and_back_dating(states, expected):
    later = [{"T1": 20.0} | ({"X1": state} if state else {}) for state in states]
    out = course({"T1": 20.0}, *later)
    assert out["NEW_LESION"].tolist() == expected
    assert out["OVERALL"].tolist() == [{"YES": "PD", "NE": "NE"}.get(new, "SD") for new in expected]


def test_new_lesion_without_a_state_is_not_evaluable_and_never_no():
    out = course({"T1": 20.0}, {"T1": 10.0, "X1": (None, None)})
    assert out["NEW_LESION"].tolist() == ["NE"] and out["OVERALL"].tolist() == ["NE"]


def test_a_new_lesion_listed_at_baseline_back_dates_nothing():
    out = course({"T1": 20.0, "X1": "UNEQUIVOCAL"}, {"T1": 20.0, "X1": "EQUIVOCAL"})
    assert out["NEW_LESION"].tolist() == ["EQUIVOCAL"]


def test_one_lesion_does_not_back_date_another():
    out = course({"T1": 20.0}, {"T1": 20.0, "X1": "EQUIVOCAL"}, {"T1": 20.0, "X2": "UNEQUIVOCAL"})
    assert out["NEW_LESION"].tolist() == ["EQUIVOCAL", "YES"]


# ---- overall response ------------------------------------------------------------------------------------------------

ANY_TARGET = ["CR", "PR", "SD", "PD", "NE", "NONE"]
ANY_NON_TARGET = ["CR", "NON-CR/NON-PD", "NE", "PD", "NONE"]
NON_PD = ["CR", "NON-CR/NON-PD", "NE", "NONE"]
#   target   non-target                    new lesion   overall      efficacy.md section 2, row by row
TABLE = [
    (["CR"], ["CR", "NONE"], ["NO"], "CR"),
    (["CR"], ["NON-CR/NON-PD", "NE"], ["NO"], "PR"),
    (["PR"], NON_PD, ["NO"], "PR"),
    (["SD"], NON_PD, ["NO"], "SD"),
    (["NE"], NON_PD, ["NO"], "NE"),
    (["PD"], ANY_NON_TARGET, ["NO", "YES", "EQUIVOCAL", "NE"], "PD"),
    (ANY_TARGET, ["PD"], ["NO", "YES", "EQUIVOCAL", "NE"], "PD"),
    (ANY_TARGET, ANY_NON_TARGET, ["YES"], "PD"),
    (["NONE"], ["CR"], ["NO"], "CR"),
    (["NONE"], ["NON-CR/NON-PD"], ["NO", "EQUIVOCAL"], "NON-CR/NON-PD"),
    (["NONE"], ["NE", "NONE"], ["NO"], "NE"),
    (["CR"], ["CR", "NONE"], ["EQUIVOCAL"], "CR"),
    (["SD"], NON_PD, ["EQUIVOCAL"], "SD"),
    (["CR", "PR", "SD", "NE", "NONE"], NON_PD, ["NE"], "NE"),
]


@pytest.mark.parametrize("target, non_target, new, expected", TABLE)
def test_overall_response_follows_the_table(target, non_target, new, expected):
    cases = pd.MultiIndex.from_product([target, non_target, new]).to_frame(index=False).astype("string")
    assert overall_response(cases[0], cases[1], cases[2]).eq(expected).all()


def test_a_missing_part_is_not_evaluable_and_progression_still_counts():
    def one(*parts):
        return overall_response(*(pd.Series([part], dtype="string") for part in parts)).iloc[0]

    assert one(None, "NON-CR/NON-PD", "NO") == "NE"
    assert one("SD", None, "NO") == "SD"
    assert one("SD", "NON-CR/NON-PD", None) == "NE"
    assert one("PD", None, None) == "PD"
    with pytest.raises(ValueError, match="CHECK"):
        one("CHECK", "CR", "NO")


# ---- records ---------------------------------------------------------------------------------------------------------

#   record                                                     what check_lesions says of it
PROBLEMS = [
    (record(-1, "T1", 20.0), "before the baseline visit"),
    (record(1, "T1", 20.0, "CHECK"), "state unknown to this role"),
    (record(1, "T1", -1.0), "negative diameter"),
    (record(1, "T1", 5.0, "ABSENT"), "absent with a diameter"),
    (record(1, "T9", 5.0), "not listed at baseline"),
    (record(1, "T1", 5.0, role="NON-TARGET"), "not listed at baseline"),  # the role changed
    (record(0, "X1", state="PRESENT"), "new lesion at baseline"),
    (record(1, "T1", 5.0, node=None), "node or not unknown"),
    (record(1, "T1", 5.0) | {"DATE": pd.NaT}, "undated"),
]


@pytest.mark.parametrize("bad, problem", PROBLEMS)
def test_each_problem_of_a_record_is_named(bad, problem):
    found = check_lesions(frame([record(0, "T1", 20.0), bad]), 0)
    assert found[["VISIT", "LESION", "PROBLEM"]].values.tolist() == [[bad["VISIT"], bad["LESION"], problem]]


def test_two_rows_of_one_target_without_parts_are_a_problem_and_not_evaluable():
    lesions = frame([record(0, "T1", 20.0), record(1, "T1", 8.0), record(1, "T1", 8.0)])
    assert check_lesions(lesions, 0)["PROBLEM"].tolist() == ["several rows of one target"] * 2
    assert derive_responses(lesions)["TARGET"].iloc[1] == "NE"


def test_a_renamed_target_is_not_measured_and_a_late_target_is_not_summed():
    out = course({"T1": 20.0}, {"T2": 10.0}, {"T1": 20.0, "T2": 30.0})
    assert out["TARGET"].tolist() == ["NE", "SD"]


def test_sound_records_have_no_problem_and_visits_before_baseline_are_left_out():
    assert check_lesions(frame([record(0, "T1", 20.0), record(1, "T1", 8.0)]), 0).empty
    assert derive_responses(frame([record(-1, "T1", 5.0), record(0, "T1", 20.0)]))["VISIT"].tolist() == [0]


def test_structure_that_cannot_be_read_is_refused():
    good = frame([record(0, "T1", 20.0)])
    with pytest.raises(ValueError, match="no column NODE"):
        derive_responses(good.drop(columns="NODE"))
    with pytest.raises(ValueError, match="1 rows without"):
        derive_responses(good.assign(SUBJECT=pd.array([pd.NA], dtype="string")))
    with pytest.raises(ValueError, match="ROLE is BONE"):
        derive_responses(good.assign(ROLE="BONE"))
    with pytest.raises(ValueError, match="cr_then_pr"):
        RecistRules(cr_then_pr="maybe")
    with pytest.raises(ValueError, match="node_normal_mm"):
        RecistRules(node_normal_mm=0)


def test_subjects_are_judged_apart_and_the_input_is_not_changed():
    one = [record(v, "T1", s) for v, s in enumerate([100.0, 50.0, 61.0])]
    two = [record(v, "T1", s, subject="S2") for v, s in enumerate([40.0, 61.0])]
    lesions = frame([*two, *one]).sample(frac=1, random_state=1)
    before = lesions.copy(deep=True)
    out = derive_responses(lesions)
    assert out["TARGET"].dropna().tolist() == ["PR", "PD", "PD"]
    assert out.loc[out["BASELINE"].astype(bool), "NADIR"].isna().all()  # nor is the last subject's nadir taken over
    pd.testing.assert_frame_equal(lesions, before)


def test_no_lesion_gives_no_visit():
    empty = derive_responses(frame([record(0, "T1", 20.0)])[:0])
    assert len(empty) == 0 and {"SOD", "OVERALL"} <= set(empty)
    assert check_lesions(frame([record(0, "T1", 20.0)])[:0], 0).empty
