"""ASTCT consensus, Lee et al. 2019 (CRS; ICE; ICANS of adults), cell by cell; spec safety.md 5.

Ours where the paper is silent: vasopressin alone is one pressor; what is unknown never raises a grade.
"""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.standards import astct

CRS_TYPES = {"FEVER": "boolean", "HYPOTENSION": "boolean", "VASOPRESSORS": "Int64", "VASOPRESSIN": "boolean",
             "OXYGEN": "string"}  # fmt: skip
ICANS_TYPES = {
    "ICE": "Int64",
    "CONSCIOUSNESS": "string",
    "SEIZURE": "string",
    "MOTOR": "boolean",
    "OEDEMA": "string",
}
NO_ICANS = {"ICE": 10, "CONSCIOUSNESS": "ALERT", "SEIZURE": "NONE", "MOTOR": False, "OEDEMA": "NONE"}


def crs(*rows):
    return astct.grade_crs(pd.DataFrame(list(rows), columns=list(CRS_TYPES)).astype(CRS_TYPES))


def icans(**known):
    return astct.grade_icans(pd.DataFrame([NO_ICANS | known]).astype(ICANS_TYPES))[0]


#   fever  hypotension pressors vasopressin oxygen              grade
CRS = [
    (False, False, 0, False, "NONE", 0),
    (True, False, 0, False, "NONE", 1),
    (True, True, 0, False, "NONE", 2),
    (True, False, 0, False, "LOW FLOW", 2),
    (True, True, 1, False, "NONE", 3),
    (True, True, 1, True, "NONE", 3),
    (True, False, 0, False, "HIGH FLOW", 3),
    (True, True, 2, False, "NONE", 4),
    (True, False, 0, False, "POSITIVE PRESSURE", 4),
    (True, True, 0, True, "NONE", 3),  # vasopressin alone: one pressor
    (True, True, 1, True, "LOW FLOW", 3),  # vasopressin is not counted: not two
    (True, True, 1, False, "POSITIVE PRESSURE", 4),  # the worse of the two
    (False, True, 2, False, "POSITIVE PRESSURE", 0),  # no fever: not CRS
    (None, True, 2, False, "POSITIVE PRESSURE", None),  # fever unknown: nothing is certain
    (True, None, None, None, None, 1),
    (True, None, 1, None, None, 3),
    (True, True, None, False, "NONE", 2),
    (False, None, None, None, None, 0),
]


@pytest.mark.parametrize("fever, hypotension, pressors, vasopressin, oxygen, expected", CRS)
def test_crs_grade(fever, hypotension, pressors, vasopressin, oxygen, expected):
    got = crs((fever, hypotension, pressors, vasopressin, oxygen))[0]
    assert got is pd.NA if expected is None else got == expected


def test_death_due_to_crs_is_grade_5():
    frame = pd.DataFrame([(True, True, 2, False, "NONE")] * 3, columns=list(CRS_TYPES)).astype(CRS_TYPES)
    assert astct.grade_crs(frame.assign(FATAL=pd.array([True, False, None], "boolean"))).tolist() == [5, 4, 4]


#   temperature  other  masked  fever
FEVER = [(38.0, False, False, True), (37.9, False, False, False), (39.0, True, False, False), (37.0, False, True, True),
         (39.0, None, False, None), (None, False, False, None), (None, None, True, True)]  # fmt: skip


@pytest.mark.parametrize("temperature, other, masked, expected", FEVER)
def test_fever_of_crs(temperature, other, masked, expected):
    got = astct.has_crs_fever(
        pd.Series([temperature], dtype="Float64"),
        pd.Series([other], dtype="boolean"),
        pd.Series([masked], dtype="boolean"),
    )[0]
    assert got is pd.NA if expected is None else bool(got) == expected


#   device              flow  support
DEVICES = [("ROOM AIR", None, "NONE"), ("NASAL CANNULA", 6.0, "LOW FLOW"), ("NASAL CANNULA", 6.1, "HIGH FLOW"),
           ("NASAL CANNULA", None, "LOW FLOW"), ("BLOW-BY", None, "LOW FLOW"), ("VENTURI MASK", 4.0, "HIGH FLOW"),
           ("FACE MASK", 6.0, "HIGH FLOW"), ("NON-REBREATHER MASK", 15.0, "HIGH FLOW"), ("CPAP", None, "POSITIVE PRESSURE"),
           ("MECHANICAL VENTILATION", None, "POSITIVE PRESSURE"), (None, 4.0, None)]  # fmt: skip


