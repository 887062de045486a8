"""A run with draws: its bands, its document and its report agree with the draws."""

import json
from dataclasses import replace

import numpy as np
import pytest

import tumen
from cases import write_case
from test_cli import call, complaint
from test_sample import ranged
from tumen.report.bands import loss_reach, offset_reach
from tumen.report.case_page import briefing, page
from tumen.report.document import Figure, Table, render
from tumen.report.summary import document
from tumen.report.words import caveats, headline


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    path = write_case(tmp_path_factory.mktemp("case"), ranged)
    return tumen.run(path, draws=96, workers=1)


def test_bands_are_those_of_the_draws(drawn):
    for region in ("Quay", "Alder"):
        values = drawn.sample.value(f"loss.{region}.pressure")
        reach = loss_reach(drawn, drawn.main, region, "pressure")
        assert (reach.low, reach.high) == pytest.approx(np.quantile(values, (0.05, 0.95)))
        assert reach.central == pytest.approx(100 * drawn.main.central.loss(region, "pressure"))
        ratio = offset_reach(drawn, drawn.main, region)
        if ratio.central is not None and ratio.low is not None:
            known = drawn.sample.value(f"offset_ratio.{drawn.main.phase.id}.{region}")
            known = known[np.isfinite(known)]
            assert (ratio.low, ratio.high) == pytest.approx(np.quantile(known, (0.05, 0.95)))


def test_sentences_say_where_their_bands_are_from(drawn):
    said = " ".join(headline(drawn, region) for region in ("Quay", "Alder"))
    assert "90 % of draws" in said
    assert "range" not in said
    assert "Bands hold 90 % of 96 draws" in " ".join(caveats(drawn))
    ends = replace(drawn, sample=None)
    assert "90 % of draws" not in " ".join(headline(ends, region) for region in ("Quay", "Alder"))
    assert "bounds, not probabilities" in " ".join(caveats(ends))


def test_no_ratio_where_the_band_of_the_loss_holds_nought(drawn, monkeypatch):
    real = type(drawn.sample).value

    def shifted(sample, name):
        values = real(sample, name)
        return values - np.median(values) if name == "loss.Quay.pressure" else values

    assert drawn.main.offset_ratio("Quay")["central"] is not None
    monkeypatch.setattr(type(drawn.sample), "value", shifted)
    assert offset_reach(drawn, drawn.main, "Quay").central is None


def test_every_table_and_figure_of_a_drawn_page_has_sources(drawn):
    blocks = [
        block
        for section in briefing(drawn, document(drawn))
        for block in section.blocks
        if isinstance(block, (Table, Figure))
    ]
    assert len(blocks) > 8
    assert [block.title if isinstance(block, Table) else block.caption
            for block in blocks if not block.sources] == []  # fmt: skip


def test_the_report_shows_what_the_answer_hangs_on(drawn):
    text = render(page(drawn))
    assert "What the answer hangs on" in text
    assert "Where the next analyst should look" in text
    assert "Lines hold 90 % of 96 draws" in text


@pytest.mark.slow
def test_the_command_writes_draws_and_says_how_they_went(capsys, tmp_path):
    path = write_case(tmp_path, ranged)
    out = tmp_path / "out"
    settings = ("--draws", "96", "--workers", "1", "--out", out)
    code, text, err = call(capsys, "run", path, *settings, "--total-effects", "16", "--json")
    assert code == 0, err
    told = json.loads(text)
    assert told["draws"]["draws"] == 96
    assert told["draws"]["ended"] == {"converged": 96}
    assert told["draws"]["residual"] <= 1e-10
    assert set(told["draws"]["bands"]) >= {"loss.Quay.pressure", "loss.Alder.pressure"}
    by_outcome = told["total_effects"]["by_outcome"]
    assert set(by_outcome) | set(told["total_effects"]["left_out"]) == set(told["draws"]["bands"])
    parts = by_outcome["offset_ratio.war.Quay"]
    assert sum(part["total"] for part in parts.values()) > 0.9
    assert (out / "draws-0" / "plain.parquet").is_file()
    code, text, err = call(capsys, "sample", path, *settings)
    assert code == 0, err
    assert "96 converged" in text
    assert "Quay: loss" in text


def test_a_design_that_cannot_be_is_refused_before_anything_runs(capsys, tmp_path):
    path = write_case(tmp_path, ranged)
    out = tmp_path / "out"
    said = complaint(capsys, "run", path, "--total-effects", "10", "--out", out)
    assert "base is 10; it must be a power of two" in said
    assert not out.exists()


@pytest.mark.slow
def test_few_draws_say_what_they_cannot_tell(capsys, tmp_path):
    path = write_case(tmp_path, ranged)
    code, text, err = call(
        capsys, "run", path, "--draws", "4", "--workers", "1", "--out", tmp_path / "out", "--json"
    )
    assert code == 0, err
    reasons = [one.get("reason", "") for one in json.loads(text)["sensitivity"]["headline"]]
    assert any("4 draws are too few" in reason for reason in reasons)
