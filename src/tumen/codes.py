"""Named groups of economies, by ISO 3166 alpha-3 code and date, and how a name finds its members.

Memberships are public facts, written down here as of 2023 and placed in the public domain (CC0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tumen.errors import ShockError, nearest

EU27 = (
    "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL "
    "PRT ROU SVK SVN SWE"
)
G7 = "CAN DEU FRA GBR ITA JPN USA"

GROUPS: Mapping[str, frozenset[str]] = {
    name: frozenset(members.split())
    for name, members in {
        "EU27": EU27,
        "G7": G7,
        "EFTA": "CHE ISL LIE NOR",
        "EAEU": "ARM BLR KAZ KGZ RUS",
        "BRICS": "BRA CHN IND RUS ZAF",
        "ASEAN": "BRN IDN KHM LAO MMR MYS PHL SGP THA VNM",
        "NAFTA": "CAN MEX USA",
        # The states that restrict trade with Russia since 2022 and that the embedded world
        # shows on their own or in groups made of such states alone; New Zealand and
        # Singapore are part of larger groups there and are left out.
        "west": f"{EU27} {G7} AUS CHE ISL KOR LIE NOR TWN",
    }.items()
}


def members_of_group(group: str, regions: Mapping[str, Sequence[str]]) -> list[str] | None:
    """Regions all of whose member economies belong to the group; None if there is no such group.

    `regions` maps a region's label to the codes of its member economies.
    """
    wanted = {name.casefold(): codes for name, codes in GROUPS.items()}.get(group.casefold())
    if wanted is None:
        return None
    return [label for label, codes in regions.items() if codes and set(codes) <= wanted]


def resolve(
    selector: str | Iterable[str] | None,
    labels: Sequence[str],
    regions: Mapping[str, Sequence[str]] | None = None,
    *,
    field: str = "selector",
) -> list[str]:
    """Turn a label, a list of labels or groups, or None (all) into labels, in the world's order.

    Raises `ShockError` that names the unknown label and the nearest known ones.
    """
    if selector is None:
        return list(labels)
    wanted = [selector] if isinstance(selector, str) else list(selector)
    known = set(labels)
    chosen: set[str] = set()
    for name in wanted:
        if name in known:
            chosen.add(name)
            continue
        group = members_of_group(str(name), regions) if regions is not None else None
        if group is None:
            names = list(labels) + (list(GROUPS) if regions is not None else [])
            raise ShockError(f"{field}: unknown label {name!r}{nearest(str(name), names)}")
        if not group:
            raise ShockError(f"{field}: no region of this world lies wholly in group {name!r}")
        chosen.update(group)
    if not chosen:
        raise ShockError(f"{field}: an empty list selects nothing; use None for all")
    return [label for label in labels if label in chosen]
