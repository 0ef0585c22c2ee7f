"""A notebook as a page: the question and its answer first, code on demand, nothing that runs."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nk521lib.edge.render import render_notebook


def page(*outputs, source="say()", tags=()):
    code = new_code_cell(source, execution_count=1, outputs=list(outputs), metadata={"tags": list(tags)})
    return render_notebook(new_notebook(cells=[new_markdown_cell("# 3  Safety\n\n*What happened?*"), code]), {})


def shown(html, **more):
    return new_output("execute_result", {"text/html": html, "text/plain": "plain", **more}, execution_count=1)


def test_title_leaves_the_body_and_loses_its_number():
    body = page()
    assert body.title == "Safety" and "<h1" not in body.lead and "<em>What happened?</em>" in body.lead


def test_notebook_without_a_title_is_untitled():
    assert render_notebook(new_notebook(cells=[]), {}).title == "Untitled"


def test_answer_is_taken_from_the_first_headline_as_text():
    body = page(shown('<p class="say">2 of 6 &lt; 3 had an event</p><h2>Part</h2><p class="say">later</p>'))
    assert body.answers == ("2 of 6 < 3 had an event",)


def test_parts_are_listed_and_can_be_reached():
    body = page(shown("<h2>What <em>was</em> seen</h2><p>x</p><h2>Why</h2>"))
    assert [(anchor, str(text)) for anchor, text in body.toc] == [("part-1", "What was seen"), ("part-2", "Why")]
    assert '<h2 id="part-1">' in body.parts and "<h2" not in body.lead


def test_code_is_there_for_those_who_ask():
    assert '<div class="code">' in page(source="table_levels(cut)").lead


def test_injected_parameters_are_not_shown():
    assert "secret_path" not in page(source='snapshot = "secret_path"', tags=["injected-parameters"]).lead


@pytest.mark.parametrize(
    "output",
    [
        new_output("display_data", {"application/javascript": "alert(1)"}),
        new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}),
        new_output("stream", name="stderr", text="alert(1) model_id"),
        new_output("display_data", {"text/latex": "alert(1) model_id"}),
        new_output("error", ename="alert(1)", evalue="model_id", traceback=["alert(1)"]),
    ],
)
def test_what_is_not_on_the_list_is_not_shown(output):
    body = page(output)
    assert "alert(1)" not in body.lead and "model_id" not in body.lead


def test_html_wins_over_plain_text_and_is_cleaned():
    body = page(shown("<p onclick='x()'>seen</p>"))
    assert "<p>seen</p>" in body.lead and "plain" not in body.lead


def test_plain_text_and_stdout_are_escaped():
    body = page(new_output("stream", name="stdout", text="<script>1</script>"))
    assert "&lt;script&gt;" in body.lead


def test_picture_is_embedded():
    assert 'src="data:image/png;base64,AAAA"' in page(new_output("display_data", {"image/png": "AAAA"})).lead


def test_markdown_cannot_bring_a_script():
    cells = [new_markdown_cell("# T"), new_markdown_cell("<script>1</script>\n\n[x](http://x) and [y](javascript:z)")]
    body = render_notebook(new_notebook(cells=cells), {})
    assert "script" not in body.lead and "href" not in body.lead


def test_same_notebook_same_bytes():
    assert page(shown("<h2>a</h2>")) == page(shown("<h2>a</h2>"))


NOTICE = '<p class="notice ">Nobody has a response.</p>'
NUMBERED = '<p class="notice "><span data-r="x-1">0</span> responses.</p>'


#   what the two cells show          how often the page says it
@pytest.mark.parametrize("first, between, second, times", [
    (NOTICE, None, NOTICE, 1),
    (NOTICE, "Another question.", NOTICE, 2),  # prose must not stand without an answer
    (NUMBERED, None, NUMBERED, 2),  # a number keeps its place
    (NOTICE + "<p>x</p>", None, NOTICE, 2),
])  # fmt: skip
def test_two_cells_silent_for_one_reason_say_it_once(first, between, second, times):
    cells = [new_code_cell("a", outputs=[shown(first)]), new_code_cell("b", outputs=[shown(second)])]
    if between:
        cells.insert(1, new_markdown_cell(between))
    html = render_notebook(new_notebook(cells=cells), {}).lead
    assert html.count('<p class="notice') == times and html.count('class="code"') == 2
