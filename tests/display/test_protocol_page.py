"""Chapter 0 says what the protocol says, also where it says two things."""

from nk521lib.display.tables.protocol import table_design


def test_both_phases_are_shown_and_the_body_wins(make_params):
    """AMB-01: the listing says Phase 0, the body Phase 1."""
    assert "Phase 1 (the listing says Phase 0)" in table_design(make_params()).html
