"""A set of whole numbers from 1 to 2**64 - 1 in an array: a quarter of what a `set` takes."""

from array import array


class NumberSet:
    """Only grows; 16 to 32 bytes a number."""

    def __init__(self) -> None:
        self._slots, self._count, self._bits = _empty(10), 0, 10

    def add(self, number: int) -> bool:
        """False when it is there already."""
        if self._count * 2 >= len(self._slots):
            numbers = self._slots
            self._bits += 1
            self._slots = _empty(self._bits)
            for known in filter(None, numbers):
                self._put(known)
        new = self._put(number)
        self._count += new
        return new

    def _put(self, number: int) -> bool:
        # Fibonacci hashing: the upper bits of a product modulo 2**64 are spread evenly.
        place = (number * 0x9E3779B97F4A7C15 % 2**64) >> (64 - self._bits)
        while known := self._slots[place]:
            if known == number:
                return False
            place = (place + 1) % len(self._slots)
        self._slots[place] = number
        return True


def _empty(bits: int) -> "array[int]":
    return array("Q", bytes(8 << bits))
