"""Sources of a failure from real repositories: which commit, which lines, which suspects, and what hostile files do."""

# ruff: noqa: E501 - a row of a table is one line

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ftc.agent.context import gather
from ftc.agent.workspace import mirror
from ftc.core.analysis import Reason
from ftc.core.model import Flake, Grade, Kind, Location, Occurrence, Signature, TestId
from ftc.core.sanitize import Sanitizer
from ftc.simulator.git_backend import NewCommit, open_repository
from ftc.simulator.git_types import GitIdentity

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
CART = """package cart

import "testing"

func TestCart(t *testing.T) {
	c := newCart(t)
	if c.total() != 0 {
		t.Fatal("not empty")
	}
}
"""
HELPER = """package cart

// newCart fills a cart.
func newCart(t *testing.T) *Cart {
	return &Cart{started: time.Now()}
}
"""
PRODUCT = """package cart

func (c *Cart) total() int {
	return c.sum
}

func (c *Cart) wait() {
	<-c.done
}
"""
FILES = {
    "pkg/cart/cart_test.go": CART,
    "pkg/cart/help_test.go": HELPER,
    "pkg/cart/cart.go": PRODUCT,
    "README.md": "# x\n",
}
TEST = TestId(ecosystem="go", suite="example.com/shop/pkg/cart", name="TestCart")


class Repo:
    """A real repository, written day by day."""

    def __init__(self, root):
        self.git = open_repository(root=root, full_name="acme/shop")
        self.day = 0

    def commit(self, files, message="m", *, days=1, branch="main", start=None):
        self.day += days
        author = GitIdentity(name="A", email="a@example.com", date=NOON - timedelta(days=60 - self.day))
        data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        (sha,) = self.git.add_commits(branch, [NewCommit(message=message, author=author, files=data)], start=start)
        return sha


@pytest.fixture
def repo(tmp_path):
    made = Repo(tmp_path / "remote")
    made.commit(FILES, "First")
    return made


@pytest.fixture
def copy(repo):
    with mirror(repo.git.path.as_uri()) as opened:
        yield opened


def occurrence(sha, *, hours=0, **over):
    given = {
        "source": "actions", "run": sha[:8], "attempt": 1, "job": "test", "job_id": "1", "workflow": "CI", "event": "push",
        "created": NOON - timedelta(hours=hours), "branch": "main", "sha": sha, "tree": sha, "fingerprint": "f",
        "kind": Kind.ASSERTION, "url": "https://github.com/x", "grade": Grade.B,
    }  # fmt: skip
    return Occurrence(**(given | over))


def flake(*occurrences, test=TEST, places=()):
    signature = Signature(fingerprint="f", text="s", kind=Kind.ASSERTION, locations=tuple(places))
    return Flake(key="k", repo="acme/shop", test=test, occurrences=occurrences, signatures=(signature,))


def read(copy, of, **over):
    return gather(of, copy, **({"sanitizer": Sanitizer()} | over))


def shown(sources):
    return [(item.id, item.reason, item.path.rpartition("/")[2], item.first, item.last) for item in sources.snippets]


def test_stack_definition_and_helpers_in_their_order(repo, copy):
    sha = repo.git.resolve("main")
    found = read(copy, flake(occurrence(sha), places=[Location(path="pkg/cart/cart.go", line=8)]))
    assert shown(found) == [
        ("S1", Reason.STACK, "cart.go", 7, 9),
        ("S2", Reason.TEST, "cart_test.go", 5, 10),
        ("S3", Reason.HELPER, "help_test.go", 3, 6),
        ("S4", Reason.HELPER, "cart.go", 3, 5),
    ]
    assert found.snippets[1].text == "\n".join(CART.splitlines()[4:10])
    assert (found.sha, found.locatable, found.test_path, found.problems) == (sha, True, "pkg/cart/cart_test.go", ())


def test_a_stack_line_within_the_test_is_one_snippet(repo, copy):
    place = Location(path="pkg/cart/cart_test.go", line=8)
    found = read(copy, flake(occurrence(repo.git.resolve("main")), places=[place]))
    assert shown(found)[0] == ("S1", Reason.STACK, "cart_test.go", 5, 10)
    assert [item.reason for item in found.snippets].count(Reason.TEST) == 0
    assert found.locatable


def test_the_test_has_a_place_behind_any_number_of_frames(repo, copy):
    body = "\n".join(f"func f{n}() {{\n\tx()\n}}" for n in range(20))
    sha = repo.commit({"deep.go": f"package main\n{body}\n"})
    found = read(copy, flake(occurrence(sha), places=[Location(path="deep.go", line=3 * n + 3) for n in range(20)]))
    assert len(found.snippets) == 6
    assert "TestCart" in "".join(item.text for item in found.snippets)


