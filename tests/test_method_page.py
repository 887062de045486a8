"""The page of the method: every equation of the code, drawn, with its source and its variables."""

import re
import xml.etree.ElementTree as ET

import pytest

import accessibility
import web
from tumen import vocabulary
from tumen.app.pages.maths import mathml, prose, worded
from tumen.model import equations
from tumen.report import method


@pytest.fixture(scope="module")
def text(server):
    return web.httpx.get(server + "/method", timeout=60).text


def formulas():
    for chapter in method.chapters():
        for equation in chapter.equations:
            for part in (*equation.paragraphs, equation.source):
                yield from re.findall(r"\$\$?(.+?)\$\$?", part, re.DOTALL)


def test_every_formula_of_the_code_becomes_sound_mathml():
    found = list(formulas())
    assert len(found) > 80
    for formula in found:
        root = ET.fromstring(mathml(formula))
        assert root.tag.endswith("math")
        drawn = "".join(root.itertext())
        assert "\\" not in drawn, formula
        assert "$" not in drawn


def test_every_function_has_its_place_and_its_words(text):
    for _, module, names in method.ORDER:
        for name in names:
            assert f'id="{name}"' in text
            assert getattr(module, name).__doc__
    assert "$" not in re.sub(r"<math.*?</math>", "", text, flags=re.DOTALL)
    assert "Caliendo &amp; Parro (2015), eq. (12)." in text


def test_a_docstring_that_changes_changes_the_page(monkeypatch):
    monkeypatch.setattr(
        equations.expenditure, "__doc__", "New words $X_{nj}$.\n\nSource: eq. (99)."
    )
    told = method.equation(equations, "expenditure")
    assert told.paragraphs == ("New words $X_{nj}$.",)
    assert told.source == "Caliendo & Parro (2015), eq. (99)."
    assert [variable.name for variable in told.variables] == ["expenditure"]


def test_variables_are_found_by_letter_hat_and_what_the_indices_run_over():
    def names(formula):
        return [variable.name for variable in method.spoken_of(f"${formula}$")]

    assert names(r"\hat P_{nj} = \hat P_n") == ["price_hat", "consumer_price_hat"]
    assert names(r"\pi'_{nnj} X_{nj}") == ["trade_share", "expenditure"]
    assert names(r"\gamma_{nk,j}") == ["input_share"]
    assert names(r"\varphi_j") == ["scale_elasticity"]
    assert names(r"\varphi_n \hat\tau P_{nj} w_n") == []


def test_words_in_formulas_are_words_and_indices_are_not():
    assert worded(r"\sum_{nij} bracket\,own'_n") == r"\sum_{nij} \text{bracket}\,\text{own}'_n"
    assert worded(r"\text{traffic}_l") == r"\text{traffic}_l"


def test_a_prime_stands_beside_its_letter_and_ln_keeps_its_distance():
    root = ET.fromstring(mathml(r"\ln X'_{nj}"))
    whole = "".join(root.itertext())
    assert whole.index("X") < whole.index("\N{PRIME}") < whole.index("n", whole.index("X"))
    assert not any(part.tag.endswith("msubsup") for part in root.iter())
    assert any(part.tag.endswith("mspace") for part in root.iter())


def test_prose_escapes_all_that_is_no_formula():
    shown = str(prose("<b> & `x<y` and *hat* of $a<b$"))
    assert shown.startswith("&lt;b&gt; &amp; <code>x&lt;y</code> and <em>hat</em>")
    ET.fromstring(f"<p>{shown}</p>")


def test_csv_holds_every_variable_with_its_unit(server):
    text = web.httpx.get(server + "/method/variables.csv", timeout=30).text
    for variables in (vocabulary.WORLD, vocabulary.OPTIONAL, vocabulary.RESULT):
        for name, variable in variables.items():
            assert re.search(rf"(?m)^{name},.*{re.escape(variable.unit)}", text)
    document = web.httpx.get(server + "/method/variables.json", timeout=30).json()
    assert "Data" not in document["citation"]


@pytest.mark.parametrize(
    ("size", "scheme", "name"),
    [
        (web.DESKTOP, "light", "method-desktop"),
        (web.PHONE, "light", "method-phone"),
        (web.PHONE, "dark", "method-phone-dark"),
    ],
)
def test_formulas_are_drawn_and_nothing_sticks_out(chromium, server, size, scheme, name):
    with web.watched(chromium, server, size, color_scheme=scheme) as watched:
        watched.go("/method#price_index")
        assert watched.fits()
        assert accessibility.grave(watched.page) == []
        box = watched.page.locator("#price_index math").first.bounding_box()
        assert box["height"] > 15
        assert box["width"] > 60
        watched.page.locator("#price_index summary").click()
        assert watched.page.locator("#price_index table").is_visible()
        watched.shoot(name)
        assert watched.errors == []
        assert watched.outside == []
