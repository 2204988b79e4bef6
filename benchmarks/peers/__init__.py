"""The same business built otherwise, to compare with."""
