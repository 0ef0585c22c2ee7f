"""Parameters: what is refused, by which name, with what advice (design architecture.md sections 4 and 7)."""

import pytest

from nk521lib.errors import ParamsError
from nk521lib.params import load_params
from nk521lib.params.strict_yaml import read_value, written
from nk521lib.terms import Tag

#   setting                                    the one line a reader sees
REFUSED = [
    ("dlt_windw=3", "--set dlt_windw: unknown parameter, did you mean dlt_window?"),
    ("mtd_min_n=4", "mtd_min_n: expected 3 or 6, given 4"),
    ("mtd_min_n=three", 'mtd_min_n: expected 3 or 6, given "three"'),
    ("target_rate=2", "target_rate: expected less than 1, given 2"),
    ("group_cap=-1", "group_cap: expected at least 0, given -1"),
    ("group_cap=NO", 'group_cap: expected a whole number, given "NO"'),
    ("top_confirm6=1", "top_confirm6: expected true or false, given 1; the default is typed --set top_confirm6=false"),
    ("levels=[3.0e+9, 1.0e+9, 6.0e+9]", "parameters: levels must rise, each once"),
    ("levels=[1.0e+9]", "parameters: arm A_DL2 names level 2, expected 1 to 1"),
    ("dlt_window={anchor: first_dose, dayz: 28}", "dlt_window.days: expected a value, given nothing"),
    ("screening.mtd_min_n=3", "--set screening.mtd_min_n: unknown parameter, did you mean mtd_min_n?"),
    ("irecist=true", "irecist: expected false, given true"),
    ("allow_rolling_six=true", "allow_rolling_six: expected false, given true"),
    ("elimination_probability=0.9", "elimination_probability: expected at least 0.95, given 0.9"),
    ("mtd_min_n", "--set mtd_min_n: expected key=value, as mtd_min_n=3"),
    ("backfill=yes", 'backfill: expected true or false, given "yes"; the default is typed --set backfill=false'),
    (
        "pathway_truth=0.02, 0.05, 0.08",
        "pathway_truth: expected a list, given \"0.02, 0.05, 0.08\"; the default is typed --set 'pathway_truth=[0.05, 0.1, 0.2]'",
    ),
    (
        "dlt_window=anchor first_dose; days 21",
        "dlt_window: expected names with values, given \"anchor first_dose; days 21\"; the default is typed --set 'dlt_window={anchor: first_dose, days: 28}'",
    ),
    (
        "max_replacements=none",
        'max_replacements: expected a whole number, given "none"; the default is typed --set max_replacements=null',
    ),
    ("month_days=.nan", 'month_days: expected a number, given ".nan"'),
]


@pytest.mark.parametrize(("setting", "line"), REFUSED)
def test_a_bad_setting_is_refused_by_name(make_params, setting, line):
    with pytest.raises(ParamsError) as refused:
        make_params(setting)
    assert line in refused.value.problems
    assert refused.value.exit_code == 2


OVERLAYS = [
    ("mtd_min_n: 3\nmtd_min_n: 6\n", "my.yaml line 2: mtd_min_n is given twice"),
    ("escalation: {study: X}", "my.yaml: study belongs to trial, not to escalation"),
    ("escalaton: {mtd_min_n: 3}", "my.yaml: escalaton: unknown parameter, did you mean escalation?"),
    ("1: 2", "my.yaml line 1: the key 1 is not text; put it in quotes"),
    ("- 1", "my.yaml: expected names with values, found a list"),
]


@pytest.mark.parametrize(("text", "line"), OVERLAYS)
def test_a_bad_file_is_refused_by_name_and_line(make_params, text, line):
    with pytest.raises(ParamsError) as refused:
        make_params(overlays=[("my.yaml", text)])
    assert line in refused.value.problems


def test_text_that_is_no_yaml_is_refused_with_its_line(make_params):
    with pytest.raises(ParamsError, match=r"^my.yaml line [23]: not YAML \("):
        make_params(overlays=[("my.yaml", "group_cap: 12\nlevels: [")])


