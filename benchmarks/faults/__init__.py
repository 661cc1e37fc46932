"""The real pipeline on the embedded stack while all that can fail does: nothing may be lost, doubled or wrong."""
