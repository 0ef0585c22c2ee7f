"""Checks of the specification that are made where their subject matter is known; listed here so that none is forgotten."""

from nk521lib.chapters.checks.check import Check
from nk521lib.terms import Effect, Severity

_REJECT, _BLOCK, _FLAG = Effect.REJECT, Effect.BLOCK, Effect.FLAG

CHECKS = (
    Check("NKD-001", Severity.ERROR, (_REJECT,), "the files are those of the manifest, byte for byte, row for row",
          "A cut or changed file would be read as fewer events", where="edge/manifest_file.py and the readers"),
    Check("NKD-050", Severity.ERROR, (_FLAG,), "no enrolled subject fails a criterion or is undecided on one",
          "A failed one is a deviation from the protocol, an undecided one a question to the site",
          where="chapters/screening"),
    Check("NKD-051", Severity.WARNING, (_FLAG,), "IE records and data agree", "One of the two is wrong",
          where="chapters/screening"),
    Check("NKD-060", Severity.ERROR, (_BLOCK,), "no subject is dosed at a level that no decision opened, or while the committee holds the group",
          "The path of the trial is not that of the rules, or not that of the committee", where="chapters/escalation"),
    Check("NKD-061", Severity.WARNING, (_FLAG,), "sentinel spacing and windows between levels are kept",
          "The first subject of a level shows what the next may expect", where="chapters/escalation"),
    Check("NKD-062", Severity.WARNING, (_FLAG,), "no group is above its cap, no two levels are open at once",
          "9 subjects per group [P]; a level is closed before the next one opens", where="chapters/escalation"),
    Check("NKD-070", Severity.WARNING, (_FLAG,), "sums of diameters and lesion counts agree with the lesions",
          "Response is recomputed from the lesions", where="chapters/efficacy"),
    Check("NKD-071", Severity.WARNING, (_FLAG,), "recorded responses agree with the lesions", "Differences are queries",
          where="chapters/efficacy"),
)  # fmt: skip
