"""The list of institutions as operators hand it in: good lines are read, bad ones are told."""

import csv
import io
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import seed
from service.domain.institution import Institution, area_prefix
from service.domain.institution_file import HEADER, InstitutionFile, read_institutions

GOOD = {
    "code": "H53060200001",
    "name": "示例三级医院（昭通）",
    "kind": "hospital",
    "level": "tertiary",
    "area": "530602",
    "address": "示例路1号",
    "services": "outpatient;inpatient",
    "patient_areas": "",
    "away": "yes",
    "open_from": "2020-01-01",
    "open_until": "",
}
HEAD = ",".join(HEADER)


def line(**changes: str) -> str:
    return ",".join((GOOD | changes).values())


def read(*lines: str, head: str = HEAD, ends: str = "\n") -> InstitutionFile:
    return read_institutions(ends.join((head, *lines)).encode())


def told(file: InstitutionFile) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in file.faults]


def test_a_good_line_is_an_institution() -> None:
    file = read(line())
    assert file.faults == ()
    assert file.institutions == (
        Institution(
            code="H53060200001",
            name="示例三级医院（昭通）",
            kind="hospital",
            level="tertiary",
            area="530602",
            address="示例路1号",
            services=("outpatient", "inpatient"),
            patient_areas=(),
            away=True,
            open_from=date(2020, 1, 1),
            open_until=None,
        ),
    )


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "with-bom"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old-mac"])
def test_it_reads_what_spreadsheets_save(mark: bytes, ends: str) -> None:
    quoted = line(address='"示例路1号,""东楼"""')
    rows = [HEAD, line(), "", ",,,,,,,,,,", quoted.replace("H5", "H6", 1), ""]
    file = read_institutions(mark + ends.join(rows).encode())
    assert file.faults == ()
    assert [place.address for place in file.institutions] == ["示例路1号", '示例路1号,"东楼"']


def test_several_values_are_divided_by_semicolons_of_either_width() -> None:
    row = line(services=" vaccine ； checkup;vaccine;", patient_areas="530600;5101；53;510100")
    [place] = read(row, head=HEAD.upper()).institutions
    assert place.services == ("vaccine", "checkup")
    assert place.patient_areas == ("5306", "5101", "53")
    assert place.takes("530602")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "h53060200001"}, "code 应为一个大写字母加 11 位数字。"),
        ({"code": "H5306020000"}, "code 应为一个大写字母加 11 位数字。"),
        ({"code": "H５３06020000"}, "code 应为一个大写字母加 11 位数字。"),
        ({"name": " "}, "name 应为 1 到 100 个字。"),
        ({"name": "医\0院"}, "name 应为 1 到 100 个字。"),
        ({"name": "医" * 101}, "name 应为 1 到 100 个字。"),
        ({"address": ""}, "address 应为 1 到 200 个字。"),
        ({"kind": "spa"}, "kind 应为 hospital、clinic、pharmacy、vaccination、checkup 之一。"),
        ({"level": ""}, "level 应为 tertiary、secondary、primary、none 之一。"),
        ({"area": "5306"}, "area 应为六位地区代码。"),
        ({"area": "000000"}, "area 应为六位地区代码。"),
        ({"patient_areas": "530"}, "patient_areas 应不填，或为 2、4、6 位地区代码，用分号隔开。"),
        (
            {"patient_areas": "5306 5301"},
            "patient_areas 应不填，或为 2、4、6 位地区代码，用分号隔开。",
        ),
        ({"away": "true"}, "away 应为 yes 或 no。"),
        ({"open_from": "2025/1/1"}, "open_from 应为日期，如 2025-01-01。"),
        ({"open_from": "2025-02-30"}, "open_from 或 open_until 不是真实存在的日期。"),
        ({"open_until": "2025-W01-1"}, "open_until 应不填，或为日期，如 2025-12-31。"),
        ({"open_until": "2019-12-31"}, "open_until 不能早于 open_from。"),
        ({"area": "5306", "away": ""}, "area 应为六位地区代码；away 应为 yes 或 no。"),
    ],
)
def test_a_wrong_line_is_told_and_the_others_are_good(
    changes: dict[str, str], message: str
) -> None:
    file = read(line(code="P53060200001"), line(**changes), line(code="P53060200002"))
    assert told(file) == [(3, message)]
    assert [place.code for place in file.institutions] == ["P53060200001", "P53060200002"]