@pytest.mark.parametrize("device, flow, expected", DEVICES)
def test_oxygen_support(device, flow, expected):
    got = astct.oxygen_support(pd.Series([device], dtype="string"), pd.Series([flow], dtype="Float64"))[0]
    assert got is pd.NA if expected is None else got == expected


def test_unknown_words_are_refused_by_name():
    with pytest.raises(ValueError, match="oxygen device: 'HOSE' is not known; expected one of ROOM AIR"):
        astct.oxygen_support(pd.Series(["HOSE"], dtype="string"), pd.Series([1.0], dtype="Float64"))
    with pytest.raises(ValueError, match="CONSCIOUSNESS: 'SLEEPY'"):
        icans(CONSCIOUSNESS="SLEEPY")


ICANS = [
    ({}, 0),
    ({"ICE": 9}, 1), ({"ICE": 7}, 1), ({"ICE": 6}, 2), ({"ICE": 3}, 2), ({"ICE": 2}, 3), ({"ICE": 0}, 3),
    ({"CONSCIOUSNESS": "SPONTANEOUS"}, 1), ({"CONSCIOUSNESS": "VOICE"}, 2), ({"CONSCIOUSNESS": "TACTILE"}, 3),
    ({"CONSCIOUSNESS": "UNAROUSABLE"}, 4), ({"ICE": 0, "CONSCIOUSNESS": "UNAROUSABLE"}, 4),
    ({"ICE": 0, "CONSCIOUSNESS": "ALERT"}, 3),  # global aphasia, awake
    ({"SEIZURE": "BRIEF"}, 3), ({"SEIZURE": "PROLONGED"}, 4), ({"MOTOR": True}, 4),
    ({"OEDEMA": "FOCAL"}, 3), ({"OEDEMA": "DIFFUSE"}, 4),
    ({"ICE": None}, None), ({"MOTOR": None}, None), ({"SEIZURE": None}, None),
    ({"ICE": 8, "MOTOR": None, "OEDEMA": None}, 1), ({"ICE": None, "SEIZURE": "PROLONGED"}, 4),
]  # fmt: skip


@pytest.mark.parametrize("known, expected", ICANS)
def test_icans_grade(known, expected):
    got = icans(**known)
    assert got is pd.NA if expected is None else got == expected


def test_ice_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="ICE: 11 is not in 0 to 10"):
        icans(ICE=11)


def test_ice_score_adds_and_a_missing_item_is_missing():
    items = pd.DataFrame({
        "ORIENTATION": [4, 3, 4], "NAMING": [3, 3, 3], "COMMAND": [1, 1, 1], "WRITING": [1, 0, None],
        "ATTENTION": [1, 1, 1],
    }).astype("Int64")  # fmt: skip
    assert astct.ice_score(items).tolist() == [10, 8, pd.NA]
    with pytest.raises(ValueError, match="ICE item NAMING: 4 is not in 0 to 3"):
        astct.ice_score(items.assign(NAMING=4))


maybe = st.sampled_from([True, False, None])


@given(maybe, maybe, st.sampled_from([0, 1, 2, None]), maybe, st.sampled_from([*astct.OXYGEN, None]))
def test_filling_in_what_was_unknown_never_lowers_crs(fever, hypotension, pressors, vasopressin, oxygen):
    known = crs((fever, hypotension, pressors, vasopressin, oxygen))[0]
    if known is pd.NA:
        return
    fill = [
        (True if fever is None else fever, h, p, v, o)
        for h in ([hypotension] if hypotension is not None else [True, False])
        for p in ([pressors] if pressors is not None else [0, 1, 2])
        for v in ([vasopressin] if vasopressin is not None else [True, False])
        for o in ([oxygen] if oxygen is not None else astct.OXYGEN)
    ]
    assert crs(*fill).min() >= known