def test_a_long_function_is_cut_around_the_line(repo, copy):
    text = "package cart\nfunc TestCart(t *testing.T) {\n" + "\tx()\n" * 200 + "}\n"
    sha = repo.commit({"pkg/cart/cart_test.go": text})
    (first, *_) = read(copy, flake(occurrence(sha), places=[Location(path="pkg/cart/cart_test.go", line=150)])).snippets
    assert (first.first, first.last) == (120, 179)
    assert len(first.text.splitlines()) == 60


# --- which commit


def test_the_newest_failure_is_read(repo, copy):
    old = repo.git.resolve("main")
    new = repo.commit({"pkg/cart/cart_test.go": CART.replace("not empty", "new words")})
    found = read(copy, flake(occurrence(old, hours=5), occurrence(new)))
    assert found.sha == new
    assert "new words" in found.snippets[0].text


def test_a_commit_that_is_gone_falls_back_to_an_older_failure(repo, copy):
    old = repo.git.resolve("main")
    found = read(copy, flake(occurrence("1" * 40), occurrence(old, hours=5)))
    assert found.sha == old
    assert found.problems == (
        "the commit of the newest failure cannot be fetched any more; that of an older one was read",
    )


def test_nothing_can_be_fetched(repo, copy):
    found = read(copy, flake(occurrence("1" * 40), occurrence("2" * 40, hours=1)))
    assert (found.sha, found.snippets, found.locatable) == ("", (), False)
    assert found.problems == ("no commit at which this test failed can be fetched any more",)


def test_the_tested_merge_is_read_while_it_is_there(repo, copy):
    base = repo.git.resolve("main")
    head = repo.commit({"pkg/cart/cart_test.go": CART + "\n// head\n"}, branch="topic", start="main")
    author = GitIdentity(name="A", email="a@example.com", date=NOON)
    merge = repo.git.refresh_pull(7, base=base, head=head, author=author)
    one = occurrence(head, tree=f"{head}+{base}", pull_request=7, event="pull_request")
    assert read(copy, flake(one)).sha == merge
    moved = repo.commit({"README.md": "moved"})
    repo.git.refresh_pull(7, base=moved, head=head, author=author)
    found = read(copy, flake(one))
    assert found.sha == head
    assert found.problems == (
        "the tested merge commit cannot be fetched any more; the head of its pull request was read",
    )


def test_a_run_that_tested_another_commit_than_it_names(repo, copy):
    """A workflow may check out what it likes; the log says what."""
    sha = repo.git.resolve("main")
    assert read(copy, flake(occurrence("1" * 40, tree=sha))).sha == sha
    found = read(copy, flake(occurrence(sha, tree="1" * 40)))
    assert found.problems == ("the tested commit cannot be fetched any more; the one its run names was read",)


def test_a_test_that_is_not_there(repo, copy):
    found = read(copy, flake(occurrence(repo.git.resolve("main")), test=replace(TEST, name="TestGone")))
    assert (found.locatable, found.test_path) == (False, "")
    assert "not found by its name" in found.problems[0]


# --- suspects


def test_suspects_touch_what_is_shown(repo, copy):
    last_pass = repo.commit({"README.md": "pass"}, "Pass", days=20)
    touched = repo.commit({"pkg/cart/cart.go": PRODUCT + "\n// x\n"}, "Make carts fast")
    repo.commit({"README.md": "other"}, "Docs")
    first = repo.commit(
        {"pkg/cart/help_test.go": HELPER + "\n// x\n", "pkg/cart/cart_test.go": CART + "\n// y\n"}, "Two"
    )
    later = repo.commit({"pkg/cart/cart.go": PRODUCT}, "Revert")
    of = flake(occurrence(later), occurrence(first, hours=9))
    found = read(copy, of, last_pass_sha=last_pass)
    assert [(item.title, item.sha) for item in found.suspects] == [("Two", first), ("Make carts fast", touched)]
    assert set(found.suspects[0].paths) == {"pkg/cart/cart_test.go", "pkg/cart/help_test.go"}
    assert read(copy, of).suspects == found.suspects, "two weeks are looked at when nobody knows the last pass"


