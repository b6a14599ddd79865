"""GitHub as the jobs use it: runs, jobs, logs, artifacts, issues, comments and labels, in core types.

The rule it keeps: JSON stops here. Callers get complete lists, never pages, and every write is one request.
Endpoints: https://docs.github.com/rest.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ftc.clients.payloads import (
    Artifact,
    Comment,
    Edit,
    Issue,
    Repository,
    artifact_of,
    comment_of,
    edit_of,
    issue_of,
    job_of,
    repository_of,
    run_of,
)
from ftc.clients.transport import Transport, segment
from ftc.core.model import JobResult, Run

RESULT_CAP = 1000
"""GitHub returns at most this many runs per filtered query; older ones need a query of their own."""

PREFLIGHT = """
query ($owner: String!, $name: String!) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    isFork
    defaultBranchRef { name }
    inGithub: object(expression: "HEAD:.github/CODEOWNERS") { ...file }
    inRoot: object(expression: "HEAD:CODEOWNERS") { ...file }
    inDocs: object(expression: "HEAD:docs/CODEOWNERS") { ...file }
    owners: object(expression: "HEAD:OWNERS") { ...file }
    aliases: object(expression: "HEAD:OWNERS_ALIASES") { ...file }
  }
}
fragment file on Blob { text isTruncated }
"""

OWNER_FILES = {
    "inGithub": ".github/CODEOWNERS",
    "inRoot": "CODEOWNERS",
    "inDocs": "docs/CODEOWNERS",
    "owners": "OWNERS",
    "aliases": "OWNERS_ALIASES",
}
"""Path of each file that ``PREFLIGHT`` asks for, by the name of its field; ``HEAD`` is the default branch's newest."""

EDITORS = """
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      userContentEdits(first: 20) { nodes { editedAt editor { __typename login } diff } }
    }
  }
}
"""


