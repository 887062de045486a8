"""What holds for every case that ships beside the first."""

import re

import pytest

from tumen.scenario.evidence import read_evidence
from tumen.scenario.locate import locate


@pytest.mark.parametrize("name", ["minsk-moscow", "tehran-moscow"])
def test_every_source_is_used_and_has_a_link(name):
    folder = locate(name).parent
    cited = set(re.findall(r"\b[A-Z]\d{3}\b", (folder / "case.yaml").read_text("utf-8")))
    evidence = read_evidence(folder / "evidence.csv")
    assert set(evidence) == cited
    for key, item in evidence.items():
        assert item.reliability in "ABCD", key
        assert item.link.startswith("http"), key
