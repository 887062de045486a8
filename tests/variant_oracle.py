"""The variants' equations put together again in levels, apart from the package, in plain NumPy.

Takes a result's public numbers and says how far each equation is from holding. Arrays are
[importer n, exporter i, sector j] and [region n, sector j, input k]. What a result does not show,
pay by sector, follows from what it shows: with the wage bill of a sector over the labour force x
and mean earnings e, pay is e^mu x^(1-mu), or the floor where that is higher.
"""

from __future__ import annotations

import numpy as np

import oracle


def held(world, name, default):
    """A variant's variable as an array, or its neutral value."""
    data = world.dataset
    if name not in data:
        return default
    dims = {"region": "region", "sector": "sector"}
    order = {dim: data.indexes[dims[dim]] for dim in data[name].dims}
    return data[name].sel(order).values.astype(float)


def ces(share, price, rho):
    """Price of a bundle of parts along the last axis, new over base."""
    if abs(rho - 1) < 1e-9:
        return np.exp((share * np.log(price)).sum(-1))
    return (share * price ** (1 - rho)).sum(-1) ** (1 / (1 - rho))


def bundle(world, data, pay, price):
    """Cost [n, j] and the shares of value added and inputs in it, nests included."""
    psi = held(world, "profit_share", np.zeros(price.shape[1]))[None, :]
    added, inputs = (data.added - psi) / (1 - psi), data.inputs / (1 - psi)[..., None]
    rho = float(held(world, "input_substitution", 1.0))
    outer = float(held(world, "value_added_substitution", rho))
    inner = float(held(world, "energy_substitution", rho))
    energy = held(world, "energy", np.zeros(price.shape[1])).astype(bool)
    groups = [(~energy, rho), (energy, inner)] if energy.any() else [(np.ones_like(energy), rho)]
    parts, prices = [], []
    for member, elasticity in groups:
        part = (inputs * member).sum(-1)
        within = np.divide(
            inputs * member, part[..., None], out=np.zeros_like(inputs), where=part[..., None] > 0
        )
        parts.append(part)
        grown = ces(within, price[:, None, :], elasticity)
        prices.append(np.where(part > 0, grown, 1.0))
    part, grown = np.stack(parts, -1), np.stack(prices, -1)
    whole = part.sum(-1)
    shares = np.divide(part, whole[..., None], out=np.zeros_like(part), where=whole[..., None] > 0)
    middle = np.where(whole > 0, ces(shares, grown, rho), 1.0)
    cost = ces(np.stack([added, whole], -1), np.stack([pay, middle], -1), outer)
    new_added = added * (pay / cost) ** (1 - outer)
    new_inputs = np.zeros_like(inputs)
    for at, (member, elasticity) in enumerate(groups):
        own = grown[..., at]
        moved = (price[:, None, :] / own[..., None]) ** (1 - elasticity)
        moved = moved * ((own / middle) ** (1 - rho) * (middle / cost) ** (1 - outer))[..., None]
        new_inputs += inputs * member * moved
    return cost, new_added * (1 - psi), new_inputs * (1 - psi)[..., None]


def sourced(world, data, change, cost, price):
    """Shares of spending by supplier [n, i, j] at these costs and prices, tiers included."""
    barrier = change.cost * (1 + change.tariff) / (1 + data.tariff)
    open_cells = (data.share > 0) & (change.weight > 0)
    # In logs over the largest term of each buyer: elasticities of 65 leave the range of numbers.
    exponent = np.where(
        open_cells,
        np.log(np.where(open_cells, data.share * change.weight, 1))
        - data.theta * np.log(barrier * cost[None, :, :]),
        -np.inf,
    )
    largest = np.max(exponent, axis=1)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    kernel = np.exp(exponent - largest[:, None, :])
    between = held(world, "import_elasticity", data.theta)
    own = np.eye(len(cost), dtype=bool)[:, :, None]
    at_home = (data.share * own).sum(1)
    found = np.zeros_like(kernel)
    for mask, base in ((own, at_home), (~own, 1 - at_home)):
        bracket = (kernel * mask).sum(1)
        tier = np.where(
            (base > 0) & (bracket > 0),
            base
            * (np.where(base > 0, bracket / np.where(base > 0, base, 1), 1))
            ** (between / data.theta),
            0.0,
        )
        share = tier * np.exp(between * (np.log(price) + largest / data.theta))
        inside = np.divide(
            kernel * mask,
            bracket[:, None, :],
            out=np.zeros_like(kernel),
            where=bracket[:, None, :] > 0,
        )
        found += share[:, None, :] * inside
    return found


