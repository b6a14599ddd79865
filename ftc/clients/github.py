"""GitHub as the jobs use it, in core types: workflow runs, issues and pull requests of one repository.

The rule it keeps: JSON stops here. Callers get complete lists, never pages, and every write is one request.
Endpoints: https://docs.github.com/rest.
"""

from ftc.clients.actions_api import ActionsApi
from ftc.clients.board_api import BoardApi
from ftc.clients.fix_api import FixApi
from ftc.clients.issue_api import IssueApi
from ftc.clients.payloads import Repository, repository_of
from ftc.clients.pull_api import PullApi
from ftc.clients.upkeep_api import UpkeepApi

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


class GitHub(ActionsApi, BoardApi, FixApi, IssueApi, PullApi, UpkeepApi):
    """One repository through one token."""

    def preflight(self) -> Repository:
        """Own login, default branch and owners' files in one request; NotFound for an unknown repository.

        Any token may ask; the files are missing for one that may not read contents.
        """
        data = self.transport.graphql(PREFLIGHT, self._names, optional=OWNER_FILES)
        return repository_of(data, files=OWNER_FILES)
