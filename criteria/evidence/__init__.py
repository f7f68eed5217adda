"""Minh chứng: which files are taken, who may attach and remove, which conditions still lack it."""
