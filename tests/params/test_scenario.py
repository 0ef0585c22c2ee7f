"""A scenario file: what is read from it, what is refused and by which name (spec escalation.md section 9)."""

import json

import pytest

from nk521lib.errors import ParamsError

HASH = "0" * 64


def overlay(make_params, settings=(), **changes):
    asked = {"format": 1, "software": "nk521lib 0.1.0", "snapshot_id": "S003", "snapshot_sha256": HASH, "note": "why not",
             "params_sha256": make_params(*settings).settings_sha256, "statuses": {"NK521-01-021": "DLT"}, "imagined": {"B": ["2NNT"]}}  # fmt: skip
    return "my.yaml", f"scenario: {json.dumps(asked | changes)}\n"


def test_a_scenario_is_part_of_the_parameters_and_of_their_hash(make_params):
    plain, params = make_params(), make_params(overlays=[overlay(make_params)])
    assert params.scenario.statuses == {"NK521-01-021": "DLT"} and params.scenario.imagined == {"B": ("2NNT",)}
    assert params.settings_sha256 == plain.sha256 and params.sha256 != plain.sha256
    assert make_params(overlays=[overlay(make_params, note="why")]).sha256 != params.sha256
    assert params.having("mtd_min_n", 3).scenario is params.scenario


#   changed                              the one line a reader sees
REFUSED = [
    ({"format": 2}, "my.yaml: scenario: format: expected 1, given 2"),
    ({"statuses": {"X": "CANDIDATE"}}, """my.yaml: scenario: statuses.X: expected 'CLEAR', 'DLT', 'PENDING' or 'NONEVAL', given "CANDIDATE\""""),
    ({"imagined": {"B": ["NNT"]}}, "my.yaml: scenario: imagined.B.0: "),
    ({"colour": "red"}, "my.yaml: scenario: colour: unknown entry"),
    ({"note": "a\u0007b"}, "my.yaml: scenario: note: holds control characters"),
    ({"rates": [0.1, 1.2]}, "my.yaml: scenario: rates.1: expected at most 1, given 1.2"),
    ({"snapshot_sha256": "abc"}, "my.yaml: scenario: snapshot_sha256: "),
    ({"params_sha256": "1" * 64}, "my.yaml: this scenario was saved with parameters 111111111111, with these it would run on "),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "line"), REFUSED)
def test_what_is_wrong_in_a_scenario_is_said_by_name(make_params, changes, line):
    with pytest.raises(ParamsError) as refused:
        make_params(overlays=[overlay(make_params, **changes)])
    assert str(refused.value).startswith(line) or line in str(refused.value)


def test_a_setting_laid_over_a_scenario_is_refused(make_params):
    with pytest.raises(ParamsError, match="leave out other --params and --set"):
        make_params("mtd_min_n=3", overlays=[overlay(make_params)])


def test_two_scenarios_are_refused(make_params):
    name, text = overlay(make_params)
    with pytest.raises(ParamsError, match=r"my.yaml and other.yaml: two scenarios; a run follows one"):
        make_params(overlays=[(name, text), ("other.yaml", text)])
    with pytest.raises(ParamsError, match=r"my.yaml: scenario: expected names with values"):
        make_params(overlays=[(name, "scenario: [1]\n")])
