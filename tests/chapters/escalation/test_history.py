"""What was known when: the replay of first doses against outcomes as they stood on the day."""

from nk521lib.chapters.escalation import derive_escalation
from nk521lib.terms import Effect

EVENT = {"AETERM": "x", "AEDECOD": "Hypotension", "AEREL": "RELATED", "AETOXGR": "3", "AEDLT": "Y"}


def blocked(cut):
    return [f.usubjid for f in derive_escalation(cut).findings if f.id == "NKD-060" and f.effect is Effect.BLOCK]


def test_a_second_dlt_closes_the_level_from_the_day_after_its_onset(make_trial, day):
    """Two DLTs with onset on days 10 and 24: a third subject on day 24 is regular, on day 25 it is not."""
    events = [
        EVENT | {"USUBJID": "S1", "AESTDTC": day(10), "AEENDTC": day(12)},
        EVENT | {"USUBJID": "S2", "AESTDTC": day(24), "AEENDTC": day(25)},
    ]
    plans = {"S1": {}, "S2": {"first": day(15)}}
    assert blocked(make_trial(plans | {"S3": {"first": day(24)}}, AE=events)) == []
    assert blocked(make_trial(plans | {"S3": {"first": day(25)}}, AE=events)) == ["S3"]


def test_the_next_level_may_open_on_the_last_day_of_the_last_window(make_trial, day):
    plans = {"S1": {}, "S2": {"first": day(15)}, "S3": {"first": day(22)}}
    assert blocked(make_trial(plans | {"S4": {"arm": "A_DL2", "first": day(49)}})) == []
    assert blocked(make_trial(plans | {"S4": {"arm": "A_DL2", "first": day(48)}})) == ["S4"]


def test_a_candidate_was_open_until_the_committee_judged_it(make_trial, day):
    plans = {"S1": {}, "S2": {"first": day(15)}, "S3": {"first": day(22)}, "S4": {"arm": "A_DL2", "first": day(60)}}
    event = EVENT | {"USUBJID": "S1", "AEDLT": "N", "AESTDTC": day(5), "AEENDTC": day(6)}

    def judged(date):
        opened = {"GROUP": "A", "LEVEL": 1, "ITEM": "DECISION", "VALUE": "ESCALATE", "ADJDTC": day(60)}
        return [{"USUBJID": "S1", "ITEM": "DLT", "VALUE": "N", "ADJDTC": date, "AESEQ": 1}, opened]

    assert blocked(make_trial(plans, AE=[event], ADJUD=judged(day(60)))) == []
    assert blocked(make_trial(plans, AE=[event], ADJUD=judged(day(61)))) == ["S4"]


def test_a_dlt_without_an_onset_date_is_known_from_its_judgement(make_trial, day):
    judged = [{"USUBJID": "S1", "ITEM": "DLT", "VALUE": "Y", "ADJDTC": day(40), "AESEQ": 1}]
    status = derive_escalation(make_trial({"S1": {}}, AE=[EVENT | {"USUBJID": "S1"}], ADJUD=judged)).status
    assert status[["STATUS", "KNOWNDT"]].iloc[0].tolist()[0] == "DLT"
    assert status["KNOWNDT"][0].date().isoformat() == day(40)


def test_the_notation_leaves_replaced_subjects_out(make_group):
    assert derive_escalation(make_group("1NRTN 1PNN")).groups["A"].history.notation == "1NTNPNN"