class GitHub:
    """One repository through one token."""

    def __init__(self, *, repo: str, transport: Transport) -> None:
        self.repo = repo
        self.transport = transport
        owner, _, name = repo.partition("/")
        self._names = {"owner": owner, "name": name}
        self._base = f"/repos/{segment(owner)}/{segment(name)}"

    def preflight(self) -> Repository:
        """Own login, default branch and owners' files in one request; NotFound for an unknown repository.

        Any token may ask; the files are missing for one that may not read contents.
        """
        data = self.transport.graphql(PREFLIGHT, self._names, optional=OWNER_FILES)
        return repository_of(data, files=OWNER_FILES)

    def runs(self, since: datetime) -> Iterator[Run]:
        """Runs created at or after ``since``, newest first, in slices that stay below GitHub's cap on results."""
        until = ""
        while True:
            seen, oldest = 0, ""
            for page in self.transport.pages(f"{self._base}/actions/runs", created=f"{stamp(since)}..{until or '*'}"):
                for item in page["workflow_runs"]:
                    seen, oldest = seen + 1, item["created_at"]
                    yield run_of(item, repo=self.repo)
            if seen < RESULT_CAP or oldest == until:
                return
            until = oldest

    def run(self, run_id: str) -> Run:
        """One run, as its newest attempt."""
        return run_of(self.transport.get(f"{self._base}/actions/runs/{segment(run_id)}"), repo=self.repo)

    def attempt(self, run_id: str, attempt: int) -> Run:
        """One earlier attempt of a run."""
        path = f"{self._base}/actions/runs/{segment(run_id)}/attempts/{attempt}"
        return run_of(self.transport.get(path), repo=self.repo)

    def jobs(self, run_id: str) -> Mapping[int, tuple[JobResult, ...]]:
        """The jobs of every attempt of a run, by attempt."""
        found: dict[int, list[JobResult]] = {}
        for page in self.transport.pages(f"{self._base}/actions/runs/{segment(run_id)}/jobs", filter="all"):
            for item in page["jobs"]:
                found.setdefault(item.get("run_attempt") or 1, []).append(job_of(item))
        return {attempt: tuple(jobs) for attempt, jobs in found.items()}

    def job_log(self, job_id: str) -> Iterator[bytes]:
        """The plain-text log of one job, in chunks; raises NotFound when it has expired."""
        return self.transport.download(f"{self._base}/actions/jobs/{segment(job_id)}/logs")

    def artifacts(self, run_id: str) -> tuple[Artifact, ...]:
        """The artifacts of a run, of all attempts."""
        pages = self.transport.pages(f"{self._base}/actions/runs/{segment(run_id)}/artifacts")
        return tuple(artifact_of(item) for page in pages for item in page["artifacts"])

    def artifact(self, artifact_id: int) -> Iterator[bytes]:
        """The zip file of one artifact, in chunks."""
        return self.transport.download(f"{self._base}/actions/artifacts/{artifact_id}/zip")

    def pull_files(self, number: int) -> tuple[str, ...]:
        """Paths changed by a pull request."""
        pages = self.transport.pages(f"{self._base}/pulls/{number}/files")
        return tuple(item["filename"] for page in pages for item in page)

    def issues(self, label: str) -> tuple[Issue, ...]:
        """Every issue with a label, open or closed, lowest number first; pull requests left out."""
        pages = self.transport.pages(f"{self._base}/issues", labels=label, state="all", sort="created", direction="asc")
        return tuple(issue_of(item) for page in pages for item in page if "pull_request" not in item)

    def issue(self, number: int) -> Issue:
        """One issue; raises NotFound for a deleted one."""
        return issue_of(self.transport.get(f"{self._base}/issues/{number}"))

    def edits(self, number: int) -> tuple[Edit, ...]:
        """The edit history of an issue's body, newest first; empty when it was never edited."""
        data = self.transport.graphql(EDITORS, {**self._names, "number": number})
        nodes = (data["repository"]["issue"]["userContentEdits"] or {}).get("nodes") or ()
        return tuple(edit_of(node) for node in nodes)

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Every comment of an issue, oldest first."""
        pages = self.transport.pages(f"{self._base}/issues/{number}/comments")
        return tuple(comment_of(item) for page in pages for item in page)

    def comment(self, comment: int) -> Comment:
        """One comment; raises NotFound for a deleted one."""
        return comment_of(self.transport.get(f"{self._base}/issues/comments/{comment}"))

    def delete_comment(self, comment: int) -> None:
        """Delete one of our own comments."""
        self.transport.write("DELETE", f"{self._base}/issues/comments/{comment}")

    def label_names(self) -> tuple[str, ...]:
        """Names of the repository's labels."""
        return tuple(item["name"] for page in self.transport.pages(f"{self._base}/labels") for item in page)

    def create_label(self, *, name: str, color: str, description: str) -> None:
        """Create a label that does not exist yet."""
        self.transport.write("POST", f"{self._base}/labels", {"name": name, "color": color, "description": description})

    def create_issue(self, *, title: str, body: str, labels: tuple[str, ...]) -> Issue:
        """Open an issue."""
        body_json = {"title": title, "body": body, "labels": list(labels)}
        return issue_of(self.transport.write("POST", f"{self._base}/issues", body_json))

    def edit_issue(self, number: int, **fields: str) -> Issue:
        """Change title, body, state or state_reason; labels have their own endpoints, since PATCH replaces them all."""
        return issue_of(self.transport.write("PATCH", f"{self._base}/issues/{number}", fields))

    def add_labels(self, number: int, labels: tuple[str, ...]) -> None:
        """Add labels to an issue."""
        self.transport.write("POST", f"{self._base}/issues/{number}/labels", {"labels": list(labels)})

    def create_comment(self, number: int, body: str) -> Comment:
        """Comment on an issue."""
        return comment_of(self.transport.write("POST", f"{self._base}/issues/{number}/comments", {"body": body}))

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Replace the text of a comment."""
        return comment_of(self.transport.write("PATCH", f"{self._base}/issues/comments/{comment}", {"body": body}))


def stamp(moment: datetime) -> str:
    """A time as GitHub's filters want it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
