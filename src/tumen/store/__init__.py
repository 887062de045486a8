"""The run store: every question asked, with its inputs and its answer, kept until it is deleted."""
