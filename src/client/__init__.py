"""Uploads frames, gathers their answers, writes out/."""
