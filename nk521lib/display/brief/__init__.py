"""The committee's paper on one group, as data: what stands on it, in which order, in words; typst sets it (edge.brief).

`brief_of(material, group)` gives plain dicts, lists and text, ready for JSON. Nothing is computed here but words: every
number is a result row, a row of a dataset or an entry of decisions.json.
Contents: spec escalation.md section 8, rulings.md section 8.
"""

from nk521lib.display.brief.content import brief_of
from nk521lib.display.brief.material import ANALYSES, Material

__all__ = ["ANALYSES", "Material", "brief_of", "file_name"]


def file_name(group: str) -> str:
    """The paper's file in the pack: only characters that every file system takes as they are."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in group)
    return f"committee_{safe if safe == group else safe + '-' + group.encode().hex()[-12:]}.pdf"
