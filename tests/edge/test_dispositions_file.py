"""dispositions.csv: found beside the snapshots, read strictly, every fault in one line."""

import pytest

from nk521lib.edge.dispositions_file import read_dispositions
from nk521lib.edge.inputs import find_dispositions
from nk521lib.errors import UsageError

HEAD, KEY = "key,who,when,why\n", "NKD-033/AE/NK521-01-021/2#1a2b3c4d"


def write(folder, text):
    path = folder / "dispositions.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_is_found_beside_the_snapshot_or_where_it_is_named(tmp_path):
    path = write(tmp_path, HEAD)
    assert find_dispositions(str(tmp_path / "S001"), None) == path
    assert find_dispositions("demo:D3", None) is None
    assert find_dispositions("demo:D3", path) == path
    with pytest.raises(UsageError, match="no such file"):
        find_dispositions("demo:D3", tmp_path / "other.csv")


def test_it_is_read_as_text_in_any_order_of_columns(tmp_path):
    table = read_dispositions(write(tmp_path, f"why,KEY,when,who\ncoding under way,{KEY},2026-10-06,dm\n"))
    assert table.to_dict("records") == [{"KEY": KEY, "WHO": "dm", "WHEN": "2026-10-06", "WHY": "coding under way"}]
    assert read_dispositions(None).empty


#  the file                                     what is said
FAULTS = [
    ("key,who,why\n", "its columns are KEY, WHO, WHY, expected KEY, WHO, WHEN, WHY"),
    (f"{HEAD}{KEY},dm,2026-10-06,\n", "dispositions.csv line 2: WHY is empty"),
    (f"{HEAD}{KEY},,2026-10-06,x\n", "dispositions.csv line 2: WHO is empty"),
    (f"{HEAD}{KEY},dm,6 Oct,x\n", "line 2: WHEN is '6 Oct', expected a day as 2026-10-06"),
    (f"{HEAD}{KEY},dm,2026-10,x\n", "line 2: WHEN is '2026-10'"),
    (f"{HEAD}NKD-033,dm,2026-10-06,x\n", "line 2: KEY is 'NKD-033', expected a key as nk521 check prints it"),
    (f"{HEAD}{KEY},dm\n", "dispositions.csv line 2: 2 fields, expected 4"),
    ("", "dispositions.csv: the file is empty"),
]  # fmt: skip


@pytest.mark.parametrize("text, says", FAULTS)
def test_a_faulty_file_is_refused_in_one_line(tmp_path, text, says):
    with pytest.raises(UsageError) as refused:
        read_dispositions(write(tmp_path, text))
    assert len(refused.value.problems) == 1
    assert says in refused.value.problems[0]
