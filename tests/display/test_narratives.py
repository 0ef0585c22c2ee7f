"""What a narrative says: each recorded fact once, each unknown as unknown, every sentence with its records."""

import pytest

from nk521lib.chapters.safety import derive_safety
from nk521lib.display.narratives import write_narratives
from nk521lib.display.tables.safety.narratives import list_narratives, narrative_html, say_records

DM = {"USUBJID": "S-1", "ARMCD": "B_DL1", "SEX": "F", "AGE": 56.0}
EX = [{"USUBJID": "S-1", "EXTRT": "NK521", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS", "EXROUTE": "INTRAPERITONEAL", "EXSTDTC": d}
      for d in ("2026-06-23", "2026-06-30")]  # fmt: skip
AE = {"USUBJID": "S-1", "AETERM": "Belly inflamed", "AEDECOD": "Peritonitis", "AETOXGR": "3", "AESER": "Y", "AESHOSP": "Y", "AEREL": "POSSIBLE",
      "AEACN": "DRUG WITHDRAWN", "AEOUT": "RECOVERED/RESOLVED", "AECONTRT": "Y", "AEDLT": "Y", "AESTDTC": "2026-07-02", "AEENDTC": "2026-07-10"}  # fmt: skip
LB = [{"USUBJID": "S-1", "LBTESTCD": "NEUT", "LBSTRESN": v, "LBSTRESU": "10^9/L", "LBSTNRLO": 2.0, "LBSTNRHI": 7.0, "LBDTC": d}
      for d, v in (("2026-06-30", 3.0), ("2026-07-06", 1.2))]  # fmt: skip
CM = [{"USUBJID": "S-1", "CMTRT": "CEFTRIAXONE", "CMDOSE": 2.0, "CMDOSU": "g", "CMDOSFRQ": "QD", "CMINDC": "PERITONITIS",
       "CMSTDTC": "2026-07-02", "CMENDTC": "2026-07-09"}] * 2  # fmt: skip


CASES = []


def case(dm=(), domains=None, **event) -> str:
    """One more subject of the snapshot, with this changed; whose events are told without a look at another's."""
    name = f"S-{len(CASES)}"
    given = {"DM": [DM | dict(dm)], "EX": EX, "AE": [AE | event], "LB": LB, "CM": CM} | (domains or {})
    CASES.append({domain: [row | {"USUBJID": name} for row in rows] for domain, rows in given.items()})
    return name


@pytest.fixture(scope="module")
def told(make_cut):
    """told(case): the narratives of that subject."""
    cut = make_cut(
        **{domain: [row for one in CASES for row in one[domain]] for domain in ("DM", "EX", "AE", "LB", "CM")}
    )
    found = derive_safety(cut)
    narratives = write_narratives(cut, found.adsl, found.adae, found.adlb, found.deaths)
    return lambda name: [one for one in narratives if one.usubjid == name]


COMPLETE = case()


def test_a_complete_event_is_told_in_order(told):
    (one,) = told(COMPLETE)
    assert (one.usubjid, one.group, one.received, one.title) == (COMPLETE, "B", "B-DL1", "Peritonitis, grade 3")
    assert one.reasons == ("serious", "dose-limiting", "special interest, grade 3 or higher")
    assert one.text == (
        "A woman of 56 years received B-DL1, intraperitoneal, first on 23 Jun 2026. "
        "The last dose before was dose 2, on 30 Jun 2026 (1 × 10⁹ cells). "
        "On 2 Jul 2026 (day 10), 2 days after dose 2, Peritonitis (reported as “Belly inflamed”) of grade 3 began. "
        "It was serious (hospital stay). The investigator judged it possibly related to the product. "
        "It is dose-limiting by the investigator. The action taken with the product is recorded as: drug withdrawn. It was treated. "
        "Medication in use then, or possibly so: ceftriaxone 2 g QD for peritonitis (from 2 Jul 2026 to 9 Jul 2026, 2 records). "
        "It ended on 10 Jul 2026 (day 18), 8 days later. Outcome: recovered/resolved. "
        "Laboratory, last value before → most abnormal from the onset on (in the 14 days before and the 15 days from its onset; "
        "CTCAE grade in brackets): neutrophils 3 [0] → 1.2 [2] 10⁹/L after 4 days."
    )
    assert one.sources == ("DM", "EX:1", "EX:2", "AE:1", "CM:1", "CM:2", "LB:1", "LB:2")
    assert say_records(one.sources) == "DM; EX 1, 2; AE 1; CM 1, 2; LB 1, 2"


#  what is not recorded             what is said instead
UNKNOWN = [
    ({"AETOXGR": None}, "Peritonitis (reported as “Belly inflamed”) of unrecorded grade began"),
    ({"AETOXGR": "6"}, "of impossible grade “6” began"),
    ({"AESHOSP": None}, "It was serious (criterion not recorded)."),
    ({"AESER": None, "AESHOSP": None}, "Whether it was serious is not recorded."),
    ({"AESER": "N"}, "It is not recorded as serious, although a criterion is (hospital stay)."),
    ({"AEREL": None}, "Its relation to the product is not recorded; it counts as related."),
    ({"AEREL": "PERHAPS"}, "recorded as “perhaps”, which is no known category; it counts as related."),
    ({"AEACN": None}, "The action taken with the product is not recorded."),
    ({"AEOUT": None}, "Its outcome is not recorded."),
    ({"AEENDTC": None}, "Its end is not recorded."),
    ({"AEENDTC": None, "AEENRTPT": "ONGOING"}, "It was ongoing at the cut-off, 30 Sep 2026."),
    ({"AEENDTC": "2026-07-01"}, "It ended on 1 Jul 2026 (day 9), a date before its start."),
    ({"AESTDTC": None}, "On a date that is not recorded, Peritonitis"),
    ({"AESTDTC": None}, "After which dose it began cannot be told"),
    ({"AESTDTC": "2026-07"}, "In 2026-07 (date not complete), Peritonitis"),
    ({"AESTDTC": "2026-07"}, "Laboratory values cannot be placed around it: its date is not completely known."),
    ({"AESTDTC": "2026-06-01"}, "The onset is before the first dose."),
    ({"AESTDTC": "2026-08-20"}, "No result of the tests shown here is in the data"),
    ({"AEOUT": "FATAL"}, "The subject died on 10 Jul 2026, 10 days after the last dose (told by AE; DM gives no complete date)."),
    ({"dm": {"SEX": None, "AGE": None}}, "A person whose sex is not recorded of unrecorded age"),
    ({"domains": {"CM": []}}, "No medication is recorded as in use then."),
]  # fmt: skip


UNKNOWN_CASES = [case(**change) for change, _ in UNKNOWN]


@pytest.mark.parametrize("n", range(len(UNKNOWN)), ids=lambda n: f"change{n}-{UNKNOWN[n][1]}")
def test_what_is_not_recorded_is_said_to_be_so(told, n):
    assert UNKNOWN[n][1] in told(UNKNOWN_CASES[n])[0].text


DOSES = [EX[0], EX[1] | {"EXSTDTC": "2026-06-30T10:00"}]
#    the event began                                                     what is said
HOURS = [
    (case(domains={"EX": DOSES}, AESTDTC="2026-06-30T18:10"), ", 8 hours after dose 2, "),
    (case(domains={"EX": DOSES}, AESTDTC="2026-06-30T10:30"), ", within an hour of dose 2, "),
    (case(AESTDTC="2026-06-30"), ", on the day of dose 2, "),
]


def test_hours_after_the_dose_where_both_times_are_known(told):
    for name, says in HOURS:
        assert says in told(name)[0].text


FATAL = case(dm={"DTHFL": "Y", "DTHDTC": "2026-07-10"}, AEOUT="FATAL")
DIED_ALONE = case(dm={"DTHFL": "Y", "DTHDTC": "2026-07"}, AESER="N", AESHOSP=None, AEDLT=None, AETOXGR="2")


def test_a_death_is_told_with_the_fatal_event_or_alone(told):
    (one,) = told(FATAL)
    assert one.text.endswith(
        "The subject died on 10 Jul 2026, 10 days after the last dose. Cause recorded: peritonitis."
    )
    alone = told(DIED_ALONE)
    assert [n.title for n in alone] == ["Death, cause not recorded"]
    assert alone[0].text.endswith("The subject died in 2026-07 (date not complete). The cause is not recorded.")


MARKUP = case(AETERM='<script>alert("1")</script>')


def test_text_from_the_data_stays_text(told):
    (one,) = told(MARKUP)
    html = narrative_html(one)
    assert "<script" not in html and "&lt;script&gt;" in html


def test_the_chapter_counts_its_narratives_with_the_subjects_behind(make_cut):
    cut = make_cut(DM=[DM], EX=EX, AE=[AE])
    shown = list_narratives(cut, derive_safety(cut))
    assert shown.plain.startswith("1 event of 1 subject,") and {n.usubjids for n in shown.numbers} == {("S-1",)}
    nothing = make_cut(DM=[DM], EX=EX)
    assert list_narratives(nothing, derive_safety(nothing)).plain.startswith("0 events need a narrative")
