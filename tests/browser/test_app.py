"""The what-if app as a committee member meets it: opened, clicked, dragged, saved, loaded, refused."""

import re
import statistics
import time
from datetime import UTC, datetime

import pandas as pd
import pytest

from nk521lib.chapters import escalation
from nk521lib.edge import provenance
from nk521lib.edge.chapter import open_chapter
from nk521lib.edge.notebooks import CHAPTERS
from nk521lib.edge.workbench.scenario import load_scenario

pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def app(serving, watched, free_port, python, home):
    port = free_port()
    command = [
        python,
        "-m",
        "nk521lib.cli",
        "app",
        "demo:D3",
        "--port",
        str(port),
        "--no-browser",
        "--scenarios",
        str(home / "scenarios"),
        "--reports",
        str(home / "reports"),
    ]
    with serving(command, port, home):
        opened = watched(f"http://127.0.0.1:{port}")
        opened.page.wait_for_selector("text=THE RECORD.")
        yield opened
        opened.page.close()


@pytest.fixture
def page(app):
    """On the record, group B, the first fold open."""
    app.page.get_by_role("button", name="Back to the record").click()
    app.page.wait_for_selector("text=THE RECORD.")
    app.page.locator(".widget-toggle-buttons", has_text="Group").locator("button", has_text=re.compile("^B$")).click()
    app.page.wait_for_selector("code:has-text('1NTNNNP')")
    return app.page


@pytest.fixture
def pack(home):
    """What recording reads of the pack of the open snapshot, its proposals those of the record."""
    cut, pack = open_chapter("demo:D3"), home / "reports" / "D3"
    pack.mkdir(parents=True)
    decisions = escalation.decide_groups(cut)
    (pack / "decisions.json").write_text(provenance.to_json(decisions), encoding="utf-8")
    facts = provenance.describe(pack, cut, CHAPTERS, (), (), datetime.now(UTC))
    (pack / provenance.FILE).write_text(provenance.to_json(facts), encoding="utf-8")
    return pack


def status_of(page, subject: str, status: str):
    row = page.locator(".widget-toggle-buttons", has_text=f"{subject} DL")
    return row.locator("button", has_text=re.compile(f"^{status}$"))


def fold(page, title: str):
    page.locator(
        ".lm-AccordionPanel-title, .jupyter-widget-Collapse-header, .p-Collapse-header", has_text=title
    ).first.click()


def test_it_opens_on_this_machine_alone_and_complains_of_nothing(app):
    assert app.outside == [] and app.errors == []
    assert app.page.locator("text=Escalate to 6 × 10⁹ cells (DL3)").count() == 1
    assert app.page.evaluate("document.documentElement.scrollWidth <= 1280")


def test_a_status_changed_by_one_click_is_answered_and_marked(page, app):
    took = []
    for status, words in (
        ("DLT", "Stop: no tolerated dose"),
        ("clear", "Hold at the cap of 9"),
        ("DLT", "Stop: no tolerated dose"),
    ):
        begun = time.perf_counter()
        status_of(page, "021", status).click()
        page.wait_for_selector(f".wi-two .wi-card:nth-child(2) :text('{words}')")
        took.append(1000 * (time.perf_counter() - begun))
    print(f"click to answer on the page, median {statistics.median(took):.0f} ms of {len(took)}")
    assert page.locator("text=WHAT IF, NOT THE RECORD.").count() == 1
    assert page.locator("text=021: DLT instead of window open").count() == 1
    status_of(page, "021", "as recorded").click()
    page.wait_for_selector("text=THE RECORD.")


def test_the_keyboard_is_enough(page):
    status_of(page, "021", "as recorded").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_selector("text=021: clear instead of window open")


def test_of_many_fast_changes_the_last_one_wins(page):
    fold(page, "3+3, cap, target")
    slider = page.locator(".widget-slider", has_text="Cap of the group")
    slider.locator(".noUi-handle").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=Cap of the group: 15 instead of 9")
    box = slider.locator(".noUi-base").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(box["x"] + box["width"] * (0.8 - 0.025 * step), box["y"] + box["height"] / 2)
    page.mouse.up()
    shown = slider.locator(".widget-readout").inner_text().strip()
    page.wait_for_selector(f"text=Cap of the group: {shown} instead of 9" if shown != "9" else "text=THE RECORD.")
    fold(page, "Subjects")


