r"""How many records lie inside the bands that a model gave for them, and what that says.

Bands that hold what they promise catch each record with the same probability, so the number caught
is binomial, if the records are independent of one another. The interval for the true share is the
exact one of Clopper & Pearson (1934), The use of confidence or fiducial limits illustrated in the
case of the binomial, Biometrika 26(4).
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import special

# The band runs from the 5th to the 95th percentile of the draws.
PROMISED = 0.9
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Coverage:
    """So many of so many records inside their bands."""

    inside: int
    of: int
    promised: float = PROMISED

    @property
    def expected(self) -> float:
        """How many a perfect model would catch on average."""
        return self.promised * self.of

    @property
    def interval(self) -> tuple[float, float]:
        r"""Shares that the count does not rule out, at 95 %.

        Low: the $\alpha/2$ quantile of Beta(k, n-k+1); high: the $1-\alpha/2$ quantile of
        Beta(k+1, n-k); 0 and 1 where k is 0 or n. All shares where there is no record.
        """
        k, n, tail = self.inside, self.of, (1 - CONFIDENCE) / 2
        low = 0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, tail))
        high = 1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1 - tail))
        return low, high

    @property
    def chance(self) -> float:
        """Probability that bands which hold what they promise catch so few, or fewer."""
        return float(special.bdtr(self.inside, self.of, self.promised)) if self.of else 1.0


def distance(record: float, low: float, high: float) -> float:
    """From the nearer end of the band to the record: 0 inside, below the band negative."""
    return min(record - low, 0.0) + max(record - high, 0.0)