def test_no_more_suspects_than_make_sense(repo, copy):
    for number in range(8):
        sha = repo.commit({"pkg/cart/cart.go": f"{PRODUCT}\n// {number}\n"}, f"C{number}")
    found = read(copy, flake(occurrence(sha)))
    assert [item.title for item in found.suspects] == ["C7", "C6", "C5", "C4", "C3"]


# --- hostile text


def test_secrets_do_not_leave(repo, copy):
    token = "ghp_" + "a1B2" * 9
    key = (
        "-----BEGIN RSA PRIVATE KEY-----\n"
        + "\n".join(f"MIIE{n:060d}" for n in range(90))
        + "\n-----END RSA PRIVATE KEY-----"
    )
    text = CART.replace("not empty", token) + "\nvar key = `" + key + "`\n"
    sha = repo.commit({"pkg/cart/cart_test.go": text}, f"Leak {token}")
    middle = Location(path="pkg/cart/cart_test.go", line=60)
    found = read(copy, flake(occurrence(sha), places=[middle]), sanitizer=Sanitizer(extra_values=("newCart",)))
    texts = "\n".join(item.text for item in found.snippets)
    assert token not in texts + found.suspects[0].title
    assert "MIIE" not in texts
    assert "newCart" not in texts
    assert "TestCart" in texts


HOSTILE = [
    ("../../../etc/passwd", b"root"),
    ("/etc/passwd", b"root"),
    ("pkg/cart/cart_test.go\n", b""),
    ("deep/" * 60 + "x.go", b""),
    ("big.go", b"package a\n" + b"x\n" * 900_000),
    ("binary.go", b"package a\0\n"),
    ("wide.go", b"package a // " + b"x" * 200_000),
    ("latin.go", b"package a // caf\xe9\n"),
]


@pytest.mark.parametrize(("path", "content"), HOSTILE)
def test_hostile_places_of_a_stack(repo, copy, path, content):
    clean = path.strip("/\n").replace("../", "")
    sha = repo.commit({clean: content}) if content else repo.git.resolve("main")
    found = read(
        copy, flake(occurrence(sha), places=[Location(path=path, line=1), Location(path="README.md", line=-5)])
    )
    assert found.locatable
    assert all(len(item.text) < 60 * 310 for item in found.snippets)
    assert all(item.path in repo_files(repo, sha) for item in found.snippets)


def repo_files(repo, sha):
    return {entry.path for entry in repo.git.entries(sha, recursive=True)}


LAYOUTS = [
    ("go, in a module below the root", "go", "example.com/shop/tools/cart", "TestCart", "sub/tools/cart/cart_test.go", CART),
    ("go, a vanity path at the root", "go", "cart.example", "TestCart", "cart_test.go", CART),
    ("pytest below a folder", "python", "tests/test_cart.py", "test_x", "backend/tests/test_cart.py", "def test_x():\n    pass\n"),
    ("pytest as JUnit has it", "junit", "tests.unit.test_cart.TestCart", "test_x", "tests/unit/test_cart.py", "class TestCart:\n    def test_x(self): pass\n"),
    ("jest, named by a title alone", "node", "cart totals", "cart totals adds", "web/src/cart.test.tsx", "describe('cart totals', () => {\n  it('adds', () => {});\n});\n"),
    ("Maven", "junit", "com.acme.CartTest", "total", "core/src/test/java/com/acme/CartTest.java", "class CartTest {\n  @Test\n  void total() { }\n}\n"),
    ("Rust, beside the code", "rust", "shop", "cart::tests::total", "crates/shop/src/cart.rs", "mod tests {\n  #[test]\n  fn total() {}\n}\n"),
    ("GoogleTest", "cpp", "CartTest", "Total", "src/cart_unittest.cc", "TEST(CartTest, Total) {\n}\n"),
    ("RSpec", "ruby", "spec/cart_spec.rb", "Cart adds", "spec/cart_spec.rb", "describe Cart do\n  it 'adds' do\n  end\nend\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ecosystem", "suite", "name", "path", "text"), [row[1:] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS]
)
def test_the_file_is_found_among_many(repo, copy, ecosystem, suite, name, path, text):
    others = {
        f"{folder}/test_{n}_spec.{end}": "x = 1\n"
        for folder in ("a", "tests")
        for n in range(30)
        for end in ("py", "rb", "ts")
    }
    others |= {f"src/test/java/x/Other{n}Test.java": "class A { }\n" for n in range(50)}
    sha = repo.commit({**others, **dict.fromkeys(FILES), path: text})
    found = read(copy, flake(occurrence(sha), test=TestId(ecosystem=ecosystem, suite=suite, name=name)))
    assert found.test_path == path
