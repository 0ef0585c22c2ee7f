"""What is derived once is derived from what it may read, and nobody can change it for others."""

from dataclasses import replace

import pandas as pd
import pytest

from nk521lib.cut import derived_once, read_once


@pytest.fixture
def counted():
    """counted(decorator): a derivation of the subjects, and the list of times it was really made."""

    def counted(decorator, reads=lambda cut: None):
        made = []

        @decorator
        def derive(cut):
            made.append(reads(cut))
            return pd.DataFrame({"USUBJID": cut["DM"]["USUBJID"]})

        return derive, made

    return counted


@pytest.fixture
def cut(make_cut):
    return make_cut(DM=[{"USUBJID": "X-1"}])


def test_what_reads_parameters_is_made_again_under_others(cut, counted):
    derive, made = counted(derived_once)
    derive(cut), derive(cut)
    assert len(made) == 1
    derive(replace(cut, params=cut.params.having("mtd_min_n", 3)))
    assert len(made) == 2


def test_what_reads_records_alone_is_shared_with_every_parameter_but_not_with_other_records(cut, counted):
    derive, made = counted(read_once)
    derive(cut)
    other = replace(cut, params=cut.params.having("mtd_min_n", 3))
    assert derive(other).equals(derive(cut)) and len(made) == 1
    assert derive(replace(cut, frames={"DM": cut["DM"].assign(USUBJID="X-2")}))["USUBJID"].tolist() == ["X-2"]
    assert derive(cut)["USUBJID"].tolist() == ["X-1"] and len(made) >= 2


def test_what_is_said_to_read_no_parameter_is_given_none(cut, counted):
    derive, _ = counted(read_once, reads=lambda cut: cut.params.trial)
    with pytest.raises(AttributeError):
        derive(cut)


@pytest.mark.parametrize("decorator", [derived_once, read_once])
def test_each_caller_may_write_to_what_it_gets(cut, counted, decorator):
    derive, _ = counted(decorator)
    mine = derive(cut)
    mine.loc[0, "USUBJID"], mine["NEW"] = "changed", 1
    assert derive(cut).to_dict("list") == {"USUBJID": ["X-1"]}
