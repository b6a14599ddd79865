"""The standard library's runner: failures, errors, sub-tests, doc strings, class set-up."""

import unittest


class QueueTest(unittest.TestCase):
    def test_order(self):
        """Items leave in the order they came."""
        self.assertEqual([1, 2, 3], [1, 3, 2])

    def test_error(self):
        raise ValueError("queue closed")

    def test_subtests(self):
        for size in range(3):
            with self.subTest("size", size=size):
                self.assertLess(size, 2)

    def test_passes(self):
        print("FAIL: test_phantom (tests.test_queue.QueueTest.test_phantom)")

    @unittest.expectedFailure
    def test_expected(self):
        self.fail("known")


class BrokenFixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise ConnectionError("broker not reachable at 127.0.0.1:5672")

    def test_a(self):
        pass

    def test_b(self):
        pass
