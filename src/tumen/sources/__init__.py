"""Raw public files to tidy tables with provenance."""
