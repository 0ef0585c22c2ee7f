"""Best overall response: efficacy.md section 2 (BOR), rulings.md 6.4-6.5, the conventions of traps.md."""

import pandas as pd
import pytest

from nk521lib.standards.recist_best import EVENTS, BestResponseRules, derive_best_response

START = pd.Timestamp("2026-03-02")


def day(n):
    return pd.NaT if n is None else START + pd.Timedelta(days=n)


def best(course, censor=None, cutoff=None, **rules):
    """Result row of one subject; course is `43 PR, 85 SD`: elapsed days since START (`? PR`: undated)."""
    words = [visit.split() for visit in course.split(",") if visit]
    responses = pd.DataFrame(
        {
            "SUBJECT": pd.array(["S1"] * len(words), dtype="string"),
            "VISIT": pd.array(range(len(words)), dtype="Int64"),
            "DATE": pd.Series([day(None if d == "?" else int(d)) for d, _ in words], dtype="datetime64[ns]"),
            "OVERALL": pd.array([None if r == "-" else r for _, r in words], dtype="string"),
        }
    )
    subjects = pd.DataFrame({"SUBJECT": pd.array(["S1"], dtype="string"), "START": [START]})
    subjects["CENSOR"] = pd.Series([day(censor)], dtype="datetime64[ns]")
    cutoff = None if cutoff is None else day(cutoff)
    return derive_best_response(responses, subjects, BestResponseRules(**rules), cutoff).iloc[0]


#   course                                         confirmed   unconfirmed   rulings.md 6.4
COURSES = [
    ("42 CR, 70 CR", "CR", "CR"),  # exactly 28 days
    ("42 CR, 69 CR", "SD", "CR"),  # 27
    ("42 PR, 70 PR", "PR", "PR"),
    ("42 PR, 69 PR", "SD", "PR"),
    ("42 PR, 69 PR, 84 PR", "PR", "PR"),  # the third confirms the first
    ("42 PR, 84 CR", "PR", "CR"),
    ("42 PR, 84 CR, 126 CR", "CR", "CR"),
    ("42 CR, 84 PR", "PR", "CR"),  # the CR was a PR
    ("42 PR, 84 SD, 126 PR", "PR", "PR"),  # one SD between
    ("42 PR, 84 NE, 126 PR", "PR", "PR"),  # one NE between
    ("42 PR, 84 SD, 126 NE, 168 PR", "SD", "PR"),  # two between
    ("42 PR, 84 NE, 126 NE, 168 PR", "SD", "PR"),
    ("42 PR, 84 SD, 126 PR, 140 NE, 160 PR", "PR", "PR"),
    ("42 CR, 84 NE, 126 CR", "CR", "CR"),
    ("42 CR, 84 SD, 126 CR", "PR", "CR"),  # SD breaks a CR; as PR it stands
    ("42 CR, 84 NE, 126 NE, 168 CR", "SD", "CR"),
    ("42 CR, 84 PR, 126 CR", "PR", "CR"),  # a PR between breaks a CR
    ("42 PR, 84 PD, 126 PR", "SD", "PR"),  # nothing counts after PD
    ("42 PR, 84 PD", "SD", "PR"),  # unconfirmed, late enough: SD
    ("34 PR, 76 PD", "PD", "PR"),  # too early for SD, PD followed
    ("34 PR", "NE", "PR"),  # too early, nothing followed
    ("34 PR, 50 NE", "NE", "PR"),
    ("20 PR, 36 SD, 90 PD", "SD", "PR"),  # another visit is late enough
    ("35 SD", "SD", "SD"),  # exactly 35 elapsed days
    ("34 SD", "NE", "NE"),
    ("34 SD, 76 PD", "PD", "PD"),
    ("35 SD, 76 PD", "SD", "SD"),
    ("34 SD, 76 NE", "NE", "NE"),
    ("42 PD", "PD", "PD"),
    ("42 NE", "NE", "NE"),
    ("42 NE, 84 PD", "PD", "PD"),
    ("", "NE", "NE"),
    ("42 NON-CR/NON-PD", "NON-CR/NON-PD", "NON-CR/NON-PD"),
    ("34 NON-CR/NON-PD", "NE", "NE"),
    ("34 NON-CR/NON-PD, 76 PD", "PD", "PD"),
    ("42 NON-CR/NON-PD, 84 CR", "NON-CR/NON-PD", "CR"),  # SD does not exist without targets
    ("42 NON-CR/NON-PD, 84 CR, 126 CR", "CR", "CR"),
    ("-5 CR, 42 SD", "SD", "SD"),  # before the first dose
    ("0 -, 42 SD", "SD", "SD"),  # the baseline visit is no assessment
]


