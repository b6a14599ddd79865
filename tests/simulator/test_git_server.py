"""Real git against the running server: clone, fetch, push, and what a push means to the API beside it."""

import base64
import json
import subprocess
import urllib.error
import urllib.request

import pytest

from ftc.simulator.git_process import git_environment
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

SCENARIO = """
now: 2026-05-01T12:00:00Z
tokens:
  writer: ada
  outsider: mallory
  job:
    permissions: {contents: read}
    repository: acme/widgets
repositories:
  acme/widgets:
    roles: {ada: write}
    files:
      README.md: widgets
  acme/secret:
    private: true
    roles: {ada: read}
"""


@pytest.fixture
def simulator():
    return Simulator.load(SCENARIO)


@pytest.fixture
def url(simulator):
    with serving(simulator) as address:
        yield address


def git(cwd, *args, token=None, check=True):
    environment = git_environment() | {"GIT_AUTHOR_NAME": "Bot", "GIT_AUTHOR_EMAIL": "bot@example.com"}
    environment |= {"GIT_COMMITTER_NAME": "Bot", "GIT_COMMITTER_EMAIL": "bot@example.com"}
    if token:
        # As the checkout action does it: the credential is configuration in the environment, never in argv or a URL.
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        count = int(environment["GIT_CONFIG_COUNT"])
        environment |= {"GIT_CONFIG_COUNT": str(count + 1), f"GIT_CONFIG_KEY_{count}": "http.extraHeader"}
        environment[f"GIT_CONFIG_VALUE_{count}"] = f"Authorization: Basic {basic}"
    done = subprocess.run(
        ["git", *args], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done


def api(url, path, *, token="writer", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/api/v3{path}", data=data, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def copy(url, tmp_path):
    git(tmp_path, "clone", "-q", f"{url}/acme/widgets.git", "copy")
    return tmp_path / "copy"


def commit(copy, name, content="x"):
    (copy / name).write_text(content)
    git(copy, "add", ".")
    git(copy, "commit", "-q", "-m", f"Add {name}")
    return git(copy, "rev-parse", "HEAD").stdout.strip()


def test_clone_push_and_pull_request(url, copy):
    """The way of a fix: branch, push, pull request, another push, and the API knows each head."""
    first = commit(copy, "a.txt")
    git(copy, "push", "-q", "origin", "HEAD:ai/fix/1-a", token="writer")
    assert api(url, "/repos/acme/widgets/branches/ai/fix/1-a")["commit"]["sha"] == first
    pull = api(url, "/repos/acme/widgets/pulls", body={"title": "Fix", "head": "ai/fix/1-a", "base": "main"})
    assert pull["head"]["sha"] == first
    second = commit(copy, "b.txt")
    git(copy, "push", "-q", "origin", "HEAD:ai/fix/1-a", token="writer")
    pull = api(url, f"/repos/acme/widgets/pulls/{pull['number']}")
    assert (pull["head"]["sha"], pull["commits"]) == (second, 2)
    git(copy, "fetch", "-q", "origin", f"refs/pull/{pull['number']}/merge")
    message = git(copy, "log", "-1", "--format=%s", "FETCH_HEAD").stdout.strip()
    assert message == f"Merge {second} into {pull['base']['sha']}"


def test_commit_by_the_api_reaches_the_next_fetch(url, copy):
    """Publish may commit through the API; a clone made before must see it."""
    main = api(url, "/repos/acme/widgets/git/ref/heads/main")["object"]["sha"]
    tree = api(url, "/repos/acme/widgets/git/trees", body={"base_tree": main, "tree": [
        {"path": "n.txt", "mode": "100644", "type": "blob", "content": "new"}]})  # fmt: skip
    made = api(url, "/repos/acme/widgets/git/commits", body={"message": "m", "tree": tree["sha"], "parents": [main]})
    api(url, "/repos/acme/widgets/git/refs", body={"ref": "refs/heads/new", "sha": made["sha"]})
    git(copy, "fetch", "-q", "origin", "new")
    git(copy, "checkout", "-q", "FETCH_HEAD")
    assert (copy / "n.txt").read_text() == "new"


def test_large_push_in_chunks(url, copy, simulator):
    """Above http.postBuffer git probes for authentication, then sends the pack with chunked encoding."""
    (copy / "large.bin").write_bytes(b"".join(n.to_bytes(4, "big") for n in range(0, 2**32, 9973)))
    sha = commit(copy, "small.txt")
    git(copy, "-c", "http.postBuffer=4096", "push", "-q", "origin", "HEAD:large", token="writer")
    assert simulator.world.repository("acme/widgets").git.resolve("large") == sha


@pytest.mark.parametrize("token", [None, "outsider", "job", "stolen"])
def test_push_without_the_right(url, copy, simulator, token):
    """A reader, a job with contents: read and a wrong token are refused, and nothing moved."""
    before = simulator.world.repository("acme/widgets").git.references()
    commit(copy, "a.txt")
    assert git(copy, "push", "-q", "origin", "HEAD:x", token=token, check=False).returncode != 0
    assert simulator.world.repository("acme/widgets").git.references() == before


@pytest.mark.parametrize(("token", "works"), [(None, False), ("outsider", False), ("job", False), ("writer", True)])
def test_private_repository(url, tmp_path, token, works):
    done = git(tmp_path, "clone", "-q", f"{url}/acme/secret", "copy", token=token, check=False)
    assert (done.returncode == 0) == works


def test_a_browser_and_an_api_client_share_the_address(url):
    with urllib.request.urlopen(f"{url}/acme/widgets/issues", timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/html")
        assert "script" not in answer.headers["content-security-policy"]
    assert api(url, "/repos/acme/widgets/issues") == []
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}/acme/nothing/issues", timeout=30)
