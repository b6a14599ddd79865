"""Real `git clone`, `fetch` and `push` over HTTP against the simulator's git."""

import base64
import subprocess
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ftc.simulator.git_backend import NewCommit, open_repository
from ftc.simulator.git_http import GitAccess, GitRequest, answer_git, is_git_path, token_of
from ftc.simulator.git_process import git_environment
from ftc.simulator.git_types import GitIdentity

ADA = GitIdentity(name="Ada", email="ada@example.com", date=datetime(2026, 5, 1, tzinfo=UTC))


def authorise(name, token, push):
    """acme/widgets is public and "writer" may push; acme/secret is for "writer" only."""
    if token not in (None, "reader", "writer"):
        return GitAccess.WHO_ARE_YOU
    if name == "acme/secret" and token != "writer":
        return GitAccess.WHO_ARE_YOU if token is None else GitAccess.HIDDEN
    if push and token != "writer":
        return GitAccess.WHO_ARE_YOU if token is None else GitAccess.FORBIDDEN
    return GitAccess.ALLOWED


@pytest.fixture
def repo(tmp_path):
    made = open_repository(root=tmp_path / "git", full_name="acme/widgets")
    files = {"a.txt": b"a\n", "b.txt": b"b\n" * 1000}
    made.add_commits("main", [NewCommit(message=f"c{n}", author=ADA, files=files | {"n": b"%d" % n}) for n in range(3)])
    return made


