"""Gongji 共济: family mutual aid from the personal accounts of the employees' medical insurance."""
