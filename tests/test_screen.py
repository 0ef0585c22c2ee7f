"""Findings on the screen: grouped by what they do, counted, plain in a pipe, harmless to a terminal."""

import sys

import pytest

from nk521lib.cli.screen import show_findings
from nk521lib.edge.checked import Checked
from nk521lib.findings import Finding, to_frame
from nk521lib.terms import Effect, Severity

FOUND = [
    Finding("NKD-042", Severity.INFO, Effect.FLAG, "LB: PCT is <0.05", domain="LB", usubjid="X-1", seq="8", key="NKD-042/LB/X-1/8#12345678"),
    Finding("NKD-020", Severity.ERROR, Effect.BLOCK, "EX: EXDOSE is missing", "A", "EX", "X-1", "3", key="NKD-020/EX/X-1/3#12345678"),
    Finding("NKD-015", Severity.INFO, Effect.HANDLED, "MH: MHSTDTC is partial\x1b[31m", key="NKD-015#12345678", disposition="answered by dm"),
]  # fmt: skip


def answered(found):
    return Checked("T001", "T001 of NCT07561437", tuple(to_frame(found).fillna("").to_dict("records")), "")


@pytest.fixture
def shown(capsys):
    def shown(found):
        show_findings(answered(found))
        return capsys.readouterr().out.splitlines()

    return shown


def test_worst_first_each_with_place_and_key_then_the_count(shown):
    assert shown(FOUND) == [
        "T001 of NCT07561437",
        "", "BLOCK 1  withholds a proposal of its group to dose more until settled or acknowledged",
        "  NKD-020  group A X-1 EX 3: EXDOSE is missing", "           NKD-020/EX/X-1/3#12345678",
        "", "FLAG 1  to look at; changes nothing", "  NKD-042  X-1 LB 8: PCT is <0.05", "           NKD-042/LB/X-1/8#12345678",
        "", "HANDLED 1  read on by a stated rule, or counted", "  NKD-015  MH: MHSTDTC is partial [31m", "           NKD-015#12345678",
        "           answered by dm",
        "", "T001: 3 findings: 1 BLOCK, 1 FLAG, 1 HANDLED; 1 answered, acknowledged or lapsed",
    ]  # fmt: skip


def test_nothing_found_is_said(shown):
    assert shown([])[-1] == "T001: no findings: 0 BLOCK, 0 FLAG, 0 HANDLED"


@pytest.mark.parametrize("terminal, quiet, coloured", [(True, "", True), (True, "1", False), (False, "", False)])
def test_colour_only_on_a_terminal_that_wants_it(monkeypatch, capsys, terminal, quiet, coloured):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("NO_COLOR", quiet)
    monkeypatch.setenv("TERM", "xterm")
    show_findings(answered(FOUND[:2]))
    assert ("\x1b[" in capsys.readouterr().out) is coloured
