"""Chapter 0: the trial at a glance, every parameter with its tag, every ambiguity with its reading."""

from nk521lib.chapters.protocol import count_domains
from nk521lib.cut import Cut
from nk521lib.display.say import Html, headline, show_value
from nk521lib.display.tables.base import Cell, table
from nk521lib.display.words import cells, listed, plural
from nk521lib.params import About, Params

SECTION_TITLES = {
    "trial": "The trial", "data": "Reading the data", "screening": "Screening", "escalation": "Dose escalation",
    "safety": "Safety", "efficacy": "Efficacy",
}  # fmt: skip


def say_design(params: Params) -> Html:
    """The design in one sentence, from the parameters in use."""
    trial, rules = params.trial, params.escalation
    if not trial.groups or not trial.levels:
        return headline(f"{trial.title}: no dose levels, so there is nothing to escalate.")
    doses = listed([cells(level).removesuffix(f" × {cells(level).split(' × ')[1]}") for level in trial.levels])
    power = cells(trial.levels[0]).split(" × ")[1]
    same_power = all(cells(level).endswith(power) for level in trial.levels)
    amounts = f"{doses} × {power}" if same_power else listed([cells(level) for level in trial.levels])
    groups = plural(len(trial.groups), "group climbs", "groups climb")
    return headline(
        f"{len(trial.groups)} {groups.partition(' ')[2]} separately over {amounts} cells, {rules.design}, "
        f"at most {rules.group_cap} subjects each."
    )


def table_design(params: Params) -> Html:
    """Groups, levels, schedule and cap, with the tag of each."""
    trial, rules = params.trial, params.escalation
    groups = "; ".join(f"{g.id} {g.label}" for g in trial.groups)
    levels = "; ".join(f"{trial.level_prefix}{i} {cells(level)} cells" for i, level in enumerate(trial.levels, 1))
    window = f"{rules.dlt_window.days} days from {rules.dlt_window.anchor.replace('_', ' ')}"
    rows = [
        ("Study", trial.study, "study"), ("Product", trial.product, "product"),
        ("Phase", f"{trial.body_phase} (the listing says {trial.listing_phase})", "body_phase"),
        ("Groups", groups or "none", "groups"), ("Dose levels", levels or "none", "levels"),
        ("Doses on study days", show_value(trial.dose_days), "dose_days"), ("Design", rules.design, "design"),
        ("Places per group", str(rules.group_cap), "group_cap"), ("DLT window", window, "dlt_window"),
        ("MTD needs", f"{rules.mtd_min_n} evaluable subjects", "mtd_min_n"),
    ]  # fmt: skip
    return table(
        "design",
        "The design as this workbook reads it",
        [
            {"": name, "Value": text, "Tag": _tag(params.about[key]), "Source": params.about[key].source}
            for name, text, key in rows
        ],
        note="P stated in the protocol · S published standard · A our assumption",
    )


def table_parameters(params: Params, section: str) -> Html:
    """Every parameter of a section: value, tag, source, alternatives."""
    entries = [entry for entry in params.about.values() if entry.section == section]
    return table(
        f"parameters-{section}",
        f"{SECTION_TITLES[section]}: {plural(len(entries), 'parameter')}, "
        f"{sum(e.tag == 'A' for e in entries)} of them our assumption",
        [
            {
                "Parameter": Cell(entry.name),
                "Value": Cell(
                    show_value(entry.value) + (f" (default {show_value(entry.default)})" if entry.differs else "")
                ),
                "Tag": _tag(entry),
                "Alternatives": Cell(" | ".join(show_value(a) for a in entry.alternatives) or "none named"),
                "Source": Cell(entry.source + (f"; {entry.says}" if entry.says else "")),
            }
            for entry in entries
        ],
    )


def table_ambiguities(params: Params) -> Html:
    """What the protocol leaves open, how it is read, and the parameter that would change the reading."""
    return table(
        "ambiguities",
        f"{len(params.ambiguities)} points the protocol leaves open, and how each is read",
        [
            {
                "": item.id,
                "The text": item.issue,
                "Read as": item.reading,
                "Set by": "; ".join(f"{name} = {show_value(params.about[name].value)}" for name in item.parameters)
                or "no parameter",
            }
            for item in params.ambiguities
        ],
    )


def table_changes(params: Params) -> Html:
    """Parameters that differ from the defaults: what makes this run a scenario."""
    return table(
        "changes",
        f"{plural(len(params.non_default), 'setting differs', 'settings differ')} from the defaults",
        [
            {"Parameter": e.name, "In this run": show_value(e.value), "Default": show_value(e.default), "Tag": _tag(e)}
            for e in params.non_default
        ],
        empty="Every parameter has its default value.",
    )


def table_domains(cut: Cut) -> Html:
    """What the snapshot brought."""
    rows = list(count_domains(cut))
    absent = [code for code, _, records, _ in rows if records is None]
    return table(
        "domains",
        f"The snapshot brings {plural(len(rows) - len(absent), 'domain')} that a chapter reads",
        [
            {"Domain": code, "Content": label, "Records up to the cut-off": str(records), "Subjects": subjects}
            for code, label, records, subjects in rows
            if records is not None
        ],
        note=f"Not in the snapshot: {listed(absent)}.",
        right=["Records up to the cut-off", "Subjects"],
    )


def _tag(entry: About) -> Cell:
    return Cell(entry.tag.value)
