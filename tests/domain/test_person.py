"""ID numbers, names and their masks."""

import unicodedata
from datetime import date
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.domain.person import (
    ID_NUMBER_FAULT_TEXT,
    IdNumber,
    IdNumberFault,
    mask_id_number,
    mask_name,
    parse_id_number,
    parse_name,
)
from tests.domain.people import id_number, number_text

TODAY = date(2026, 1, 15)

bodies = st.builds(
    lambda area, born_on, sequence: f"{area}{born_on:%Y%m%d}{sequence:03d}",
    st.integers(100_000, 999_999),
    st.dates(date(1880, 1, 1), TODAY),
    st.integers(0, 999),
)
names = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=50)


@pytest.mark.parametrize(
    ("text", "born_on", "sex"),
    [
        pytest.param("530602199001011239", date(1990, 1, 1), "male", id="man"),
        pytest.param("530102198506150021", date(1985, 6, 15), "female", id="woman"),
        pytest.param("610103201503010024", date(2015, 3, 1), "female", id="girl"),
        pytest.param("510402195808221015", date(1958, 8, 22), "male", id="old-man"),
        pytest.param("530621198002290019", date(1980, 2, 29), "male", id="leap-day"),
        pytest.param("610103200002290019", date(2000, 2, 29), "male", id="leap-day-of-2000"),
        pytest.param("53060219880808002X", date(1988, 8, 8), "female", id="final-x"),
        pytest.param("530602188001010013", date(1880, 1, 1), "male", id="oldest"),
        pytest.param("530602202601150018", date(2026, 1, 15), "male", id="born-today"),
    ],
)
def test_valid_number(text: str, born_on: date, sex: str) -> None:
    number = parse_id_number(text, today=TODAY)
    assert isinstance(number, IdNumber)
    assert (number.text, number.born_on, number.sex) == (text, born_on, sex)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("53060219880808002x", "53060219880808002X", id="lower-case-x"),
        pytest.param(" 530602199001011239\r\n", "530602199001011239", id="outer-spaces"),
        pytest.param("\u3000530602199001011239", "530602199001011239", id="full-width-space"),
    ],
)
def test_number_is_tidied(typed: str, kept: str) -> None:
    assert parse_id_number(typed, today=TODAY) == IdNumber(kept)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "length", id="empty"),
        pytest.param("53060219900101123", "length", id="17-characters"),
        pytest.param("5306021990010112390", "length", id="19-characters"),
        pytest.param("530602900101123", "length", id="15-digits"),
        pytest.param("530602199001011239\u200b", "length", id="zero-width-space"),
        pytest.param("５３０６０２１９９００１０１１２３９", "characters", id="full-width"),
        pytest.param("53060219900101123９", "characters", id="one-full-width"),
        pytest.param("٥30602199001011239", "characters", id="arabic-digit"),
        pytest.param("030602199001011230", "characters", id="area-of-zero"),
        pytest.param("5306021990X1011239", "characters", id="x-inside"),
        pytest.param("530602 99001011239", "characters", id="space-inside"),
        pytest.param("53060219900101123Y", "characters", id="other-letter"),
        pytest.param("530602199002301238", "birth_date", id="30-february"),
        pytest.param("530602202913010014", "birth_date", id="month-13"),
        pytest.param("530602190002290013", "birth_date", id="29-february-1900"),
        pytest.param("530602199000010015", "birth_date", id="month-0"),
        pytest.param("530602000001010016", "birth_date", id="year-0"),
        pytest.param("530602202601160013", "birth_date", id="born-tomorrow"),
        pytest.param("530602187912310012", "birth_date", id="before-1880"),
        pytest.param("530602199001011238", "check_character", id="wrong-check"),
        pytest.param("53060219900101123X", "check_character", id="x-for-9"),
    ],
)
def test_invalid_number(text: str, fault: IdNumberFault) -> None:
    assert parse_id_number(text, today=TODAY) == fault


def test_every_fault_has_a_sentence() -> None:
    assert set(ID_NUMBER_FAULT_TEXT) == set(get_args(IdNumberFault))
    assert all(text.endswith("。") for text in ID_NUMBER_FAULT_TEXT.values())


@settings(deadline=None)
@given(bodies)
def test_generated_number_parses(body: str) -> None:
    text = number_text(body)
    assert parse_id_number(text, today=TODAY) == IdNumber(text)


