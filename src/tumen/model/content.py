"""Whose factors a good is made of: value added by origin, all inputs of inputs counted."""

from __future__ import annotations

import numpy as np

from tumen.model.economy import Economy

SETTLED = 1e-13
MOST_ROUNDS = 10_000


def value_added_content(economy: Economy, sector: int, region: int) -> np.ndarray:
    r"""Value added of every region [region i] in a unit of output of a sector of one region.

    $v_i = \sum_k g_{ik} y_{ik}$ with $y = e + A y$ and
    $A_{ik,nj} = \pi_{nik}\gamma_{nk,j}/(1+\tau_{nik})$: output of every sector and region that the
    unit takes, directly and through inputs. Without tariffs the content sums to one; with them the
    rest is revenue, which uses no factors. Shapes: sector j, region n. Million USD a million USD.

    Source: Leontief, W. (1936); Miller & Blair (2009), Input-Output Analysis, chapter 2.
    """
    net = np.asarray(economy.trade_share) / (1 + np.asarray(economy.tariff))  # [k, n, i]
    inputs = np.asarray(economy.input_share)  # [n, j, k]
    wanted = np.zeros(economy.expenditure.shape)
    wanted[sector, region] = 1.0
    made, fresh = wanted, wanted
    for _ in range(MOST_ROUNDS):
        spent = np.einsum("njk,jn->kn", inputs, fresh)
        fresh = np.einsum("kni,kn->ki", net, spent)
        made = made + fresh
        if np.abs(fresh).max() < SETTLED:
            break
    return np.asarray((np.asarray(economy.value_added_share) * made).sum(axis=0))
