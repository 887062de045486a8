"""Hard questions end in the status they must, and no answer is believed unchecked."""

import numpy as np
import pytest

import stress

# The rest is asked with `-m slow`.
SHORT = {("4", 0.3)}
CASES = [
    pytest.param(worlds, id=str(worlds), marks=[] if worlds[:2] in SHORT else [pytest.mark.slow])
    for worlds in stress.ALL
]


@pytest.mark.parametrize("worlds", CASES)
def test_hard_questions_end_as_they_must(worlds):
    for asked, question in worlds.questions().items():
        result, gap = question.answer()
        assert result.status in worlds.may_end_in(asked), (asked, result.message)
        assert result.method in ("anderson", "newton-krylov")
        assert result.message
        if result.status != "converged":
            continue
        assert gap is not None
        assert gap < 1e-6, (asked, gap)  # a NaN fails too
        for name in ("real_income", "price_hat", "trade_flow", "gross_output", "employment_hat"):
            assert np.isfinite(getattr(result, name)).all(), (asked, name)
