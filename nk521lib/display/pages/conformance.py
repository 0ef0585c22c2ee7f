"""The page of advice: the SDTMIG rules that the snapshot deviates from, those nobody could ask, and those that hold."""

import pandas as pd

from nk521lib.display.pages.shell import Shell, render
from nk521lib.display.words import plural

FILE = "conformance.html"


def conformance_page(shell: Shell, advice: pd.DataFrame, version: str) -> str:
    """advice : one row per rule; rule, severity, says, status (deviates, holds, not run), issues, where, why."""
    rows = advice.astype(object).where(advice.notna(), "").to_dict("records")
    by_status = {
        status: [row for row in rows if row["status"] == status] for status in ("deviates", "not run", "holds")
    }
    run = len(by_status["deviates"]) + len(by_status["holds"])
    sections = [
        ("deviates", f"{plural(len(by_status['deviates']), 'rule')} deviated from", by_status["deviates"]),
        ("not-run", f"{plural(len(by_status['not run']), 'rule')} not run", by_status["not run"]),
        ("holds", f"{plural(len(by_status['holds']), 'rule')} without a deviation", by_status["holds"]),
    ]
    title = f"Advice on SDTMIG {version}: {len(by_status['deviates'])} of {run} rules that could be run deviate"
    toc = [(anchor, heading) for anchor, heading, some in sections if some]
    return render(
        "conformance.html.j2", shell, title, FILE, kind="findings", sections=sections, toc=toc, version=version
    )