@pytest.mark.parametrize("course, confirmed, unconfirmed", COURSES)
def test_best_response(course, confirmed, unconfirmed):
    assert best(course)["BEST"] == confirmed
    assert best(course, confirm=False)["BEST"] == unconfirmed


#   course                              changed convention              default   changed
ALTERNATIVES = [
    ("40 SD", {"sd_min_days": 42}, "SD", "NE"),
    ("42 PR, 72 PR", {"confirm_days": 42}, "PR", "SD"),
    ("42 PR, 84 SD, 126 PR", {"sd_between_pr": False}, "PR", "SD"),
    ("42 PR, 84 NE, 126 PR", {"max_between": 0}, "PR", "SD"),
    ("42 PR, 84 NE, 126 SD, 168 PR", {"max_between": 2}, "SD", "PR"),
    ("42 CR, 84 PR", {"pr_after_cr": "SD"}, "PR", "SD"),
    ("34 CR, 84 PR", {"pr_after_cr": "PD"}, "PR", "PD"),
]


@pytest.mark.parametrize("course, changed, default, expected", ALTERNATIVES)
def test_each_convention_is_a_parameter(course, changed, default, expected):
    assert (best(course)["BEST"], best(course, **changed)["BEST"]) == (default, expected)


#   course                              the event that decided
RULES = [
    ("42 CR, 84 CR", {}, "confirmed CR"),
    ("42 PR, 84 PR", {}, "confirmed PR"),
    ("42 CR", {"confirm": False}, "CR"),
    ("42 PR", {"confirm": False}, "PR"),
    ("42 PR", {}, "stable for the minimum duration"),
    ("42 NON-CR/NON-PD", {}, "stable for the minimum duration, no target lesions"),
    ("42 PD", {}, "progression"),
    ("20 SD", {}, "stable, but too early to count"),
    ("42 NE", {}, "no evaluable assessment"),
    ("", {}, "no assessment that counts"),
]


@pytest.mark.parametrize("course, rules, name", RULES)
def test_the_deciding_event_is_named(course, rules, name):
    assert best(course, **rules)["BEST_RULE"] == name


def test_every_named_event_is_tested():
    assert [name for _, _, name in RULES] == list(EVENTS)


def test_duration_starts_at_the_first_response_of_the_confirmed_pair():
    row = best("42 PR, 50 SD, 84 PR, 126 CR, 168 CR")
    assert (row["BEST"], row["BEST_DATE"], row["CONFIRM_DATE"]) == ("CR", day(126), day(168))
    assert row["RESPONSE_DATE"] == day(42)
    unconfirmed_first = best("20 PR, 42 SD, 60 SD, 84 PR, 126 PR")
    assert unconfirmed_first["RESPONSE_DATE"] == day(84)
    assert pd.isna(best("42 PR, 84 SD")["RESPONSE_DATE"])
    assert best("42 PR, 84 SD", confirm=False)["RESPONSE_DATE"] == day(42)


def test_new_therapy_and_cut_off_end_the_window_on_their_own_day():
    assert best("42 PR, 84 PR", censor=84)["BEST"] == "PR"
    assert best("42 PR, 84 PR", censor=83)["BEST"] == "SD"
    assert best("42 PR, 84 PR", cutoff=84)["BEST"] == "PR"
    assert best("42 PR, 84 PR", cutoff=83)["BEST"] == "SD"
    assert best("34 SD, 84 PD", censor=60)["BEST"] == "NE"


