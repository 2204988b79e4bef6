"""Further policy files beside the shipped ones, and the one that `run` makes up."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from service.development_policies import AREA, write_policies
from service.domain.policy import PolicyFault
from service.world import read_policies

TODAY = date(2026, 12, 31)


def test_the_demonstration_window_is_open_and_says_what_it_is(tmp_path: Path) -> None:
    policies = read_policies(str(write_policies(tmp_path / "policies", today=TODAY)))
    rules = policies.at(TODAY, AREA)
    assert rules is not None
    window = rules.premium_window
    assert window.value is not None
    assert window.value.opens_on < TODAY < window.value.closes_on
    assert window.value.year == 2027
    assert "演示" in window.reference
    assert rules.premium_by_account.value, "the province's own rule still stands"


def test_it_moves_with_the_day(tmp_path: Path) -> None:
    for day in (TODAY, TODAY + timedelta(days=100)):
        policies = read_policies(str(write_policies(tmp_path, today=day)))
        rules = policies.at(day, AREA)
        assert rules is not None
        assert rules.premium_window.value is not None


def test_elsewhere_the_shipped_rules_stand(tmp_path: Path) -> None:
    policies = read_policies(str(write_policies(tmp_path, today=TODAY)))
    rules = policies.at(TODAY, "530100")
    assert rules is not None
    assert rules.premium_window.value is None


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(PolicyFault, match="no folder"):
        read_policies(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", ["cn.toml", "more.toml"])
def test_what_is_there_already_stops_the_start(tmp_path: Path, name: str) -> None:
    """By its name, or by the area it covers."""
    (tmp_path / name).write_text('area = "530000"\n[names]\n')
    with pytest.raises(PolicyFault):
        read_policies(str(tmp_path))


def test_bytes_that_are_no_text_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyFault):
        read_policies(str(tmp_path))
