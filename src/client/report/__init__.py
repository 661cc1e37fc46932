"""``python -m src.client report``: one self-contained page to look at a run with."""
