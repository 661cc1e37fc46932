"""The function that names faces."""
