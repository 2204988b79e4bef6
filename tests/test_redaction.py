"""No personal data in any log line of the whole test run. Moved to the end by the conftest."""

from pathlib import Path

import pytest

from tests.redaction import all_lines, findings

PLANTED = {
    "an ID number": '{"event": "x", "who": "530602199001011239"}',
    "a name": '{"event": "x", "who": "测试甲"}',
    "a phone number": '{"event": "x", "to": "13800000000"}',
    "a token": "Bearer ivnaytbvuqiraf6l.8SiM8KJpelrum-0I14zYOR_i3HlBb3f7auXVZkSm2ok",
}


@pytest.mark.parametrize("line", PLANTED.values(), ids=PLANTED)
def test_the_detector_finds(line: str) -> None:
    assert findings([line]) == [line]


def test_the_detector_lets_ordinary_lines_pass() -> None:
    line = '{"method": "POST", "route": "/v1/bindings/{binding_id}", "status": 201, "ms": 106.9}'
    assert findings([line]) == []


def test_no_personal_data_in_any_log_line(folder: Path, request: pytest.FixtureRequest) -> None:
    lines = all_lines(folder)
    if request.session.testscollected > 300:
        assert len(lines) > 500, "the whole run logged almost nothing: the net has a hole"
    assert findings(lines) == []
