"""A test of a pytest plug-in: its captured output is a whole failed pytest session."""

pytest_plugins = ["pytester"]


def test_inner_session(pytester):
    pytester.makepyfile(test_inner="def test_inner_fails():\n    assert 0\n")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
