"""Workflow runs of one repository: runs, attempts, jobs, logs and artifacts (https://docs.github.com/rest/actions)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from ftc.clients.payloads import Artifact, artifact_of, job_of, run_of
from ftc.clients.repository_api import RepositoryApi, stamp
from ftc.clients.transport import segment
from ftc.core.model import JobResult, Run

RESULT_CAP = 1000
"""GitHub returns at most this many runs per filtered query; older ones need a query of their own."""


class ActionsApi(RepositoryApi):
    """What ran."""

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

    def runs_of_commit(self, sha: str) -> tuple[Run, ...]:
        """The runs of one head commit, newest first."""
        pages = self.transport.pages(f"{self._base}/actions/runs", head_sha=sha)
        return tuple(run_of(item, repo=self.repo) for page in pages for item in page["workflow_runs"])

    def rerun_job(self, job_id: str) -> None:
        """Run one job of a completed run again, as a new attempt; needs ``actions: write``."""
        self.transport.write("POST", f"{self._base}/actions/jobs/{segment(job_id)}/rerun")

    def last_success(self, *, branch: str, workflow: str, before: datetime) -> Run | None:
        """The newest successful run of a workflow, by its name, on a branch before a moment; of the last hundred."""
        bound = f"<{stamp(before)}"
        path, filters = f"{self._base}/actions/runs", {"branch": branch, "status": "success", "created": bound}
        page = next(self.transport.pages(path, **filters))
        runs = (run_of(item, repo=self.repo) for item in page["workflow_runs"])
        return next((run for run in runs if run.workflow == workflow), None)

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
