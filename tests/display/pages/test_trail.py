"""The reader's trail: number to people, people to records and rules, rule to numbers; every link leads somewhere."""

import re

import pandas as pd
import pytest

from nk521lib.chapters.rulebook import RULES
from nk521lib.display.pages import PageLink, Shell
from nk521lib.display.pages.subject import subject_pages
from nk521lib.display.pages.trail import PEOPLE, RULEBOOK, with_trail
from nk521lib.results import Column, fraction, to_frame

A, B, C = "NK521-01-001", "NK521-01-002", "NK521-01-003"
HREFS = {A: f"subjects/{A}.html", B: f"subjects/{B}.html"}
EVERYONE = Column("all", (A, B, C), "ALL", "ALL")


@pytest.fixture
def trail(make_cut):
    share = fraction(
        EVERYONE, {A, B}, analysis_id="ae_overview", chapter="safety", population="SAF", variable_level="ANY"
    )
    none = fraction(EVERYONE, set(), analysis_id="deaths", chapter="safety", population="SAF")
    text = (f'<td><span data-r="{share.n.row_id} {share.N.row_id}">2/3</span></td><td><span data-r="{none.n.row_id}">0/3</span></td>'
            f'<details class="who"><summary data-r="{share.n.row_id}">2/3</summary>opened</details>')  # fmt: skip
    cut = make_cut(DM=[{"USUBJID": A}])
    shell = Shell.of(cut, [PageLink("03_safety.html", "Safety")], "nk521lib")
    return with_trail({"03_safety.html": text}, to_frame([*share, *none]), shell, cut.params, HREFS)


def test_a_count_leads_to_its_people_and_nobodys_count_leads_nowhere(trail):
    page = trail["03_safety.html"]
    (anchor,) = re.findall(rf'<a class="behind" href="{PEOPLE}#([\w-]+)">2/3</a>', page)
    entry = trail[PEOPLE].partition(f'id="{anchor}"')[2].partition("</p>")[0]
    assert (
        HREFS[A] in entry and HREFS[B] in entry and "2 subjects" in entry and "ae_overview" in entry and C not in entry
    )
    assert f'<a href="{RULEBOOK}#teae">Treatment-emergent adverse event</a>' in entry
    assert ">0/3</span>" in page and '<summary id="n-ae_overview"' not in page


def test_a_rule_leads_to_its_numbers_with_its_parameters(trail):
    section = trail[RULEBOOK].partition('<h2 id="teae">')[2].partition("<h2")[0]
    assert '<a href="03_safety.html#n-ae_overview">Safety</a>' in section and "3 numbers" in section
    assert "[A]" in section and "teae_end_days" in section and "<b>28</b>" in section and "safety.md" in section
    assert 'id="n-ae_overview" data-r=' in trail["03_safety.html"]
    assert all(f'<h2 id="{rule.id}">' in trail[RULEBOOK] for rule in RULES)


def test_a_subjects_page_shows_records_with_their_sequence_and_the_rules_that_read_them(make_cut):
    cut = make_cut(
        DM=[{"USUBJID": A, "ARMCD": "A_DL1"}], EX=[{"USUBJID": A, "EXSTDTC": "2026-05-01", "EXDOSE": 1.0, "EXDOSU": "10^9 CELLS"}],
        AE=[{"USUBJID": A, "AESEQ": n, "AETERM": "<b>fever", "AESTDTC": "2026-05-02"} for n in (3, 4)],
    )  # fmt: skip
    adsl = pd.DataFrame([{"USUBJID": A, "SAFFL": "Y", "AGE": 60, "SEX": "F", "TRT01A": "A-DL1", "NDOSE": 1, "EOSSTT": pd.NA, "DTHFL": pd.NA,
                          **dict.fromkeys(("RFICDT", "TRTSDT", "TRTEDT", "LSTALVDT", "DTHDT"), pd.NaT)}]).astype({"SAFFL": "string"})  # fmt: skip
    uses = pd.DataFrame([(A, "DLT status", "DLT: <i>", "dlt-status", "AE:3;EX:1;XX:9"), (A, "OS", "no event", "os", "DM")],
                        columns=["USUBJID", "ANSWER", "VALUE", "RULE", "RECORDS"]).astype("string")  # fmt: skip
    shell = Shell.of(cut, [PageLink("index.html", "Front page")], "nk521lib")
    (page,) = subject_pages(shell, cut, adsl, None, None, uses).values()
    assert (
        f'<a href="../{RULEBOOK}#dlt-status">' in page and "rulings.md 3.1 to 3.6" in page and "DLT: &lt;i&gt;" in page
    )
    assert '<a href="#AE-3">AE 3</a>' in page and '<tr id="AE-3">' in page and 'id="AE-4"' not in page
    assert "XX 9" in page and 'href="#XX' not in page and "<td>DM" in page
    assert '<th scope="col">AESEQ</th>' in page
