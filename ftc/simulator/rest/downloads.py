"""Logs and artifacts: a redirect to a short-lived link on another host, and what that host answers.

Rule: the storage knows no tokens; a link is valid one minute, and a request that still carries an Authorization
header is refused as blob storage does it, so a client that forwards its token is found out.
"""

import io
import secrets
import zipfile
from collections.abc import Mapping
from datetime import timedelta

from ftc.simulator.access import reads, writes
from ftc.simulator.http import ApiError, Request, Response, not_found
from ftc.simulator.rest.call import Call, StoredLink, endpoint
from ftc.simulator.rest.listing import page
from ftc.simulator.rest.runs import find_attempt, find_job, find_run
from ftc.simulator.shapes.actions import artifact as artifact_shape
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import Artifact, Attempt, Content, World

LINK_LIFETIME = timedelta(minutes=1)
STORAGE_PATH = "/_storage/"
_GONE = "Server Error: logs have expired"
# Zip entries need a time; one that never changes keeps the same artifact byte-identical.
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)


@endpoint("GET", "/actions/jobs/{job_id}/logs", reads("actions", signed_in=True))
def job_log(call: Call) -> Response:
    """302 to the plain text; 410 once expired, 404 when the job wrote none."""
    _, _, job = find_job(call)
    if job.log_expired:
        raise ApiError(410, _GONE)
    if job.log is None:
        raise not_found()
    return _redirect(call, job.log, content_type="text/plain; charset=utf-8", file_name="job-logs.txt")


@endpoint("GET", "/actions/runs/{run_id}/logs", reads("actions", signed_in=True))
def run_logs(call: Call) -> Response:
    """302 to a zip with the logs of the newest attempt."""
    return _attempt_logs(call, find_run(call).latest)


@endpoint("GET", "/actions/runs/{run_id}/attempts/{attempt_number}/logs", reads("actions", signed_in=True))
def attempt_logs(call: Call) -> Response:
    """302 to a zip with the logs of one attempt."""
    return _attempt_logs(call, find_attempt(call, find_run(call)))


def _attempt_logs(call: Call, attempt: Attempt) -> Response:
    if attempt.jobs and all(job.log_expired for job in attempt.jobs):
        raise ApiError(410, _GONE)
    logs = {f"{number}_{job.name}.txt": job.log for number, job in enumerate(attempt.jobs) if job.log is not None}
    data = Content(inline=zipped(logs))
    return _redirect(call, data, content_type="application/zip", file_name="logs.zip")


@endpoint("GET", "/actions/artifacts", reads("actions"))
def list_artifacts(call: Call) -> Response:
    """The artifacts of the repository, newest first."""
    return _artifacts_page(call, list(call.repo.artifacts.values()))


@endpoint("GET", "/actions/runs/{run_id}/artifacts", reads("actions"))
def list_run_artifacts(call: Call) -> Response:
    """The artifacts of a run."""
    run = find_run(call)
    return _artifacts_page(call, [entry for entry in call.repo.artifacts.values() if entry.run_id == run.id])


def _artifacts_page(call: Call, artifacts: list[Artifact]) -> Response:
    name = call.request.query.get("name")
    found = [entry for entry in reversed(artifacts) if not name or entry.name == name]
    return page(call, found, lambda entry: _shown(call, entry), key="artifacts")


def _shown(call: Call, artifact: Artifact) -> JSON:
    return artifact_shape(call.view, call.repo, artifact, size=len(zipped(artifact.files)))


def _find(call: Call) -> Artifact:
    found = call.repo.artifacts.get(call.number("artifact_id"))
    if found is None:
        raise not_found()
    return found


@endpoint("GET", "/actions/artifacts/{artifact_id}", reads("actions"))
def get_artifact(call: Call) -> Response:
    """One artifact."""
    return Response.of_json(_shown(call, _find(call)))


@endpoint("DELETE", "/actions/artifacts/{artifact_id}", writes("actions"))
def delete_artifact(call: Call) -> Response:
    """Remove an artifact."""
    del call.repo.artifacts[_find(call).id]
    return Response.empty()


@endpoint("GET", "/actions/artifacts/{artifact_id}/{archive_format}", reads("actions", signed_in=True))
def download_artifact(call: Call) -> Response:
    """302 to the zip; 410 once expired."""
    artifact = _find(call)
    if call.params["archive_format"] != "zip":
        raise not_found()
    if artifact.expired or artifact.expires_at <= call.world.now():
        raise ApiError(410, "Artifact has expired")
    data = Content(inline=zipped(artifact.files))
    return _redirect(call, data, content_type="application/zip", file_name=f"{artifact.name}.zip")


def zipped(files: Mapping[str, Content]) -> bytes:
    """The same files always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, date_time=_ZIP_TIME), content.read(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _redirect(call: Call, content: Content, *, content_type: str, file_name: str) -> Response:
    key = secrets.token_hex(16)
    expires = call.world.now() + LINK_LIFETIME
    call.links[key] = StoredLink(content=content, content_type=content_type, file_name=file_name, expires_at=expires)
    location = f"{call.storage_url}{STORAGE_PATH}{key}?sig={key[:8]}&se={expires:%Y-%m-%dT%H:%M:%SZ}"
    return Response.empty(302, headers={"location": location})


def answer_storage(world: World, links: Mapping[str, StoredLink], request: Request) -> Response:
    """What the storage host answers; its errors are XML and know nothing of GitHub."""
    if "authorization" in request.headers:
        return _storage_error(400, "InvalidAuthenticationInfo", "Authentication information is not given correctly.")
    link = links.get(request.path.removeprefix(STORAGE_PATH))
    if link is None:
        return _storage_error(404, "BlobNotFound", "The specified blob does not exist.")
    if world.now() > link.expires_at:
        return _storage_error(403, "AuthenticationFailed", "Signature not valid in the specified time frame.")
    disposition = f'attachment; filename="{link.file_name}"'
    headers = {"content-type": link.content_type, "content-disposition": disposition}
    return Response(status=200, headers=headers, body=link.content.read())


def _storage_error(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    headers = {"content-type": "application/xml", "x-ms-error-code": code}
    return Response(status=status, headers=headers, body=body.encode())
