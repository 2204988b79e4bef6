"""Verbs: one file each, one public function. No branch about money or policy lives here."""