#   course                          options            awaiting
AWAITING = [
    ("42 PR", {}, True),
    ("42 PR, 60 SD", {}, True),  # one visit may lie between
    ("42 PR, 60 SD, 90 NE", {}, False),
    ("42 PR, 60 PR", {}, True),
    ("42 PR, 84 PR", {}, False),  # confirmed, nothing better to come
    ("42 PR, 84 CR", {}, True),  # confirmed PR, the CR may be confirmed
    ("42 PR, 84 CR, 126 SD", {}, False),
    ("42 PR, 84 PD", {}, False),
    ("42 PR", {"censor": 60}, False),
    ("42 PR", {"censor": 60, "cutoff": 50}, True),  # the new therapy lies after the cut-off
    ("42 PR", {"confirm": False}, False),
    ("42 SD", {}, False),
    ("", {}, False),
]


@pytest.mark.parametrize("course, options, expected", AWAITING)
def test_awaiting_confirmation(course, options, expected):
    assert best(course, **options)["AWAITING"] == expected


def test_undated_visits_span_no_interval_but_keep_their_place():
    row = best("42 PR, ? PR")
    assert (row["BEST"], row["UNDATED"]) == ("SD", 1)
    assert best("42 PR, ? PD, 84 PR")["BEST"] == "SD"
    assert best("? SD")["BEST"] == "NE"
    assert best("42 PR, ? SD, 84 PR")["BEST"] == "PR"


def test_one_subject_does_not_confirm_another_and_all_have_a_row():
    responses = pd.DataFrame(
        {
            "SUBJECT": ["S1", "S2", "S9"],
            "VISIT": [1, 1, 1],
            "DATE": [day(42), day(84), day(42)],
            "OVERALL": "PR",
        }
    ).astype({"SUBJECT": "string", "OVERALL": "string"})
    subjects = pd.DataFrame({"SUBJECT": ["S2", "S1", "S3"], "START": START})
    subjects["CENSOR"] = pd.Series(pd.NaT, index=subjects.index, dtype="datetime64[ns]")
    out = derive_best_response(responses, subjects)
    assert out["SUBJECT"].tolist() == ["S2", "S1", "S3"]
    assert out["BEST"].tolist() == ["SD", "SD", "NE"] and out["AWAITING"].tolist() == [True, True, False]
    both = derive_best_response(responses, subjects.iloc[[1, 0]])  # S1 before S2: 42 days apart
    assert both["BEST"].tolist() == ["SD", "SD"]


def test_missing_start_or_codes():
    responses = pd.DataFrame({"SUBJECT": ["S1"], "VISIT": [1], "DATE": [day(42)], "OVERALL": ["CHECK"]})
    subjects = pd.DataFrame({"SUBJECT": ["S1"], "START": [START], "CENSOR": [pd.NaT]})
    with pytest.raises(ValueError, match="OVERALL is CHECK"):
        derive_best_response(responses, subjects)
    with pytest.raises(ValueError, match="one row per SUBJECT"):
        derive_best_response(responses.assign(OVERALL="SD"), pd.concat([subjects, subjects]))
    with pytest.raises(ValueError, match="one row per SUBJECT and VISIT"):
        derive_best_response(pd.concat([responses, responses]).assign(OVERALL="SD"), subjects)
    with pytest.raises(ValueError, match="pr_after_cr"):
        BestResponseRules(pr_after_cr="CR")
    with pytest.raises(ValueError, match="0 or more"):
        BestResponseRules(confirm_days=-1)
    without_start = subjects.assign(START=pd.Series([pd.NaT], dtype="datetime64[ns]"))
    assert derive_best_response(responses.assign(OVERALL="SD"), without_start)["BEST"].tolist() == ["NE"]