def test_overlays_are_laid_in_order_and_settings_win(make_params):
    laid = make_params(
        "mtd_min_n=6", overlays=[("a", "group_cap: 12"), ("b", "escalation: {group_cap: {value: 15}, mtd_min_n: 3}")]
    )
    assert (laid.escalation.group_cap, laid.escalation.mtd_min_n) == (15, 6)
    assert [(e.name, e.default, e.value) for e in laid.non_default] == [("group_cap", 9, 15)]


def test_yaml_has_no_silent_habits(make_params):
    """NO, an octal and a date stay text; 1e9 is a number."""
    laid = make_params("title=NO", "sponsor=2026-01-01", "ascites_large_ml=1e3", overlays=[("a", "product: 0123")])
    assert (laid.trial.title, laid.trial.sponsor, laid.trial.product) == ("NO", "2026-01-01", "0123")
    assert laid.screening is not None and laid.trial.ascites_large_ml == 1000.0


def test_a_message_shows_a_value_as_it_would_be_read(make_params):
    for entry in make_params().about.values():
        assert [read_value(written(value)) for value in (entry.value, *entry.alternatives)] == [
            entry.value,
            *entry.alternatives,
        ]


def test_every_entry_names_its_source_and_every_assumption_its_alternatives(make_params):
    entries = make_params().about.values()
    assert all(entry.source for entry in entries)
    assert {entry.tag for entry in entries} == set(Tag)


def test_an_assumption_without_alternatives_is_refused(base_params):

    text = base_params[1].replace(
        'tag: A, source: "protocol silent", alternatives: [2]}', 'tag: A, source: "protocol silent"}'
    )
    assert text != base_params[1]
    with pytest.raises(ParamsError, match="start_level: an assumption \\[A\\] must list its alternatives"):
        load_params((base_params[0], text))


def test_an_alternative_that_could_not_be_set_is_refused(base_params):

    text = base_params[1].replace(
        'alternatives: [true], says: "expand the top', 'alternatives: [maybe], says: "expand the top'
    )
    with pytest.raises(ParamsError, match="alternative of top_confirm6: expected true or false"):
        load_params((base_params[0], text))


def test_the_models_are_frozen(make_params):
    with pytest.raises(Exception, match="frozen"):
        make_params().escalation.group_cap = 12


def test_the_hash_follows_the_values_alone(make_params):
    assert make_params().sha256 == make_params("group_cap=9").sha256 != make_params("group_cap=10").sha256


def test_every_ambiguity_is_there_and_names_known_parameters(make_params):
    assert [a.id for a in make_params().ambiguities] == [f"AMB-{n:02}" for n in range(1, 24)]


def test_one_value_may_be_changed_and_shows_as_changed(make_params):
    usual = make_params()
    changed = usual.having("dlt_window", {"anchor": "first_dose", "days": 21})
    assert changed.escalation.dlt_window.days == 21 and usual.escalation.dlt_window.days == 28
    assert [e.name for e in changed.non_default] == ["dlt_window"]
    assert changed.sha256 == make_params("dlt_window={anchor: first_dose, days: 21}").sha256
    with pytest.raises(ParamsError, match="mtd_min_n: expected 3 or 6, given 4"):
        usual.having("mtd_min_n", 4)


_AMERICAN = (("AEM", "EM"), ("TUMOUR", "TUMOR"), ("OESOPH", "ESOPH"), ("RRHOEA", "RRHEA"), ("PNOEA", "PNEA"))


def _lists(value, name=""):
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _lists(inner, f"{name}.{key}")]
    return [(name, value)] if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value) else []


def test_a_term_in_british_spelling_stands_beside_the_american(make_params):
    """A coder's spelling must not decide whether an event is one of its kind."""
    terms = [entry for entry in make_params().about.values() if entry.section == "terms"]
    alone = []
    for name, words in [found for entry in terms for found in _lists(entry.value, entry.name)]:
        for word in words:
            american = word
            for british, other in _AMERICAN:
                american = american.replace(british, other)
            alone += [f"{name}: {word}"] if american not in words else []
    assert alone == []


def test_a_catheter_event_is_the_same_for_the_clause_and_for_special_interest(make_params):
    """Rulings 3.3: D08 by the term file of special interest."""
    terms = make_params().terms
    assert set(terms.catheter) == set(terms.aesi_terms["CATHETER"])
    assert {*terms.peritonitis, *terms.perforation, *terms.obstruction} - set(terms.aesi_terms["ABDOMINAL"]) == set()
