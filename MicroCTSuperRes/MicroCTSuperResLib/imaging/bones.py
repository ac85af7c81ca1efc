"""Finding bones."""
