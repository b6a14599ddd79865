"""Which tests a patch adds, by the texts of its files, and which executed tests are those."""

import pytest

from ftc.core.new_tests import all_new_tests, new_tests, unexpected

PYTHON = "def test_a():\n    assert f() == 1\n"
CLASS = "class TestCart:\n    def test_a(self):\n        assert f() == 1\n"
GO = "package a\n\nfunc TestA(t *testing.T) {\n\tt.Fail()\n}\n"
JS = "describe('cart', () => {\n  it('adds', () => {\n    expect(f()).toBe(1);\n  });\n});\n"
ALONE = "it('works', () => {\n  expect(f()).toBe(1);\n});\n"
JAVA = "class CartTest {\n  @Test\n  void adds() {\n    assertEquals(1, f());\n  }\n}\n"
RUST = "mod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(f(), 1);\n    }\n}\n"
CPP = "TEST(Cart, Adds) {\n  EXPECT_EQ(1, f());\n}\n"

ADDED = [
    ("tests/test_a.py", "", PYTHON, ["test_a"]),
    ("tests/test_a.py", PYTHON, PYTHON, []),
    ("tests/test_a.py", PYTHON, PYTHON.replace("== 1", "== 2"), []),  # an old test that claims something else
    ("tests/test_a.py", PYTHON, PYTHON + "\n\n" + PYTHON.replace("test_a", "test_b"), ["test_b"]),
    ("tests/test_a.py", PYTHON, PYTHON + "\n\n" + CLASS, ["TestCart::test_a"]),  # the same name elsewhere
    ("tests/test_a.py", PYTHON, PYTHON.replace("test_a", "test_b"), ["test_b"]),  # the old one is missed elsewhere
    ("shop/a.py", "", "def test_connection():\n    pass\n", []),  # no file of tests
    ("a_test.go", GO, GO + GO.replace("TestA", "TestB"), ["TestB"]),
    ("a_test.go", GO, GO + GO.replace("TestA", "BenchmarkB"), [""]),  # it is new, and cannot be asked
    ("a.test.js", "", JS, ["cart adds"]),
    ("src/test/java/CartTest.java", "", JAVA, ["CartTest.adds"]),
    ("src/cart/price.rs", "", RUST, ["cart::price::tests::adds"]),
    ("src/lib.rs", "", RUST, ["tests::adds"]),
    ("tests/it.rs", "", RUST, ["tests::adds"]),
    ("a_test.cc", "", CPP, ["Cart.Adds"]),
]


@pytest.mark.parametrize(("path", "before", "after", "names"), ADDED)
def test_what_a_file_adds(path, before, after, names):
    assert [item.name for item in new_tests(path, before=before or None, after=after)] == names


RAN = [
    ("tests/test_a.py", PYTHON, "test_a", True),
    ("tests/test_a.py", PYTHON, "test_a[one-two]", True),  # a case of a test that is new altogether
    ("tests/test_a.py", PYTHON, "TestOther::test_a", False),
    ("tests/test_a.py", PYTHON, "test_ab", False),
    ("tests/test_a.py", CLASS, "TestCart::test_a", True),
    ("tests/test_a.py", CLASS, "test_a", False),
    ("a_test.go", GO, "TestA", True),
    ("a_test.go", GO, "TestA/empty_cart", True),
    ("a_test.go", GO, "TestB/TestA", False),
    ("a.test.js", JS, "cart › adds", True),
    ("a.test.js", JS, "cart > adds", True),
    ("a.test.js", JS, "cart adds", True),  # as jest joins them
    ("a.test.js", JS, "adds", True),  # a runner that leaves the describes out
    ("lib/a.test.js", JS, "a.test.js > cart > adds", True),  # one that names the file
    ("a.test.js", JS, "shop > cart > adds", False),  # it has the describes, and they are others
    ("a.test.js", JS, "shop > adds", False),
    ("a.test.js", JS, "cart adds up", False),
    ("a.test.js", ALONE, "works", True),
    ("a.test.js", ALONE, "cart > works", False),  # any other test may end so
    ("a.test.js", ALONE, "the cart works", False),
    ("a.test.js", ALONE, "b.test.js > works", False),
    ("src/test/java/CartTest.java", JAVA, "adds", True),
    ("src/test/java/CartTest.java", JAVA, "shop.CartTest.adds(int)[1]", True),
    ("src/test/java/CartTest.java", JAVA, "shop.OtherTest.adds", False),
    ("src/lib.rs", RUST, "tests::adds", True),
    ("src/lib.rs", RUST, "tests::adds_more", False),
    ("a_test.cc", CPP, "Cart.Adds", True),
]


@pytest.mark.parametrize(("path", "text", "executed", "is_it"), RAN)
def test_which_executed_test_it_is(path, text, executed, is_it):
    (new,) = new_tests(path, before=None, after=text)
    assert new.ran_as(executed) is is_it


def test_a_test_that_was_moved_to_another_file_is_not_new():
    assert all_new_tests({"tests/test_old.py": PYTHON}, {"tests/test_new.py": PYTHON}) == ()
    both = all_new_tests({"tests/test_old.py": PYTHON}, {"tests/test_old.py": PYTHON, "tests/test_new.py": PYTHON})
    assert [item.path for item in both] == ["tests/test_new.py"], "the old one stays, so this is another one"


def test_a_case_from_data_is_not_shown_by_the_diff():
    old = "@pytest.mark.parametrize('n', [1])\ndef test_n(n):\n    assert n\n"
    news = all_new_tests({"test_a.py": old}, {"test_a.py": old.replace("[1]", "[1, 2]") + "\n\n" + PYTHON})
    assert unexpected(["test_a", "test_n[2]"], news) == ("test_n[2]",)