def gaps(world, change, closure, result) -> dict[str, float]:
    """Largest gap of each equation, relative to what it is about."""
    data = oracle.data_of(world.dataset)
    sector = ("region", "sector")
    order = {"region": world.dataset.indexes["region"], "sector": world.dataset.indexes["sector"]}
    read = lambda name: getattr(result, name).sel(order).transpose(*sector).values  # noqa: E731
    flow = result.trade_flow.transpose(*oracle.BILATERAL).values
    output, spending, price = read("gross_output"), read("expenditure"), read("price_hat")
    primary, income = result.value_added.values, result.income.values
    revenue, wage = result.tariff_revenue.values, result.wage_hat.values
    employment = result.employment_hat.values
    psi = held(world, "profit_share", np.zeros(price.shape[1]))[None, :]
    output0 = (data.share / (1 + data.tariff) * data.spending[:, None, :]).sum(0)
    bill0 = (data.added - psi) * output0
    consumer = np.exp((data.final * np.log(price)).sum(1))
    chi = held(world, "capital_response", np.zeros(len(wage)))
    # Per head of the labour force: pay of a unit, hours, and units that capital adds.
    growth = (wage * employment / consumer) ** chi
    earned = wage * employment * growth
    mobility = held(world, "mobility", np.ones(len(wage)))[:, None]
    scale = held(world, "scale_elasticity", np.zeros(price.shape[1]))[None, :]
    floor = held(world, "wage_floor", np.zeros(len(wage)))[:, None]
    hours = held(world, "labour_supply_elasticity", np.zeros(len(wage)))
    # Pay and the shares of cost depend on each other where sectors differ: iterate to both.
    bill = bill0 * (output / np.where(output0 > 0, output0, 1))
    for _ in range(200):
        x = np.where(bill0 > 0, bill / np.where(bill0 > 0, bill0, 1), 1) / change.labour[:, None]
        wanted = np.where(
            mobility < 1, earned[:, None] ** mobility * x ** (1 - mobility), earned[:, None]
        )
        if hours.any():
            inner = (earned / growth * consumer**hours) ** (1 / (1 + hours))
            wanted = (inner * growth)[:, None] + 0 * x
        wanted = wanted / growth[:, None]
        pay = np.maximum(wanted, floor)
        cost, added, inputs = bundle(world, data, pay, price)
        new = added * output
        if np.abs(new - bill).max() < 1e-14 * np.abs(new).max():
            break
        bill = new
    at_work = np.where(bill0 > 0, bill / np.where(bill0 > 0, bill0, 1), 1) / pay
    cost = cost / change.productivity / at_work**scale
    share = sourced(world, data, change, cost, price)
    uses = np.einsum("njk,nj->nk", inputs, output) + data.final * income[:, None]
    size = spending.sum(1)
    spend = oracle.final_spending(data, change, closure, primary, revenue)
    value_added = ((added + psi) * output).sum(1)
    profits = value_added / (added * output).sum(1)
    profits0 = ((bill0 + psi * output0).sum(1)) / bill0.sum(1)
    found = {
        "shares sum to one": np.where(spending > 0, share.sum(1) - 1, 0.0),
        "trade flow": (flow * (1 + change.tariff) - share * spending[:, None, :])
        / size[:, None, None],
        "output": (flow.sum(0) - output) / size[:, None],
        "uses": (uses - spending) / size[:, None],
        "factor market": value_added / primary - 1,
        "primary income": primary / (earned * change.labour * data.value_added * profits / profits0)
        - 1,
        "final spending": (spend - income) / size,
        "numeraire": primary.sum() / data.value_added.sum() - 1,
        "tariff revenue": ((flow * change.tariff).sum((1, 2)) - revenue) / size,
    }
    if floor.any() and (mobility == 1).all():
        found["floor"] = np.minimum(wage - floor[:, 0], 0)
        found["complementarity"] = (wage - floor[:, 0]) * (1 - employment)
    if hours.any():
        found["hours"] = employment - (wage / consumer) ** hours
    return {name: float(np.abs(gap).max()) for name, gap in found.items()}
