"""The reader's trail, offline and without a script: from a number to its people, from a person to the records and the rules
that read them, from a rule to every number it touched.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

import pandas as pd
from markupsafe import Markup

from nk521lib.chapters.rulebook import RULES, Rule, numbers_by_rule
from nk521lib.display.pages.shell import Shell, render
from nk521lib.display.say import show_value
from nk521lib.display.words import plural, short_id
from nk521lib.params import Params

PEOPLE, RULEBOOK = "people.html", "rules.html"
_SHOWN = re.compile(r'(<span\b[^>]*\bdata-r="([^"]+)"[^>]*>)([^<]*\d[^<]*)(</span>)')
_OPENING = re.compile(r'<(\w+)\b([^>]*?)\bdata-r="([^" ]+)')
_LANDING = re.compile(r' ?id="n-(\w+)" data-r=')
_FOLDED_FROM = 12
"""Answers of one kind on a subject's page, above which they open on demand."""


@dataclass(frozen=True)
class Behind:
    """Who stands behind each result row. sets : name -> subjects, each set of subjects once. of : row id -> name of its set."""

    sets: Mapping[str, tuple[str, ...]] = field(repr=False)
    of: Mapping[str, str] = field(repr=False)
    analyses: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, results: pd.DataFrame) -> "Behind":
        """results : rows of results.parquet. A number with nobody behind it has no set."""
        sets, of = {}, {}
        for row, ids in zip(results["row_id"], results["usubjids"], strict=True):
            people = tuple(sorted(ids))
            if people:
                name = "p-" + hashlib.sha256("\x1f".join(people).encode()).hexdigest()[:8]
                sets[name] = people
                of[row] = name
        return cls(sets, of, dict(zip(results["row_id"], results["analysis_id"], strict=True)))


def link_counts(html: str, behind: Behind) -> Markup:
    """Every number that does not open its people where it stands becomes a link to them; nobody's number stays text."""

    def linked(found: re.Match) -> str:
        name = behind.of.get(found[2].split()[0])
        if name is None:
            return found[0]
        return f'{found[1]}<a class="behind" href="{PEOPLE}#{name}">{found[3]}</a>{found[4]}'

    return Markup(_SHOWN.sub(linked, html))


def analyses_on(pages: Mapping[str, str]) -> dict[str, list[str]]:
    """Analysis -> files of the pages with a place to land at its numbers, in their order."""
    found: dict[str, list[str]] = {}
    for file, text in pages.items():
        for name in _LANDING.findall(text):
            found.setdefault(name, []).append(file)
    return found


def with_landings(text: str, behind: Behind) -> str:
    """The page with a place to land at the first number of each analysis, for the links of the rules page."""
    seen: set[str] = set()

    def landed(found: re.Match) -> str:
        name = behind.analyses.get(found[3])
        if name is None or name in seen or " id=" in found[2]:
            return found[0]
        seen.add(name)
        return f'<{found[1]}{found[2]}id="n-{name}" data-r="{found[3]}'

    return _OPENING.sub(landed, text)


def people_page(shell: Shell, behind: Behind, pages: Mapping[str, str], hrefs: Mapping[str, str]) -> str:
    """Each set of subjects that a page links to, once, with the rules and analyses whose numbers rest on it."""
    used = {name for text in pages.values() for name in re.findall(rf'href="{PEOPLE}#([\w-]+)"', text)}
    why: dict[str, dict[str, None]] = {name: {} for name in used}
    for row, name in behind.of.items():
        if name in used:
            why[name].setdefault(behind.analyses[row])
    entries = []
    for name in sorted(used, key=lambda n: (len(behind.sets[n]), behind.sets[n])):
        people = Markup(" ").join(_person(usubjid, hrefs) for usubjid in behind.sets[name])
        entries.append((name, plural(len(behind.sets[name]), "subject"), people, _made_by(why[name])))
    return render("people.html.j2", shell, "The people behind the numbers", PEOPLE, kind="trail", entries=entries)


def _made_by(analyses: Iterable[str]) -> list[tuple[Rule | None, list[str]]]:
    """The rules behind these analyses, each with its own; last those of no rule."""
    touched = numbers_by_rule(analyses)
    rules: dict[str, Rule | None] = {rule.id: rule for rule in RULES} | {"": None}
    return [(rule, touched[name]) for name, rule in rules.items() if touched.get(name)]


