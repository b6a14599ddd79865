"""New tests that prove nothing, in the languages that are run, and tests that look like it and claim something."""

import pytest

from ftc.core.masking import Masking
from tests.core.test_masking import found

EMPTY, FRAGILE = {Masking.EMPTY_TEST}, {Masking.FRAGILE_TEST}

ROWS = [
    ("test_a.py", "+def test_total():\n+    total([1])", EMPTY),
    ("test_a.py", "+def test_total():\n+    total([1])\n+    assert True", EMPTY),
    ("test_a.py", "+def test_total():\n+    total([1])\n+    assert 1 == 1  # always", EMPTY),
    ("test_a.py", "+class TestA:\n+    def test_total(self):\n+        self.assertTrue(True)", EMPTY),
    (
        "test_a.py",
        "+def test_total():\n+    # assert total([1]) == 1\n+    total([1])",
        EMPTY,
    ),  # a comment claims nothing
    ("test_a.py", "+def test_a():\n+    total([1])\n+\n+def test_b():\n+    assert total([1]) == 1", EMPTY),  # only one
    ("test_a.py", "+def test_total():\n+    assert total([1]) == 1", set()),
    ("test_a.py", "+def test_total():\n+    with pytest.raises(ValueError):\n+        total(None)", set()),
    ("test_a.py", "+def test_total():\n+    check_total([1], 1)", set()),  # somebody's own helper
    ("test_a.py", "+def test_a():\n+    total([1])\n+\n def test_total():\n     assert total([1]) == 1", EMPTY),
    # git shows the end of the new test as unchanged, since the one below ends alike
    ("test_a.py", " def test_a():\n+    assert one() == 1\n+\n+def test_b():\n     assert two() == 2", set()),
    # an old test under another signature, and one that was moved
    ("test_a.py", "-def test_total():\n+def test_total(cart):\n     total([1])", set()),
    ("test_a.py", "+def test_total():\n+    total([1])\n ...\n-def test_total():\n-    total([1])", set()),
    ("test_a.py", "+def test_slow():\n+    time.sleep(1)\n+    assert done()", FRAGILE),
    # a step of waiting for something, or no time at all
    ("test_a.py", "+def test_a():\n+    while not ready():\n+        time.sleep(0.01)\n+    assert n() == 1", set()),
    ("test_a.py", "+def test_a():\n+    while not ready(): time.sleep(0.01)\n+    assert n() == 1", set()),
    (
        "test_a.py",
        "+def test_a():\n+    for _ in range(99):\n+        if ready():\n+            break\n"
        "+        time.sleep(0.01)\n+    assert n() == 1",
        set(),
    ),
    ("test_a.py", "+def test_a():\n+    for _ in range(9):\n+        time.sleep(0.1)\n+    assert n() == 1", FRAGILE),
    ("test_a.py", "+async def test_a():\n+    await asyncio.sleep(0)\n+    assert n() == 1", set()),
    ("test_a.py", "+async def test_a():\n+    await asyncio.sleep(0.5)\n+    assert n() == 1", FRAGILE),
    (
        "a.test.js",
        "+it('a', async () => {\n+  await new Promise(r => setTimeout(r, 0))\n+  expect(n()).toBe(1)\n+})",
        set(),
    ),
    (
        "a.test.js",
        "+it('a', async () => {\n+  await new Promise(r => setTimeout(r, 9))\n+  expect(n()).toBe(1)\n+})",
        FRAGILE,
    ),
    (
        "a.test.js",
        "+it('a', () => {\n+  jest.useFakeTimers()\n+  setTimeout(go, 50)\n+  jest.runAllTimers()\n"
        "+  expect(n()).toBe(1)\n+})",
        set(),
    ),
    (
        "a_test.go",
        "+func TestA(t *testing.T) {\n+\tselect {\n+\tcase <-done:\n+\tcase <-time.After(5 * time.Second):\n"
        "+\t\tt.Fatal()\n+\t}\n+}",
        set(),
    ),
    ("test_a.py", "+def test_quick():\n+    assert time.time() - began < 0.5", FRAGILE),
    ("test_a.py", "+def test_order():\n+    assert first() < second()", set()),
    ("a_test.go", "+func TestTotal(t *testing.T) {\n+\tTotal(1)\n+}", EMPTY),
    ("a_test.go", '+func TestTotal(t *testing.T) {\n+\tt.Log("fine", Total(1))\n+}', EMPTY),
    ("a_test.go", "+func TestTotal(t *testing.T) {\n+\trequire.True(t, true)\n+}", EMPTY),
    ("a_test.go", "+func TestTotal(t *testing.T) {\n+\tif Total(1) != 1 {\n+\t\tt.Fatal()\n+\t}\n+}", set()),
    ("a_test.go", "+func TestTotal(t *testing.T) {\n+\tcheckTotal(t, 1)\n+}", set()),
    ("a_test.go", "+func BenchmarkTotal(b *testing.B) {\n+\tTotal(1)\n+}", set()),  # it measures, and claims nothing
    ("a_test.go", "+func TestT(t *testing.T) {\n+\ttime.Sleep(time.Second)\n+\tre.Equal(1, n())\n+}", FRAGILE),
    ("a.test.js", "+it('adds', () => {\n+  total([1]);\n+});", EMPTY),
    ("a.test.js", "+it('adds', () => {\n+  expect(true).toBe(true);\n+});", EMPTY),
    ("a.test.js", "+it('adds', () => expect(total([1])).toBe(1));", set()),
    ("ATest.java", "+  @Test\n+  void adds() {\n+    total(1);\n+  }", EMPTY),
    ("ATest.java", "+  @Test\n+  void adds() {\n+    assertTrue(true);\n+  }", EMPTY),
    ("ATest.java", "+  @Test\n+  void adds() {\n+    assertEquals(1, total(1));\n+  }", set()),
    ("ATest.java", "+  @Test\n+  void adds() {\n+    assertThat(total(1)).isEqualTo(1);\n+  }", set()),
    ("lib.rs", "+    #[test]\n+    fn adds() {\n+        total(&[1]);\n+    }", EMPTY),
    # what is below the first annotation stood in an old test too, and is no name
    (
        "lib.rs",
        "+    #[test]\n+    #[should_panic]\n+    fn adds() {\n+        total(&[1]);\n+    }\n"
        " ...\n-    #[should_panic]\n-    fn x() {",
        EMPTY,
    ),
    (
        "ATest.java",
        '+  @Test\n+  @DisplayName("adds")\n+  void adds()\n+  {\n+    total(1);\n+  }\n'
        ' ...\n-  @DisplayName("adds")\n-  {',
        EMPTY,
    ),
    ("ATest.java", '+  @Test\n+  @Tag("a")\n+  void adds() {\n+    total(1);\n+  }\n ...\n-  void adds() {', set()),
    ("lib.rs", "+    #[test]\n+    fn adds() {\n+        assert!(true);\n+    }", EMPTY),
    ("lib.rs", "+    #[test]\n+    fn adds() {\n+        assert_eq!(total(&[1]), 1);\n+    }", set()),
    ("a_test.cc", "+TEST(Cart, Adds) {\n+  total({1});\n+}", EMPTY),
    ("a_test.cc", "+TEST(Cart, Adds) {\n+  EXPECT_EQ(1, total({1}));\n+}", set()),
]


@pytest.mark.parametrize(("path", "text", "expected"), ROWS)
def test_a_new_test_claims_something_and_does_not_rest_on_the_clock(path, text, expected):
    assert found(path, text) & (EMPTY | FRAGILE) == expected
