"""Where the simulator may differ from GitHub's published description, each with its reason.

Rule: the list stays short, and an entry that nothing needs any more fails a test.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A problem that is no fault: `where` matches the endpoint and status of a checker's line, `problem` the rest."""

    where: str
    problem: str
    reason: str

    def covers(self, line: str) -> bool:
        """Whether a line of the checker is this deviation."""
        place, _, rest = line.partition(": ")
        return re.fullmatch(self.where, place) is not None and re.search(self.problem, rest) is not None


DEVIATIONS = (
    Deviation(
        where=r"[A-Z]+ \S+ -> 4\d\d",
        problem=r"^body: Additional properties are not allowed \('status' was unexpected\)$",
        reason="every error of GitHub carries its status; validation-error and some inline schemas leave it out",
    ),
    Deviation(
        where=r"GET /repos/\{owner\}/\{repo\}/actions/(workflows/\{workflow_id\}/)?runs",
        problem=r"^query parameter 'created': .* is not a \"date-time\"$",
        reason="described as one moment; its own text allows the search syntax for ranges, which lists need",
    ),
    Deviation(
        where=r"GET /repos/\{owner\}/\{repo\}/actions/(jobs|runs)/\S+/logs -> 410",
        problem=r"^status 410 is not described \(only 302\)$",
        reason="logs beyond their retention are gone; the description speaks only of the redirect",
    ),
    Deviation(
        where=r"GET /repos/\{owner\}/\{repo\}/contents/\{path\} -> 200",
        problem=r"^content type 'application/vnd.github.raw' is not described$",
        reason="the raw media type is documented in its text, which lists no content type for it",
    ),
    Deviation(
        where=r"(POST|PUT) /repos/\{owner\}/\{repo\}/issues/\{issue_number\}/labels",
        problem=r"^body: \[.*\] is not of type \"object\"$",
        reason="GitHub also takes the bare array of names, which PyGithub sends",
    ),
)

# Routes of the simulator without a counterpart in the description: (method, template) to reason.
UNDESCRIBED_ROUTES = {
    ("POST", "/graphql"): "GraphQL has a schema of its own, against which graphql_contract.py checks it",
    (
        "GET",
        "/repos/{owner}/{repo}/contents",
    ): "the root folder; described only with a path, which may be empty",
    (
        "GET",
        "/repositories/{repository_id}",
    ): "an old address by number, which links and redirects still use",
}
# Addresses the simulator answers beside its routing table, an example of each: no exchange with them is checked.
BESIDE_THE_API = {
    "/_simulator/requests": "the simulator's own controls; GitHub has nothing like it",
    "/acme/widgets.git/info/refs?service=git-upload-pack": "git's own protocol, spoken by git itself on both sides",
    "/acme/widgets/issues": "pages for people",
    "/_storage/1": "stands for the blob storage that logs and artifacts are redirected to",
}
