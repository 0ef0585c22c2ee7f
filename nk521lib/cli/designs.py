"""Commands about dose-finding designs: next, oc."""

import json
import warnings
from typing import Annotated

import typer

from nk521lib.cli.many import Scheduler, counted
from nk521lib.cli.shared import Debug, Json, Params, Settings, app, reported, warn
from nk521lib.errors import UsageError


@app.command("next")
def next_dose(
    history: Annotated[str, typer.Argument(help='Outcomes so far, as "1NNN 2NNT": a level, then one letter per subject; N no DLT, T DLT, P pending.')],
    group: Annotated[str | None, typer.Option(help="Group the answer is for.")] = None,
    design: Annotated[str, typer.Option(help="3+3, boin, mtpi2 or crm.")] = "3+3",
    params: Params = None,
    settings: Settings = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:  # fmt: skip
    """What the design says after these outcomes."""
    with reported(debug):
        from nk521lib.edge.design_answers import answer_next
        from nk521lib.edge.parameters import read_params

        answer = answer_next(history, read_params(params or (), settings or ()), design, group)
        print(json.dumps(answer) if as_json else _said(answer, group))


@app.command()
def oc(
    truth: Annotated[str | None, typer.Option(help="True DLT rate per level, as 0.10,0.25,0.40.")] = None,
    grid: Annotated[str | None, typer.Option(help="Instead, every row of these rates that does not fall from level to level; printed as CSV.")] = None,
    design: Annotated[str, typer.Option(help="3+3, boin, mtpi2 or crm.")] = "3+3",
    cap: Annotated[int | None, typer.Option(help="Most subjects of a group; the sample size of boin, mtpi2 and crm.")] = None,
    start: Annotated[str, typer.Option("--from", help='Start from a history, as "1NNN".')] = "",
    scheduler: Scheduler = None,
    params: Params = None,
    settings: Settings = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Operating characteristics of a design: how often it finds which dose, and with how many subjects."""
    with reported(debug):
        if (truth is None) == (grid is None):
            raise UsageError("expected one of --truth 0.10,0.25,0.40 and --grid 0.05,0.15,0.25")
        if grid is not None:
            answers = _swept(grid, design, cap, start, scheduler, params or (), settings or ())
            print(json.dumps(answers) if as_json else _as_csv(answers))
            return
        from nk521lib.edge.design_answers import answer_oc
        from nk521lib.edge.parameters import read_params

        rates, used = _rates("--truth", truth), read_params(params or (), settings or ())
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always", UserWarning)
            answer = answer_oc(rates, used, design, cap, start)
        if len(rates) != len(used.trial.levels):
            warn(
                f"--truth {truth}: {len(rates)} rates for a ladder of {len(used.trial.levels)}; answered for a ladder of {len(rates)}"
            )
        for text in dict.fromkeys(str(doubt.message) for doubt in doubts):
            warn(f"--truth {truth}: {text}")
        print(json.dumps(answer) if as_json else _characteristics(answer))


def _swept(rates: str, design: str, cap: int | None, start: str, scheduler: str | None, params, settings) -> list[dict]:
    from nk521lib.edge.batch import sweep
    from nk521lib.edge.parameters import read_params

    truths = sweep.grid(_rates("--grid", rates), len(read_params(params, settings).trial.levels))
    with counted("tasks") as progress:
        return sweep.sweep(truths, params, settings, design, cap, start, scheduler, progress)


def _as_csv(answers: list[dict]) -> str:
    """One line a truth: the truth, P(MTD = each level), P(no MTD), E(N), P(N above the cap), E(DLT)."""
    levels = range(1, len(answers[0]["truth"]) + 1)
    heads = [f"truth_{level}" for level in levels] + [f"p_mtd_{level}" for level in levels]
    lines = [",".join([*heads, "p_mtd_none", "e_n", "p_n_over_cap", "e_dlt"])]
    for answer in answers:
        over = "" if answer["p_n_over_cap"] is None else answer["p_n_over_cap"]
        values = [*answer["truth"], *answer["p_mtd"].values(), answer["e_n"], over, answer["e_dlt"]]
        lines.append(",".join(str(value) for value in values))
    return "\n".join(lines)


def _rates(option: str, text: str) -> list[float]:
    rates = []
    for part in text.split(","):
        try:
            rates.append(float(part))
        except ValueError:
            raise UsageError(f"{option} {text}: {part!r} is not a rate; expected numbers as 0.10,0.25,0.40") from None
    return rates


def _said(answer: dict, group: str | None) -> str:
    where = f"Group {group}: " if group else ""
    to = f" to level {answer['to_level']}" if answer["to_level"] else ""
    would = f" (would be {answer['would_be']}, {answer['short_by']} places short)" if answer["would_be"] else ""
    sure = "certain" if answer["certain"] else "still possible: " + ", ".join(answer["possible"])
    mtd = f"\nMTD level {answer['mtd']}, {answer['claim']}" if answer["mtd"] else ""
    counts = f"level {answer['level']}: {answer['x']} of {answer['n']} with a DLT, {answer['m']} pending"
    return f"{where}{answer['decision']}{to}{would}, {sure}\n{counts}\n{answer['reason']}{mtd}"


def _characteristics(answer: dict) -> str:
    how = "exact" if answer["exact"] else f"{answer['n_sim']} simulated trials, seed {answer['seed']}"
    lines = [f"{answer['design']}, {how}; true DLT rates {', '.join(f'{rate:g}' for rate in answer['truth'])}"]
    lines += [f"P(MTD = level {level})  {p:.4f}" for level, p in answer["p_mtd"].items() if level != "none"]
    lines += [f"P(no MTD)           {answer['p_mtd']['none']:.4f}", f"E(N)                {answer['e_n']:.3f}"]
    if answer["p_n_over_cap"] is not None:
        lines.append(f"P(N above the cap)  {answer['p_n_over_cap']:.4f}")
    return "\n".join([*lines, f"E(DLT)              {answer['e_dlt']:.3f}"])
