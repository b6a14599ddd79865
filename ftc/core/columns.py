"""Tables of text packed by column into short ASCII JSON: what repeats is stored once, what counts as differences.

Rule: every table of any text round-trips exactly; packing only ever chooses the shortest of a few exact forms.
"""

import base64
import json
import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_."
"""64 characters that need no escape in JSON and mean nothing in HTML."""

ROWS_PER_CHARACTER = 6
"""Rows that a character of a packed table can tell apart, one by each of its bits."""
FREE_ROWS = 1_000
"""Rows that may all be equal; beyond them, a forged count must not fill the memory."""

_INTEGER = re.compile(r"0|-?[1-9]\d{0,17}")
_MAX_UNARY = 24
"""Quotient from which a number is written whole: one outlier must not cost a bit for every step."""
_WHOLE_BITS = 64


def pack_table(rows: Sequence[Sequence[str]]) -> Json:
    """The number of rows, then each column in its shortest form; ``[0]`` without rows."""
    columns: list[Json] = [_pack_column(column) for column in zip(*rows, strict=True)]
    return [len(rows), *columns]


def unpack_table(packed: Json) -> list[tuple[str, ...]]:
    """The rows of a packed table; raises ``ValueError`` or ``TypeError`` for anything else."""
    if not isinstance(packed, list) or not packed or not isinstance(packed[0], int):
        raise ValueError("not a table")
    most = FREE_ROWS + ROWS_PER_CHARACTER * len(json.dumps(packed))
    if not 0 <= (count := packed[0]) <= most:
        raise ValueError("impossible number of rows")
    columns = [_unpack_column(column, count) for column in packed[1:]]
    if any(len(column) != count for column in columns):
        raise ValueError("columns of different length")
    return list(zip(*columns, strict=True)) if columns else []


def _pack_column(values: Sequence[str]) -> Json:
    """A text: the same in every row. A list: one by one. ``t``: indices into a table. ``r``: differences."""
    distinct = list(dict.fromkeys(values))
    if len(distinct) == 1:
        return distinct[0]
    plain: list[Json] = list(values)
    table: list[Json] = list(distinct)
    forms: list[Json] = [{"t": table, "i": _pack_indices(values, distinct)}]
    if len(distinct) == len(values):
        forms = [plain]
    if all(map(_INTEGER.fullmatch, values)):
        numbers = list(map(int, values))
        steps = [b - a for a, b in pairwise([0, *numbers])]
        forms.append({"r": pack_numbers([_fold(step) for step in steps])})
    return min(forms, key=lambda form: len(json.dumps(form)))


def _unpack_column(packed: Json, count: int) -> Sequence[str]:
    if isinstance(packed, str):
        return [packed] * count
    if isinstance(packed, list):
        return [_text(value) for value in packed]
    if isinstance(packed, dict) and "r" in packed:
        return [str(number) for number in accumulate(map(_unfold, unpack_numbers(_text(packed["r"]), count)))]
    if isinstance(packed, dict) and isinstance(table := packed["t"], list):
        return _unpack_indices(_text(packed["i"]), [_text(value) for value in table], count)
    raise ValueError("not a column")


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _fold(number: int) -> int:
    """Signed to unsigned: 0, -1, 1, -2 ... become 0, 1, 2, 3."""
    return number * 2 if number >= 0 else -number * 2 - 1


def _unfold(number: int) -> int:
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


def _width(size: int) -> int:
    return max(1, (size - 1).bit_length())


def _pack_indices(values: Sequence[str], table: Sequence[str]) -> str:
    """Fixed-width bits, six to a character."""
    place = {value: index for index, value in enumerate(table)}
    width = _width(len(table))
    return _from_bits("".join(f"{place[value]:0{width}b}" for value in values))


def _unpack_indices(packed: str, table: Sequence[str], count: int) -> list[str]:
    width = _width(len(table))
    bits = _to_bits(packed)
    if len(bits) < count * width:
        raise ValueError("indices cut short")
    return [table[int(bits[at : at + width], 2)] for at in range(0, count * width, width)]


def pack_numbers(numbers: Sequence[int]) -> str:
    """Rice code: the rest of each number by a power of two in bits, its quotient in ones; good for differences."""
    middle = sorted(numbers)[len(numbers) // 2] if numbers else 0
    shift = max(0, middle.bit_length() - 1)
    return ALPHABET[shift] + _from_bits("".join(_rice(number, shift) for number in numbers))


def _rice(number: int, shift: int) -> str:
    quotient, rest = number >> shift, number & ((1 << shift) - 1)
    if quotient >= _MAX_UNARY:
        return "1" * _MAX_UNARY + f"{number:0{_WHOLE_BITS}b}"
    return "1" * quotient + "0" + (f"{rest:0{shift}b}" if shift else "")


def unpack_numbers(packed: str, count: int) -> list[int]:
    """The numbers again; raises ``ValueError`` when the text is cut short."""
    shift = ALPHABET.index(packed[0]) if packed else 0
    bits = _to_bits(packed[1:])
    numbers: list[int] = []
    at = 0
    for _ in range(count):
        zero = bits.find("0", at, at + _MAX_UNARY)
        start, width, quotient = (zero + 1, shift, zero - at) if zero >= 0 else (at + _MAX_UNARY, _WHOLE_BITS, 0)
        if start + width > len(bits):
            raise ValueError("numbers cut short")
        numbers.append((quotient << shift) | (int(bits[start : start + width], 2) if width else 0))
        at = start + width
    return numbers


_TO_OURS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", ALPHABET.encode())
_TO_BASE64 = bytes.maketrans(ALPHABET.encode(), b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _from_bits(bits: str) -> str:
    """Six bits to a character; the last one is filled with ones, which no code above mistakes for a number."""
    characters = -(-len(bits) // 6)
    whole = -(-characters // 4) * 24
    data = int(bits.ljust(whole, "1") or "0", 2).to_bytes(whole // 8, "big")
    return base64.b64encode(data).translate(_TO_OURS)[:characters].decode()


def _to_bits(text: str) -> str:
    if not text:
        return ""
    if not set(text) <= set(ALPHABET):
        raise ValueError("foreign character in packed numbers")
    whole = -(-len(text) // 4) * 4
    data = base64.b64decode(text.encode().translate(_TO_BASE64).ljust(whole, b"/"))
    return f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}"[: len(text) * 6]
