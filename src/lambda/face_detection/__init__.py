"""The function that finds faces in frames."""
