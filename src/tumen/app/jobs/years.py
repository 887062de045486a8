"""A case's path over the years on its own: solved, as a table, and as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from tumen.analysis.timeline import Timeline
    from tumen.scenario.load import Case


def timeline_of(case: Case) -> Timeline:
    """The years of a case, without the splits and questions that a full run answers too."""
    import xarray as xr

    from tumen.analysis.fourworlds import ENDS, PhaseResult
    from tumen.analysis.phases import lifted, switches_of, with_ties
    from tumen.analysis.splitting import units_of
    from tumen.analysis.timeline import timeline

    phases = {
        phase.id: PhaseResult(
            phase,
            case.world,
            {},
            {end: switches_of(case, phase, end) for end in ENDS},
            units_of(case.scenario),
            xr.Dataset(),
        )
        for phase in with_ties(case)
    }
    return timeline(case, phases, lifted(case)[0])


def years_csv(found: Timeline) -> bytes:
    """Every number of the paths, one row for a path, an end, a year and a region."""
    table = found.change.to_dataframe(name="real_income_change_per_cent")
    table["capital_over_path_without"] = found.capital.to_dataframe(name="capital")["capital"]
    return table.reset_index().to_csv(index=False).encode()


def years_document(case: Case, found: Timeline) -> dict[str, Any]:
    """The paths in plain values, stamped: by region, path, end of the figures, and year."""

    def by_end(values: xr.DataArray) -> dict[str, Any]:
        return {str(end): values.sel(end=end).values.tolist() for end in values["end"].values}

    def by_region(values: xr.DataArray) -> dict[str, Any]:
        return {
            str(region): {
                str(path): by_end(values.sel(region=region, path=path))
                for path in values["path"].values
            }
            for region in values["region"].values
        }

    return {
        "case": case.name,
        "title": case.scenario.title,
        "scenario_hash": case.digest,
        "made": dict(found.stamp),
        "targets": list(case.scenario.targets),
        "years": [int(year) for year in found.change["year"].values],
        "phases": {
            name: {"title": phase.title, "first": phase.first, "last": phase.last}
            for name, phase in found.phases.items()
        },
        "real_income_change_per_cent": by_region(found.change),
        "capital_over_path_without": by_region(found.capital),
        "worth_constant_change": by_region(found.welfare),
    }