def test_a_scenario_is_saved_loaded_and_the_same(page, home):
    page.get_by_role("button", name="Next one is a DLT").click()
    page.wait_for_selector("text=021: DLT instead of window open")
    fold(page, "Save and load")
    page.get_by_placeholder("a name for the file").fill("from-the-browser")
    page.get_by_placeholder("why it was asked").fill(HOSTILE)
    page.get_by_role("button", name="Save scenario").click()
    page.wait_for_selector("text=Saved as from-the-browser.yaml")
    cut = open_chapter("demo:D3")
    asked, note = load_scenario(home / "scenarios" / "from-the-browser.yaml", cut)
    assert [str(status) for _, status in asked.statuses] == ["DLT"] and note == HOSTILE
    page.get_by_role("button", name="Back to the record").click()
    page.wait_for_selector("text=THE RECORD.")
    page.get_by_role("button", name="Load scenario").click()
    page.wait_for_selector("text=021: DLT instead of window open")
    fold(page, "Subjects")


def test_the_decision_is_recorded_against_the_pack_and_never_twice(page, app, home, request):
    turn = lambda name: page.get_by_role("button", name=name, exact=True).click()
    turn("Record the decision")
    page.wait_for_selector("text=No pack of D3 in")
    assert page.locator(f"text=nk521 run demo:D3 --out {home / 'reports'}").count() == 1
    pack = request.getfixturevalue("pack")
    turn("What if")
    page.get_by_role("button", name="Next one is a DLT").click()
    page.wait_for_selector("text=WHAT IF, NOT THE RECORD.")
    turn("Record the decision")
    page.wait_for_selector("text=against the proposal of the pack, not against the what-if")
    file, code = home / "reports" / "D3.adjud.csv", provenance.content_sha256(pack)
    for said in (str(pack), str(file), "ESCALATE to level 3, certain", code):
        assert page.get_by_text(said).count() >= 1, said
    turn("Record this decision")
    page.wait_for_selector("text=reason: missing")
    page.get_by_label("Decision").select_option(label="Hold: nobody new is dosed")
    page.wait_for_selector("text=departs from the proposal")
    for label, text in (("Reason", HOSTILE), ("Present", "Chair"), ("Decided on", "2026-10-07"), ("Recorded by", "DM"),
                        ("Code on the paper", code[:12])):  # fmt: skip
        page.get_by_label(label).fill(text)
    turn("Record this decision")
    page.wait_for_selector("text=Put these rows into adjud.csv")
    rows = pd.read_csv(file, dtype=str)
    assert rows[["GROUP", "VALUE", "REASON", "DEPARTS", "PACKSHA"]].values.tolist() == [
        ["A", "HOLD", HOSTILE, "Y", code]
    ]
    assert page.locator(f"td:has-text('{HOSTILE}')").count() >= 1 and page.locator("img[src=x]").count() == 0
    assert provenance.verify(pack) == [] and sorted(path.name for path in pack.parent.glob("[!.]*")) == [
        "D3",
        "D3.adjud.csv",
    ]
    turn("Look again")
    page.wait_for_selector("text=already holds the decision on D3 (HOLD, 2026-10-07)")
    assert page.get_by_role("button", name="Record this decision").is_disabled()
    assert page.evaluate("document.documentElement.scrollWidth <= 1280") and app.errors == []
    turn("What if")
    page.wait_for_selector("text=WHAT IF, NOT THE RECORD.")


def test_what_is_refused_says_why_and_hostile_text_is_text(app):
    page = app.page
    box = page.get_by_placeholder("folder with snapshot.json")
    box.fill(HOSTILE)
    page.get_by_role("button", name="Open", exact=True).click()
    page.wait_for_selector("text=is refused: nothing can be asked of it")
    assert page.locator(f"text={HOSTILE}").count() >= 1 and page.locator("img[src=x]").count() == 0
    assert page.locator("text=Traceback").count() == 0
    box.fill("demo:D2")
    page.get_by_role("button", name="Open", exact=True).click()
    page.wait_for_selector("text=Snapshot D2")
    page.wait_for_selector("text=THE RECORD.")
    assert app.outside == [] and app.errors == []
