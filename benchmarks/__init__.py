"""Measurements side by side: see README.md in this folder."""
