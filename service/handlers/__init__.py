"""URLs: parse, call a flow or a store read, render. Nothing is decided here."""
