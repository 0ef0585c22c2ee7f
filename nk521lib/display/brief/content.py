"""The brief as a whole: ribbon, proposal, what blocks it, the sections in their order, the block to sign."""

from typing import Any

from nk521lib.display.brief import beside, events, people
from nk521lib.display.brief.material import Material, clipped
from nk521lib.display.foreseen import say_possible
from nk521lib.display.proposal import STATUS_OF, mark, sentence, stated
from nk521lib.display.say import MARKS, extraction, protocol_stated, show_value
from nk521lib.display.words import day
from nk521lib.terms import Decision, Effect

SECTIONS = (
    people.ladder, people.pending, events.narratives, people.cohorts, events.by_grade, people.on_treatment, beside.exposure,
    beside.designs, beside.assumptions, beside.data, beside.earlier,
)  # fmt: skip
"""In the order of a reader's doubts."""


def brief_of(material: Material, group: str) -> dict[str, Any]:
    """Everything on the paper of one group with a dose decision.

    Keys: head (what it is about and from what), marks (ribbons of every page), proposal (sentence, mark, why), alerts
    (what stands above the proposal), elsewhere (DLTs and deaths of the other groups), sections (title, blocks: text, list or table), signature (lines to fill in).
    """
    cut, entry = material.cut, material.entry(group)
    label = next((g.label for g in cut.params.trial.groups if g.id == group), "")
    return {
        "head": _head(material, group, label),
        "marks": _marks(material, entry),
        "alerts": _alerts(material, group),
        "proposal": _proposal(material, group),
        "elsewhere": events.seen_elsewhere(material, group),
        "sections": [part(material, group) for part in SECTIONS],
        "signature": _signature(material, group),
    }


def _head(material: Material, group: str, label: str) -> dict[str, str]:
    cut, m = material.cut, material.cut.manifest
    return {
        "title": f"Group {group}, {label}" if label else f"Group {group}", "study": m.study, "trial": cut.params.trial.title,
        "snapshot": m.snapshot_id, "cutoff": day(m.cutoff_date), "extracted": extraction(m),
        "protocol": protocol_stated(m), "manifest": cut.manifest_sha256[:12],
        "parameters": cut.params.sha256[:12], "pack": material.pack_sha256[:12], "software": material.software,
        "running": f"{m.study} · group {group} · snapshot {m.snapshot_id} · data up to {day(m.cutoff_date)}",
        "settings": _settings(material),
    }  # fmt: skip


def _settings(material: Material) -> str:
    changed = [f"[{e.tag}] {e.name} = {show_value(e.value)} (default {show_value(e.default)})" for e in material.cut.params.non_default]  # fmt: skip
    return clipped("; ".join(changed), "", 600)


def _marks(material: Material, entry) -> list[str]:
    """Said on every page: what keeps this paper from being taken for more than it is."""
    marks = ["SYNTHETIC DATA, not from any patient"] if material.cut.manifest.synthetic else []
    if material.decisions.get("scenario"):
        marks.append("WHAT IF, not the record")
    elif material.cut.params.non_default:
        marks.append("WHAT IF, settings differ from default")
    if material.left_out:
        marks.append(f"INCOMPLETE, without {', '.join(material.left_out)}")
    return [*marks, *(["PROPOSAL WITHHELD"] if entry["withheld"] else [])]


def _alerts(material: Material, group: str) -> list[dict[str, str]]:
    """What must be read before the proposal, worst first."""
    entry, findings = material.entry(group), material.findings
    blocking = findings[findings["effect"].eq(Effect.BLOCK) & (findings["group"].eq(group).fillna(False) | findings["group"].fillna("").eq(""))]  # fmt: skip
    withheld = [str(because) for because in entry["withheld_because"]]
    others = [f"{r.id} {r.message}" for r in blocking.itertuples()]
    word = "Withheld until answered" if entry["withheld"] else "To be read first"
    said = [*withheld, *(line for line in others if not any(line in w or w in line for w in withheld))]
    alerts = [{"word": word, "text": clipped(line, longest=500)} for line in said]
    alerts += [{"word": "On hold", "text": clipped(because, longest=500)} for because in entry["hold_because"]]
    return alerts + [{"word": "Known after the cut-off", "text": line} for line in events.known_after(material, group)]


def _proposal(material: Material, group: str) -> dict[str, str]:
    entry = material.entry(group)
    status = "stop" if entry["withheld"] else STATUS_OF[Decision(entry["decision"])]
    foreseen = material.of_group("adforesn", group)
    still = "" if entry["certain"] else " " + say_possible(material.cut.params, entry["possible"], foreseen)
    said, why = stated(material.cut.params, entry)
    return {
        "sentence": said, "mark": mark(entry), "shape": MARKS[status], "status": status,
        "certainty": _certainty(entry), "why": why + still,
    }  # fmt: skip


def _certainty(entry) -> str:
    if entry["withheld"]:
        return "What is named above must be settled or acknowledged first."
    if entry["decision"] == Decision.HOLD:
        return "The hold ends only by a later decision of the committee, whatever the outcomes that are still open."
    if entry["certain"]:
        return "No outcome that is still open can change it."
    if not any(level["m"] for level in entry["levels"]):
        return "Subjects who are still to be dosed can change it."
    return "Outcomes that are still open can change it."


def _signature(material: Material, group: str) -> dict[str, Any]:
    entry = material.entry(group)
    agree = (
        "No new subject until what is named above is answered"
        if entry["withheld"]
        else f"As proposed: {sentence(material.cut.params, entry)}"
    )
    return {
        "agree": agree, "differ": "Otherwise, namely:", "hash": material.pack_sha256,
        "note": "The hash names the pack whose numbers stand here: its data, decisions, result rows and findings. "
                "The command nk521 verify computes it again; nk521 record writes the decision, with this hash, for the next snapshot.",
    }  # fmt: skip