@pytest.fixture
def server(repo):
    answers = []

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = (
                self.chunked()
                if "transfer-encoding" in headers
                else self.rfile.read(int(headers.get("content-length", 0)))
            )
            request = GitRequest(method=self.command, path=path, query=query, headers=headers, body=body)
            answer = answer_git(request, authorise=authorise, locate=locate)
            answers.append(answer)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def chunked(self):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_POST = answer

        def log_message(self, *args):
            pass

    def locate(name):
        path = repo.path.parents[1] / f"{name}.git"
        return path if path.is_dir() else None

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    httpd.url = f"http://127.0.0.1:{httpd.server_port}"
    httpd.answers = answers
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def git(cwd, *args, token=None, check=True):
    environment = git_environment() | {"GIT_AUTHOR_NAME": "Bot", "GIT_AUTHOR_EMAIL": "bot@example.com"}
    environment |= {"GIT_COMMITTER_NAME": "Bot", "GIT_COMMITTER_EMAIL": "bot@example.com"}
    header = []
    if token:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        header = ["-c", f"http.extraHeader=Authorization: Basic {basic}"]
    done = subprocess.run(
        ["git", *header, *args], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("suffix", [".git", ""])
def test_clone_without_credentials(server, tmp_path, suffix):
    git(tmp_path, "clone", "-q", f"{server.url}/acme/widgets{suffix}", "copy")
    assert (tmp_path / "copy" / "n").read_text() == "2"


def test_shallow_blobless_fetch_of_an_exact_sha(server, repo, tmp_path):
    """What a fix run does on a hosted runner: one commit, no blobs but those checked out."""
    sha = repo.history("main")[1]
    git(tmp_path, "init", "-q", "work")
    work = tmp_path / "work"
    git(work, "remote", "add", "origin", f"{server.url}/acme/widgets")
    git(work, "fetch", "-q", "--depth=1", "--filter=blob:none", "origin", sha)
    git(work, "checkout", "-q", "FETCH_HEAD")
    assert (work / "n").read_text() == "1"
    assert git(work, "rev-list", "--count", "HEAD").stdout == "1\n"


def test_pull_request_references_can_be_fetched_but_not_pushed(server, repo, tmp_path):
    (head,) = repo.add_commits("topic", [NewCommit(message="t", author=ADA, files={"t": b"t"})], start="main")
    merged = repo.refresh_pull(1, base=repo.resolve("main"), head=head, author=ADA)
    git(tmp_path, "clone", "-q", f"{server.url}/acme/widgets", "copy")
    copy = tmp_path / "copy"
    git(copy, "fetch", "-q", "origin", "refs/pull/1/merge")
    assert git(copy, "rev-parse", "FETCH_HEAD").stdout.strip() == merged
    refused = git(copy, "push", "-q", "origin", "HEAD:refs/pull/1/head", token="writer", check=False)
    assert "hidden ref" in refused.stderr
    assert repo.resolve("refs/pull/1/head") == head


def test_push_reports_what_it_changed(server, repo, tmp_path):
    git(tmp_path, "clone", "-q", f"{server.url}/acme/widgets", "copy")
    copy = tmp_path / "copy"
    # Above http.postBuffer git sends the pack in chunks.
    (copy / "large.bin").write_bytes(bytes(n * n % 251 for n in range(50_000)))
    git(copy, "add", ".")
    git(copy, "commit", "-q", "-m", "large")
    git(copy, "-c", "http.postBuffer=1024", "push", "-q", "origin", "HEAD:ai/fix/1-x", token="writer")
    sha = git(copy, "rev-parse", "HEAD").stdout.strip()
    assert repo.resolve("ai/fix/1-x") == sha
    (update,) = server.answers[-1].updates
    assert (update.name, update.before, update.after) == ("refs/heads/ai/fix/1-x", None, sha)
    assert (server.answers[-1].repository, server.answers[-1].token) == ("acme/widgets", "writer")
    git(copy, "push", "-q", "origin", ":ai/fix/1-x", token="writer")
    assert (server.answers[-1].updates[0].before, server.answers[-1].updates[0].after) == (sha, None)


def test_push_that_is_not_a_fast_forward_is_refused(server, repo, tmp_path):
    git(tmp_path, "clone", "-q", f"{server.url}/acme/widgets", "copy")
    copy = tmp_path / "copy"
    git(copy, "commit", "-q", "--amend", "-m", "rewritten")
    before = repo.resolve("main")
    refused = git(copy, "push", "-q", "origin", "HEAD:main", token="writer", check=False)
    assert "non-fast-forward" in refused.stderr
    assert repo.resolve("main") == before


@pytest.mark.parametrize(
    ("token", "says"),
    [
        (None, "terminal prompts disabled"),
        ("reader", "403"),
        ("stolen", "Authentication failed"),
    ],
)
def test_push_without_the_right(server, repo, tmp_path, token, says):
    git(tmp_path, "clone", "-q", f"{server.url}/acme/widgets", "copy")
    before = repo.references()
    done = git(tmp_path / "copy", "push", "-q", "origin", "HEAD:x", token=token, check=False)
    assert done.returncode != 0
    assert says in done.stderr or "could not read Username" in done.stderr
    assert repo.references() == before


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("reader", 404), ("writer", 200)])
def test_private_repository_is_hidden(repo, token, status):
    secret = open_repository(root=repo.path.parents[1], full_name="acme/secret")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = GitRequest(
        method="GET", path="/acme/secret.git/info/refs", query="service=git-upload-pack", headers=headers
    )
    answer = answer_git(request, authorise=authorise, locate=lambda _: secret.path)
    assert answer.status == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/acme/widgets.git/info/refs", ""),  # the dumb protocol
        ("GET", "/acme/widgets.git/info/refs", "service=git-upload-archive"),
        ("GET", "/acme/widgets.git/git-receive-pack", ""),
        ("POST", "/acme/widgets.git/info/refs", "service=git-receive-pack"),
        ("GET", "/acme/widgets.git/HEAD", ""),
        ("GET", "/acme/widgets.git/../secret.git/info/refs", "service=git-upload-pack"),
    ],
)
def test_other_requests_are_unknown(repo, method, path, query):
    request = GitRequest(method=method, path=path, query=query, headers={})
    assert answer_git(request, authorise=lambda *_: GitAccess.ALLOWED, locate=lambda _: repo.path).status == 404


def test_paths_of_git_and_of_pages_are_told_apart():
    assert is_git_path("/o/r.git/info/refs")
    assert is_git_path("/o/r/git-upload-pack")
    assert not is_git_path("/o/r/pull/1")
    assert not is_git_path("/repos/o/r/git/refs")


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer T", "T"),
        ("token T", "T"),
        ("Basic " + base64.b64encode(b"x-access-token:T").decode(), "T"),
        ("Basic " + base64.b64encode(b"T:x-oauth-basic").decode(), "T"),
        ("Basic " + base64.b64encode(b"T:").decode(), "T"),
        ("Basic %%%", None),
        ("Digest x", None),
        ("", None),
    ],
)
def test_tokens_in_headers(header, token):
    assert token_of(header) == token
