"""Sub-tests, as pytest 9 has them, and unittest cases under pytest."""

import unittest


class Cases(unittest.TestCase):
    def test_numbers(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)


def test_with_fixture(subtests):
    for number in range(3):
        with subtests.test(msg="even", number=number):
            assert number % 2 == 0
