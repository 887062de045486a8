"""Who may come in, and what one request may take."""
