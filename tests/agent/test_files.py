"""The agent over a real repository: what it can read, and that what it hands in applies to a real checkout."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from ftc.agent.files import Draft, MirrorFiles, history_of
from ftc.agent.fixer import policy_of, propose, workspace_of
from ftc.agent.leaving import Refused
from ftc.agent.workspace import mirror
from ftc.core.sanitize import Sanitizer
from ftc.simulator.git_backend import NewCommit, open_repository
from ftc.simulator.git_types import GitIdentity
from tests.agent.fix_runs import FILES, FINISH, HYPOTHESIS, MENDED, RIGHT, MemoryFiles, calls, means, reproduction, task
from tests.fakes import ScriptedModel

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
ODD = {
    "logo_test.png": b"\x89PNG\0\0",
    "latin_test.py": b"x = '\xe9'\n",
    "windows_test.py": b"a = 1\r\nb = 2\r\n",
    "mixed_test.py": b"a = 1\r\nb = 2\n",
    "big_test.py": b"# x\n" * 150_000,
    "none_test.py": b"a = 1",
}


@pytest.fixture
def repo(tmp_path):
    made = open_repository(root=tmp_path / "remote", full_name="acme/shop")
    for day, (message, files) in enumerate(
        [("First", FILES | ODD), ("Speed up the cart", {"cart/cart.go": "package cart\n"})]
    ):
        data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        author = GitIdentity(name="A", email="a@example.com", date=NOON + timedelta(days=day))
        made.add_commits("main", [NewCommit(message=message, author=author, files=data)])
    return made


@pytest.fixture
def copy(repo):
    with mirror(repo.path.as_uri()) as opened:
        yield opened


def draft(copy, repo):
    return Draft(MirrorFiles(copy, repo.resolve("main")), policy=policy_of(task()), gate=lambda *_: "")


def test_a_candidate_applies_to_a_checkout_of_the_base(tmp_path, repo, copy):
    sha = repo.resolve("main")
    the_task = task(base_sha=sha)
    space = workspace_of(the_task, MirrorFiles(copy, sha), sanitizer=Sanitizer(), history=history_of(copy, sha))
    model = ScriptedModel(calls(HYPOTHESIS, *RIGHT), calls(FINISH))
    found = propose(the_task, reproduction(base_sha=sha), space, model, means=means(tmp_path))
    with copy.worktree(sha) as folder:
        subprocess.run(["git", "apply", "-"], cwd=folder, check=True, input=found.candidates[0].patch.encode())
        assert (folder / "cart/cart_test.go").read_text() == MENDED
    assert "2026-05-21" in model.asked[0][1].text
    assert "Speed up the cart" in model.asked[0][1].text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("logo_test.png", "binary or too large"),
        ("big_test.py", "binary or too large"),
        (".git/config", "there is no file"),
        ("cart", "there is no file"),
        ("cart/../go.mod", "there is no file"),
        ("", "there is no file"),
    ],
)
def test_what_is_no_text_file_of_the_commit_is_not_read(repo, copy, path, said):
    with pytest.raises(Refused, match=said):
        draft(copy, repo).read(path)


def edited(copy, repo, path, search, replace):
    space = Draft(
        MirrorFiles(copy, repo.resolve("main")), policy=policy_of(task(allowed_paths=("**",))), gate=lambda *_: ""
    )
    space.edit(path, search, replace)
    with copy.worktree(repo.resolve("main")) as folder:
        subprocess.run(["git", "apply", "-"], cwd=folder, check=True, input=space.patch().encode())
        return (folder / path).read_bytes()


def test_every_byte_that_was_not_edited_stays(repo, copy):
    assert edited(copy, repo, "windows_test.py", "a = 1\nb", "a = 3\nc = 4\nb") == b"a = 3\r\nc = 4\r\nb = 2\r\n"
    assert edited(copy, repo, "none_test.py", "1", "2") == b"a = 2"


@pytest.mark.parametrize(
    ("path", "said"),
    [("latin_test.py", "not UTF-8"), ("mixed_test.py", "mixes line ends"), ("big_test.py", "too large")],
)
def test_a_file_that_an_edit_would_harm_is_left_alone(repo, copy, path, said):
    with pytest.raises(Refused, match=said):
        edited(copy, repo, path, "b = 2" if path.startswith("mixed") else "x", "y")


def test_a_search_reads_many_files_in_one_request():
    files = MemoryFiles({f"f{number}.py": "x = 1\n" for number in range(450)})
    space = Draft(files, policy=policy_of(task()), gate=lambda *_: "")
    assert len(list(space.texts(space.paths()))) == 450
    assert len(files.asked) == 450
    assert len(list(space.texts(space.paths()))) == 450
    assert len(files.asked) == 450  # and once