@settings(deadline=None)
@given(bodies, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_changed_character_is_refused(body: str, position: int, other: str) -> None:
    text = number_text(body)
    assume(text[position] != other)
    changed = text[:position] + other + text[position + 1 :]
    assert parse_id_number(changed, today=TODAY) in get_args(IdNumberFault)


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        pytest.param(date(2010, 1, 15), date(2026, 1, 14), 15, id="day-before-birthday"),
        pytest.param(date(2010, 1, 15), date(2026, 1, 15), 16, id="birthday"),
        pytest.param(date(2010, 1, 15), date(2026, 1, 16), 16, id="day-after-birthday"),
        pytest.param(date(2010, 12, 31), date(2026, 1, 1), 15, id="birthday-late-in-the-year"),
        pytest.param(date(2026, 1, 15), date(2026, 1, 15), 0, id="born-today"),
        pytest.param(date(2012, 2, 29), date(2028, 2, 28), 15, id="leap-day-eve-in-leap-year"),
        pytest.param(date(2012, 2, 29), date(2028, 2, 29), 16, id="leap-day-in-leap-year"),
        pytest.param(date(2012, 2, 29), date(2026, 2, 28), 13, id="leap-day-28-february"),
        pytest.param(date(2012, 2, 29), date(2026, 3, 1), 14, id="leap-day-1-march"),
    ],
)
def test_age(born_on: date, day: date, age: int) -> None:
    assert id_number(born_on).age_on(day) == age


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("测试甲", "测试甲", id="plain"),
        pytest.param("\u3000测试甲 \n", "测试甲", id="outer-spaces"),
        pytest.param("测试𠮷", "测试𠮷", id="rare-character"),
        pytest.param("测试\U00030edd", "测试\U00030edd", id="extension-g"),
        pytest.param("测试克孜·测试江", "测试克孜·测试江", id="middle-dot"),
        pytest.param("测试克孜•测试江", "测试克孜•测试江", id="bullet-as-middle-dot"),
        pytest.param("测试〇", "测试〇", id="ling-is-a-numeral-to-unicode"),
        pytest.param("ཀུནཏེ", "ཀུནཏེ", id="letters-with-marks"),
        pytest.param("Ceshi Jia", "Ceshi Jia", id="latin"),
        pytest.param("Re\u0301my Ce", "Rémy Ce", id="nfc"),
        pytest.param("\uf9d1试", "六试", id="nfc-of-compatibility-ideograph"),
        pytest.param("DROP TABLE person", "DROP TABLE person", id="words-of-sql-are-letters"),
        pytest.param("测" * 50, "测" * 50, id="longest"),
    ],
)
def test_name_accepted(typed: str, kept: str) -> None:
    assert parse_name(typed) == kept
    assert unicodedata.is_normalized("NFC", kept)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="empty"),
        pytest.param(" \u3000 ", id="spaces"),
        pytest.param("甲", id="one-character"),
        pytest.param("e\u0301", id="one-character-after-nfc"),
        pytest.param("测" * 51, id="too-long"),
        pytest.param("··", id="dots"),
        pytest.param("\u0301\u0301", id="accents"),
        pytest.param("测试1", id="digit"),
        pytest.param("测试１", id="full-width-digit"),
        pytest.param("测试①", id="circled-digit"),
        pytest.param("测试😀", id="emoji"),
        pytest.param("测试❤\ufe0f", id="symbol"),
        pytest.param("测\x00试", id="nul"),
        pytest.param("测\n试", id="newline"),
        pytest.param("测\x1b[31m试", id="escape"),
        pytest.param("测\f试", id="form-feed"),
        pytest.param("\u202e测试", id="right-to-left-override"),
        pytest.param("测\u200f试", id="right-to-left-mark"),
        pytest.param("\u2066测试\u2069", id="direction-isolate"),
        pytest.param("测\u200b试", id="zero-width-space"),
        pytest.param("测\u200d试", id="zero-width-joiner"),
        pytest.param("测\ue000试", id="private-use"),
        pytest.param("测\ud800试", id="surrogate"),
        pytest.param("测试'; DROP TABLE person;--", id="sql"),
        pytest.param("测试' OR '1'='1", id="sql-or"),
        pytest.param("${donor_name}", id="placeholder"),
        pytest.param("$hotline", id="short-placeholder"),
        pytest.param("{{7*7}}", id="jinja"),
        pytest.param("{relation}", id="braces"),
        pytest.param("%s%n", id="percent"),
        pytest.param("<script>甲</script>", id="html"),
    ],
)
def test_name_refused(typed: str) -> None:
    assert parse_name(typed) is None


@pytest.mark.parametrize("filler", "\u115f\u1160\u3164\uffa0")
def test_invisible_letters_are_no_name(filler: str) -> None:
    assert parse_name(f"测试{filler}") is None


@settings(deadline=None)
@given(bodies)
def test_masked_number_hides_birth_and_sequence(body: str) -> None:
    text = number_text(body)
    assert mask_id_number(text) == text[:3] + "*" * 13 + text[-2:]


@settings(deadline=None)
@given(names)
def test_masked_name_shows_the_last_character_only(name: str) -> None:
    assert mask_name(name) == "*" * (len(name) - 1) + name[-1]
