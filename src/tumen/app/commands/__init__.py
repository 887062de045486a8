"""What the commands do, once `tumen.app.cli` has read their arguments."""