@pytest.mark.parametrize("services", ["", "massage", "outpatient,inpatient", "outpatient|chronic"])
def test_unknown_services_are_told(services: str) -> None:
    quoted = f'"{services}"'
    [(number, message)] = told(read(line(services=quoted)))
    assert number == 2
    assert message.startswith("services 应为 outpatient、emergency、")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (line() + ",", "应有 11 列，这一行有 12 列。"),
        ("H53060200001", "应有 11 列，这一行有 1 列。"),
        (line(name='"没有关上'), "引号没有成对，或一格里的内容太长。"),
        (line(name="长" * 140_000), "引号没有成对，或一格里的内容太长。"),
    ],
)
def test_a_line_that_is_no_row_is_told(row: str, message: str) -> None:
    file = read(row, line(code="P53060200001"))
    assert told(file) == [(2, message)]
    assert len(file.institutions) == 1


def test_a_code_that_is_there_twice_is_wrong_on_all_its_lines() -> None:
    """Nobody can tell which one is meant, even where one of them is wrong otherwise."""
    file = read(line(), line(code="P53060200001"), line(name="另一家"), line(away="maybe"))
    assert told(file) == [
        (2, "机构编号与第 4 行重复，请只保留一行。"),
        (4, "机构编号与第 2 行重复，请只保留一行。"),
        (5, "机构编号与第 2 行重复，请只保留一行。"),
    ]
    assert [place.code for place in file.institutions] == ["P53060200001"]


def test_another_encoding_is_told_with_its_first_line() -> None:
    content = "\n".join((HEAD, line(name="a", address="b"), line()))
    for encoding, number in (("gbk", 3), ("utf-16", 1)):
        file = read_institutions(content.encode(encoding))
        assert file.institutions == ()
        [fault] = file.faults
        assert (fault.line, "不是 UTF-8 编码（可能是 GBK）" in fault.message) == (number, True)


@pytest.mark.parametrize("head", ["", "code,name", HEAD.replace("kind,level", "level,kind")])
def test_another_header_is_told_and_nothing_is_read(head: str) -> None:
    file = read(line(), head=head)
    assert file.institutions == ()
    [(number, message)] = told(file)
    assert number == 1
    assert message.startswith(f"第一行应为 {HEAD}，")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_breaks_it(content: bytes) -> None:
    head = HEAD.encode() + b"\n"
    assert read_institutions(content).institutions == ()
    assert read_institutions(head + content).institutions == ()


cells = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Z")), min_size=1, max_size=9)


@given(cells, cells)
def test_what_a_spreadsheet_writes_is_read_back(name: str, address: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADER, (GOOD | {"name": name, "address": address}).values()])
    [place] = read_institutions(buffer.getvalue().encode()).institutions
    assert (place.name, place.address) == (name, address)


def test_the_shipped_list_is_good() -> None:
    file = read_institutions(seed._INSTITUTIONS.read_bytes())
    assert file.faults == ()
    assert {place.area for place in file.institutions} >= {"530602", "530100", "610100", "510400"}
    assert all(place.name.startswith("示例") for place in file.institutions)
    assert msgspec.json.decode(msgspec.json.encode(file), type=InstitutionFile) == file


@pytest.mark.parametrize(
    ("area", "prefix"),
    [("530000", "53"), ("530600", "5306"), ("530602", "530602"), ("5306", "5306"), ("53", "53")],
)
def test_an_area_contains_what_begins_like_it(area: str, prefix: str) -> None:
    assert area_prefix(area) == prefix
