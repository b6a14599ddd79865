"""Finding a test's definition by its name: each row is one file, and a word on why the test is hard to find in it.

In the files ``>>`` marks the first line of the definition, ``<<`` its last, and ``--!`` where what runs around it starts.
"""

# ruff: noqa: E501 - a row of the table is one line

import pytest

from ftc.core.model import TestId
from ftc.core.snippets.languages import find_test, read_source


def marked(text):
    """The text without marks, the first and last line of the test, and the lines at which suite methods start."""
    lines, first, last, around = [], 0, 0, []
    for number, line in enumerate(text.strip("\n").split("\n"), 1):
        first = number if ">>" in line else first
        last = number if "<<" in line else last
        around += [number] if "--!" in line else []
        lines.append(line.replace(">>", "").replace("<<", "").replace("--!", "").rstrip())
    return "\n".join(lines) + "\n", first, last, around


CASES = [
    # --- Go
    ("a plain function, beside one whose name it starts", "go", "p", "TestCart", "cart_test.go", """
package cart
func TestCartTotal(t *testing.T) {
}
func TestCart(t *testing.T) { >>
	if x := "}"; x != `{` { // }
	}
} <<
"""),
    ("a method of a testify suite, not the one of another suite", "go", "p", "TestCartSuite/TestTotal", "cart_test.go", """
package cart
type otherSuite struct{ suite.Suite }
func (s *otherSuite) TestTotal() {
}
type cartSuite struct {
	baseSuite
}
func TestCartSuite(t *testing.T) { --!
	suite.Run(t, new(cartSuite))
}
func (s *otherSuite) SetupTest() {
}
func (s *cartSuite) SetupSuite() { --!
}
func (s *cartSuite) TestTotal() { >>
	s.Equal(1, 1)
} <<
type baseSuite struct {
	suite.Suite
}
func (b *baseSuite) TearDownTest() { --!
}
"""),
    ("the suite is made by address, and has type parameters", "go", "p", "TestAll/TestIt", "a_test.go", """
package a
func TestAll(t *testing.T) { --!
	suite.Run(t, &genericSuite[int]{})
}
func (s *genericSuite[T]) TestIt() { >>
} <<
"""),
    ("a sub-test by its string has no declaration", "go", "p", "TestX/empty_cart#01", "a_test.go", """
package a
func TestX(t *testing.T) { >>
	for _, c := range []struct{ name string }{
		{name: "empty cart"},
	} {
		t.Run(c.name, func(t *testing.T) {})
	}
} <<
"""),
    ("a result that is an empty interface", "go", "p", "TestY", "a_test.go", """
package a
func make() interface{} {
	return nil
}
func TestY(t *testing.T) { >>
	_ = func() interface{} { return struct{}{} }
} <<
"""),
    ("gocheck prints suite and method with a dot", "go", "p", "cartSuite.TestTotal", "a_test.go", """
package a
// Total is hard. >>
func (s *cartSuite) TestTotal(c *C) {
} <<
func (s *cartSuite) SetUpTest(c *C) { --!
}
"""),
    ("a fuzz target, and TestMain beside it", "go", "p", "FuzzParse/seed#0", "a_test.go", """
package a
func TestMain(m *testing.M) { --!
}
func FuzzParse(f *testing.F) { >>
} <<
"""),
    # --- Python
    ("decorators belong to it, parameters of the id do not", "python", "t/test_a.py", "test_a[1-x::y]", "t/test_a.py", """
import pytest
@pytest.mark.parametrize( >>
    "a", [1, 2]
)
def test_a(a):
    assert a <<
def test_ab(): pass
"""),
    ("a method, not the function of the same name; fixtures by parameter", "python", "test_a.py", "TestA::test_x", "test_a.py", """
import pytest
def test_x(): pass
@pytest.fixture --!
def shop(till): return 1
@pytest.fixture --!
def till(): return 1
@pytest.fixture
def unused(): return 1
@pytest.fixture(autouse=True) --!
def clock(): yield
class TestA:
    def setup_method(self): --!
        pass
    def test_x(self, shop): >>
        assert '''
def test_x():
''' <<
"""),
    ("inherited by the class that failed", "python", "test_a.py", "TestReal::test_x", "test_a.py", """
class Base:
    def setUp(self): pass --!
    async def test_x(self): >>
        pass <<
class Other:
    def test_x(self): pass
class TestReal(Base, TestCase):
    pass
"""),
    ("unittest, with a sub-test's label", "python", "test_a.py", "A.test_x (i=1)", "test_a.py", """
class A(TestCase):
    @classmethod --!
    def setUpClass(cls): pass
    def test_x(self): >>
        with self.subTest(i=1): pass <<
    def tearDown(self): pass --!
def setUpModule(): pass --!
"""),
    ("a file for Python 2, which no parser of today takes", "python", "test_a.py", "TestA::test_x", "test_a.py", """
class TestA:
    def setUp(self): --!
        pass
    @slow >>
    def test_x(self):
        print "hello"

        exec "x" <<
        # the end

def test_y(): pass
"""),
    ("defined under a condition", "python", "test_a.py", "test_x", "test_a.py", """
if sys.platform != "win32":
    def test_x(): >>
        pass <<
"""),
    ("a fixture under another name", "python", "test_a.py", "test_x", "test_a.py", """
@pytest_asyncio.fixture(name="db") --!
async def make_db(): yield
@pytest.mark.usefixtures("db") >>
def test_x(): pass <<
"""),
    # --- JavaScript and TypeScript
    ("nested groups joined by a blank, as jest reports them", "node", "cart.test.ts", "cart when empty costs nothing", "cart.test.ts", """
describe("cart", () => {
  beforeEach(() => { fill(); }); --!
  describe('when full', () => {
    beforeEach(other);
    it('costs nothing', () => {});
  });
  describe('when empty', () => {
    afterAll(async () => { --!
    });
    it('costs nothing', async () => { >>
      expect(`${'}'}`).toBe(/[}]/.source);
    }); <<
  });
});
"""),
    ("a quote in the title", "node", "a.spec.js", "shop › doesn't crash", "a.spec.js", r"""
describe('shop', function () {
  it('doesn\'t crash', function () { >>
  }); <<
});
"""),
    ("a table of cases with a printed value", "node", "a.test.ts", "adds 1 + 2 to 3", "a.test.ts", """
it("adds", () => {});
it.each([ >>
  [1, 2, 3],
])("adds %i + %i to %s", (a, b, c) => {
}); <<
"""),
    ("a tagged table with named values", "node", "a.test.ts", "math > adds 1 and 2", "a.test.ts", """
describe("math", () => {
  test.each` >>
    a    | b
    ${1} | ${2}
  `("adds $a and $b", ({ a, b }) => {
  }); <<
});
"""),
    ("only, and a title in backticks with a value", "node", "a.test.js", "opens page 7", "a.test.js", """
for (const page of pages) {
  test.only(`opens page ${page}`, async () => { >>
  }); <<
}
"""),
    ("Playwright's hooks", "node", "a.spec.ts", "a.spec.ts › checkout › pays", "a.spec.ts", """
test.describe('checkout', () => {
  test.beforeEach(async ({ page }) => { --!
  });
  test('pays', async ({ page }) => { >>
    await test.step('enter card', async () => {});
  }); <<
});
"""),
    # --- the JVM
    ("an annotation of several lines, and a parameter's index", "jvm", "com.acme.CartTest", "total(int)[2]", "CartTest.java", """
package com.acme;
class CartTest extends Base {
  @BeforeEach --!
  void fill() { }
  @AfterAll --!
  static void close() { }
  private Cart total(String x) { return new Cart(); }
  @ParameterizedTest >>
  @ValueSource(ints = {1, 2})
  void total(int n) throws Exception {
    String s = "}";
  } <<
}
"""),
    ("the nested class is meant", "jvm", "com.acme.CartTest$Empty", "total()", "CartTest.java", """
class CartTest {
  @Test
  void total() { }
  @Nested
  class Empty {
    @Test >>
    public void total() {
    } <<
  }
}
"""),
    ("a sentence in backticks", "jvm", "com.acme.CartTest", "an empty cart costs nothing()", "CartTest.kt", """
class CartTest {
    @BeforeTest --!
    fun setUp() {}
    @Test >>
    fun `an empty cart costs nothing`() = runTest {
        val text = \"\"\" } \"\"\"
    } <<
}
"""),
    ("known by its display name only", "jvm", "com.acme.CartTest", "An empty cart costs nothing", "CartTest.java", """
class CartTest {
  @Test >>
  @DisplayName("An empty cart costs nothing")
  void t1() {
  } <<
}
"""),
    ("JUnit 3 has no annotations", "jvm", "com.acme.CartTest", "testTotal", "CartTest.java", """
public class CartTest extends TestCase {
  protected void setUp() { } --!
  public void testTotal() { >>
  } <<
}
"""),
    ("generics and an abstract method above it", "jvm", "com.acme.CartTest", "total", "CartTest.java", """
abstract class CartTest {
  abstract Map<String, List<Item>> total(int a);
  @org.junit.Test(timeout = 100) >>
  public final void total() {
  } <<
}
"""),
    # --- Rust
    ("a test of a runtime, in a module with another of its name", "rust", "shop", "cart::tests::total", "src/cart.rs", """
fn total<'a>(x: &'a str) -> char { '{' }
mod other {
    #[test]
    fn total() {}
}
mod tests {
    #[tokio::test(flavor = "multi_thread")] >>
    async fn total() {
        let s = r#"}"#;
    } <<
}
"""),
    ("a case of rstest, with its fixture", "rust", "shop", "tests::total::case_2_empty", "src/cart.rs", """
mod tests {
}
#[fixture] --!
fn cart() -> Cart { Cart }
#[rstest] >>
#[case(1)]
#[case(2)]
fn total(cart: Cart, #[case] n: u8) {
} <<
"""),
    # --- C++
    ("a fixture class, and a parameter's number", "cpp", "All/CartTest", "Total/3", "cart_test.cc", """
class CartTest : public ::testing::TestWithParam<int> { --!
 protected:
  void SetUp() override { open = '{'; } --!
};
TEST_P(OtherTest, Total) { }
TEST_P(CartTest, Total) { >>
  EXPECT_EQ(R"(})", "}");
} <<
"""),
    ("suite and name in one word, methods out of line", "cpp", "", "CartTest.Total", "cart_test.cc", """
void CartTest::SetUp() { --!
}
TEST_F(CartTest, TotalOfAll) {}
TEST_F(CartTest, >>
       Total) {
} <<
"""),
    ("Catch2 names tests by a sentence", "cpp", "unit", "an empty cart costs nothing", "cart.cpp", """
TEST_CASE("a cart", "[cart]") { }
TEST_CASE("an empty cart costs nothing", "[cart]") { >>
  SECTION("inner") { }
} <<
"""),
    # --- Ruby
    ("a full description over nested groups", "ruby", "spec/cart_spec.rb", "Cart when empty costs nothing", "spec/cart_spec.rb", """
RSpec.describe Cart do
  before { fill } --!
  let(:shop) do --!
    Shop.new
  end
  context "when full" do
    it "costs nothing" do
    end
  end
  context "when empty" do
    it "costs nothing" do >>
      expect(x).to eq "end" if y
      [1].each do |i|
        puts i
      end
    end <<
  end
end
"""),
    ("Minitest", "ruby", "CartTest", "test_total", "test/cart_test.rb", """
class CartTest < Minitest::Test
  def setup --!
  end

  def test_total >>
    assert true
  end <<
end
"""),
    ("Rails makes a method of a sentence", "ruby", "CartTest", "test_costs_nothing,_ever", "test/cart_test.rb", """
class CartTest < ActiveSupport::TestCase
  test "costs nothing, ever" do >>
  end <<
end
"""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ecosystem", "suite", "name", "path", "text"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_definition(ecosystem, suite, name, path, text):
    text, first, last, around = marked(text)
    source = read_source(path, text)
    found = find_test([source], TestId(ecosystem=ecosystem, suite=suite, name=name))
    assert found is not None
    assert (found.test.block.first, found.test.block.last) == (first, last)
    assert sorted(place.block.first for place in found.suite) == around


MISSING = [
    ("go", "p", "TestGone", "a_test.go", "package a\n// func TestGone(t *testing.T) {\n// }\n"),
    ("go", "p", "TestGone", "a_test.go", "package a\nvar s = `\nfunc TestGone(t *testing.T) {\n}\n`\n"),
    ("python", "a.py", "test_gone", "a.py", '"""\ndef test_gone(): pass\n"""\n'),
    ("node", "a", "gone", "a.js", "// it('gone', () => {})\nconst s = \"it('gone', () => {})\";\n"),
    (
        "jvm",
        "A",
        "gone",
        "A.java",
        "class A { /* @Test void gone() { } */ abstract void gone(); void x() { gone(); } }",
    ),
    ("rust", "a", "tests::gone", "a.rs", "fn gone() {}\n"),
    ("cpp", "S", "Gone", "a.cc", "// TEST(S, Gone) {}\n"),
    ("ruby", "S", "gone", "a.rb", "# it 'gone' do\n# end\n"),
]


@pytest.mark.parametrize(("ecosystem", "suite", "name", "path", "text"), MISSING)
def test_what_is_no_definition(ecosystem, suite, name, path, text):
    assert find_test([read_source(path, text)], TestId(ecosystem=ecosystem, suite=suite, name=name)) is None


def test_a_suite_over_several_files():
    """pd keeps its suites' types, runners and methods in files of their own."""
    run = read_source("run_test.go", "package a\nfunc TestS(t *testing.T) {\n\tsuite.Run(t, new(sSuite))\n}\n")
    kind = read_source(
        "suite_test.go", "package a\ntype sSuite struct {\n\tsuite.Suite\n}\nfunc (s *sSuite) SetupTest() {\n}\n"
    )
    test = read_source("test_test.go", "package a\nfunc (s *sSuite) TestIt() {\n}\n")
    found = find_test([run, kind, test], TestId(ecosystem="go", suite="a", name="TestS/TestIt"))
    assert found.test.source.path == "test_test.go"
    assert [place.source.path for place in found.suite] == ["suite_test.go", "run_test.go"]


def test_fixtures_of_a_nearer_conftest_count():
    far = read_source(
        "conftest.py",
        "import pytest\n@pytest.fixture\ndef db(): pass\n@pytest.fixture(autouse=True)\ndef all(): pass\n",
    )
    near = read_source("a/conftest.py", "import pytest\n@pytest.fixture\ndef db(): pass\n")
    other = read_source("b/conftest.py", "import pytest\n@pytest.fixture(autouse=True)\ndef other(): pass\n")
    test = read_source("a/test_x.py", "def test_x(db): pass\n")
    found = find_test([test, far, near, other], TestId(ecosystem="python", suite="a/test_x.py", name="test_x"))
    assert [(place.source.path, place.block.name) for place in found.suite] == [
        ("a/conftest.py", "db"),
        ("conftest.py", "all"),
    ]


def test_a_base_class_in_another_file():
    base = read_source("BaseTest.java", "class BaseTest {\n  @BeforeEach\n  void open() { }\n}\n")
    test = read_source("CartTest.java", "class CartTest extends BaseTest {\n  @Test\n  void total() { }\n}\n")
    found = find_test([test, base], TestId(ecosystem="jvm", suite="a.CartTest", name="total"))
    assert [place.source.path for place in found.suite] == ["BaseTest.java"]
