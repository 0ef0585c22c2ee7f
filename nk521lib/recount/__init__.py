"""The decisive numbers a second time, by other means: plain loops over records, written from the specification alone.

Nothing here comes from `chapters` or `standards`: only the typed snapshot, its parameters and the terms are shared. A run
compares both (`recount`); where they differ, no proposal to dose is published as if it could be read.
What this second implementation does not know how to read, it says (`Beyond`), and it is counted as not recomputed: not
run is never pass.
"""

from nk521lib.recount.compare import Claims, Item, Recount, recount
from nk521lib.recount.records import Beyond

__all__ = ["Beyond", "Claims", "Item", "Recount", "recount"]
