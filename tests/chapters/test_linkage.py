"""Looking records up: the same as pandas' own reindex and isin, without an object for every record."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from nk521lib.chapters.linkage import among, of_subject

_IDS = st.lists(st.sampled_from(["A", "B", "C", "D", None]), max_size=8)


@given(_IDS, st.sampled_from(["Int64", "Float64", "string", "boolean", "float64", "datetime64[s]"]))
def test_of_subject_is_a_look_up_by_key(ids, dtype):
    values = {"string": ["x", "y", None], "boolean": [True, None, False]}.get(dtype, [1, 2, None])
    found = pd.Series(
        pd.array(values, dtype="Int64" if dtype.startswith(("float", "date")) else dtype), index=["A", "C", "E"]
    )
    found = found.astype("float64").astype(dtype) if dtype.startswith(("float", "date")) else found
    usubjid = pd.Series(ids, index=range(10, 10 + len(ids)), dtype="string")
    expected = found.reindex(usubjid.to_numpy()).set_axis(usubjid.index)
    pd.testing.assert_series_equal(of_subject(usubjid, found), expected)


@given(_IDS, _IDS)
def test_among_is_isin_of_the_values_that_are_there(ids, values):
    text = pd.Series(ids, index=range(10, 10 + len(ids)), dtype="string")
    pd.testing.assert_series_equal(
        among(text, pd.Series(values, dtype="string")), text.isin([v for v in values if v is not None])
    )