def rules_page(
    shell: Shell, params: Params, behind: Behind, shown: Mapping[str, list[str]], titles: Mapping[str, str]
) -> str:
    """Each rule with its parameters as they are in force, and every analysis that it touched. titles : page title by file."""
    touched = numbers_by_rule(behind.analyses.values())
    counts = pd.Series(list(behind.analyses.values())).value_counts() if behind.analyses else {}
    rules = []
    for rule in RULES:
        numbers = [(name, plural(int(counts[name]), "number"), [(file, titles.get(file, file)) for file in shown.get(name, ())])
                   for name in touched[rule.id]]  # fmt: skip
        entries = [params.about[name] for name in rule.parameters if name in params.about]
        values = [(f"[{e.tag}]", e.name, show_value(e.value), e.differs, e.source) for e in entries]
        rules.append((rule, values, numbers))
    return render("rules.html.j2", shell, "The rules and the numbers they made", RULEBOOK, kind="trail", rules=rules,
                  others=touched.get("", []), toc=[(rule.id, rule.says) for rule in RULES])  # fmt: skip


def uses_section(uses: pd.DataFrame, records: Mapping[str, set[str]]) -> Markup:
    """For one subject's page: what was concluded, from which records, by which rule. records : ids of that page by domain."""
    names = {rule.id: rule for rule in RULES}
    rows = {rule: [] for rule in names}
    for use in uses.to_dict("records"):
        cells = (
            use["ANSWER"],
            use["VALUE"] if pd.notna(use["VALUE"]) else "no value",
            _records(use["RECORDS"], records),
        )
        rows[use["RULE"]].append(f"<tr><td>{escape(str(cells[0]))}<td>{escape(str(cells[1]))}<td>{cells[2]}")
    parts = []
    for rule, lines in rows.items():
        if lines:
            head = f'<a href="../{RULEBOOK}#{rule}">{escape(names[rule].says)}</a> <span class="soft">{escape(names[rule].spec)}</span>'
            table = f'<div class="scroll"><table><thead><tr><th scope="col">Answer</th><th scope="col">Value</th><th scope="col">Records</th></tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
            opened = "" if len(lines) > _FOLDED_FROM else " open"
            parts.append(f'<details class="records"{opened}><summary>{head}</summary>{table}</details>')
    return Markup("<h2>What the rules made of these records</h2>" + "".join(parts)) if parts else Markup("")


def referenced(uses: pd.DataFrame) -> set[tuple[str, str, str]]:
    """(USUBJID, domain, sequence) of every record that an answer names."""
    found = set()
    for usubjid, text in zip(uses["USUBJID"], uses["RECORDS"].fillna(""), strict=True):
        for item in filter(None, text.split(";")):
            domain, colon, seq = item.partition(":")
            if colon:
                found.add((usubjid, domain, seq))
    return found


def _records(text: object, known: Mapping[str, set[str]]) -> str:
    """`AE 3, EX 1`: each a link to the record, where this page shows it."""
    made = []
    for item in filter(None, ("" if pd.isna(text) else str(text)).split(";")):
        domain, _, seq = item.partition(":")
        words = escape(f"{domain} {seq}".strip())
        if seq and seq in known.get(domain, ()):
            made.append(f'<a href="#{escape(domain)}-{escape(seq)}">{words}</a>')
        elif domain in known:
            made.append(f'<a href="#{escape(domain)}">{words}</a>')
        else:
            made.append(words)
    return ", ".join(made) or '<span class="soft">no record</span>'


def _person(usubjid: str, hrefs: Mapping[str, str]) -> Markup:
    if usubjid in hrefs:
        return Markup('<a href="{}" title="{}">{}</a>').format(hrefs[usubjid], usubjid, short_id(usubjid))
    return Markup('<span title="{}, not dosed">{}</span>').format(usubjid, short_id(usubjid))


def with_trail(
    pages: Mapping[str, str], results: pd.DataFrame, shell: Shell, params: Params, hrefs: Mapping[str, str]
) -> dict[str, str]:
    """The pages with their numbers linked to people and rules, and the two pages that these links lead to."""
    behind = Behind.read(results)
    linked = {file: with_landings(str(link_counts(text, behind)), behind) for file, text in pages.items()}
    titles = {page.file: page.title for page in shell.pages}
    linked[PEOPLE] = people_page(shell, behind, linked, hrefs)
    linked[RULEBOOK] = rules_page(shell, params, behind, analyses_on(linked), titles)
    return linked
