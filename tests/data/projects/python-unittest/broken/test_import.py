import unittest

import no_such_module_anywhere


class T(unittest.TestCase):
    def test_a(self):
        no_such_module_anywhere.call()
