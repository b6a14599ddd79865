"""Who may do what: roles, configured approvers, and the one function that allows or refuses a command.

Rule: what is not known for certain is a no. A role nobody has heard of is none, a team that this token cannot look up
has no members, an edited comment was written by nobody, and a bot speaks for nobody unless it is listed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.command_table import BY_NAME, Command, Name, Right
from ftc.core.errors import ConfigError


class Role(StrEnum):
    """The roles of the collaborator endpoint, weakest first."""

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for no role at all, rising with power."""
        return list(Role).index(self)

    def reaches(self, least: "Role") -> bool:
        """Whether this role is ``least`` or more."""
        return self.rank >= least.rank


_CEILING = {"admin": Role.ADMIN, "write": Role.MAINTAIN, "read": Role.TRIAGE, "none": Role.NONE}
"""The strongest role behind each legacy ``permission``: maintain is shown as write, triage as read (REST reference,
"Get repository permissions for a user")."""
_BASE = {"admin": Role.ADMIN, "write": Role.WRITE, "read": Role.READ}
"""What a custom role is at least worth, by the ``permission`` GitHub derives from it."""


def role(role_name: str, permission: str = "") -> Role:
    """The role that the permission endpoint's two fields give; unknown names are no role at all.

    A custom role counts as the legacy permission beside it; where the two disagree, the weaker one counts.
    """
    if permission and permission not in _CEILING:
        return Role.NONE
    if role_name not in tuple(Role):
        return _BASE.get(permission, Role.NONE)
    named = Role(role_name)
    return min(named, _CEILING[permission], key=lambda item: item.rank) if permission else named


class Standing(StrEnum):
    """Being named for the test's files in a file of the default branch; the value is the word in the configuration."""

    OWNERS_APPROVER = "owners:approvers"
    OWNERS_REVIEWER = "owners:reviewers"
    CODEOWNER = "codeowners"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, as GitHub's API says it now, not as the event said it then."""

    login: str
    role: Role = Role.NONE
    type: str = "User"
    """``type`` of the account: anything but ``User`` is no person."""
    via_app: str = ""
    """Slug of ``performed_via_github_app``: an app that acted in this person's name."""
    teams: frozenset[str] | None = None
    """Teams as ``org/slug``; None when this token may not ask."""
    standings: frozenset[Standing] = frozenset()

    @property
    def is_person(self) -> bool:
        """Whether the account is a person's, as far as its type and name tell."""
        return self.type == "User" and not _MACHINE.search(self.login)


_MACHINE = re.compile(r"\[bot\]$|(?:^|[-_])(?:ro)?bot(?:$|[-_\d])|^(?:bors|mergify|rustbot|googlebot)$", re.IGNORECASE)
"""Names of automata. Many run as ordinary users (``ti-chi-bot``) and put a label on for whoever asks them; a person
who is taken for one can be listed as an approver by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvers:
    """Who may approve: any one of these is enough."""

    least: Role | None = Role.WRITE
    """The weakest role that may; None when roles do not matter."""
    teams: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    """Logins in lower case, as all names here: GitHub does not tell them apart."""
    standings: frozenset[Standing] = frozenset()

    def include(self, actor: Actor) -> bool:
        """Whether the actor is one; teams that could not be looked up have no members."""
        return (
            bool(self.least and actor.role.reaches(self.least))
            or actor.login.lower() in self.users
            or bool(self.standings & actor.standings)
            or not self.teams.isdisjoint(team.lower() for team in actor.teams or ())
        )


_USER = re.compile(r"@([A-Za-z0-9-]{1,39})", re.ASCII)
_TEAM = re.compile(r"@([A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100})", re.ASCII)
NAMED = {"@login": _USER.pattern, "@org/team": _TEAM.pattern}
"""How people and teams are named among the approvers."""
GRANTING = (Role.TRIAGE, Role.WRITE, Role.MAINTAIN, Role.ADMIN)
"""Roles that somebody was given; on a public repository everybody reads."""
ENTRIES = ", ".join((*GRANTING, *Standing, *NAMED))


def approvers(entries: Sequence[str]) -> Approvers:
    """The configured approvers; none configured means write permission. ``ConfigError`` names a wrong entry."""
    if not entries:
        return Approvers()
    words = [entry.strip() for entry in entries]
    roles = [Role(word) for word in words if word in GRANTING]
    standings = frozenset(Standing(word) for word in words if word in tuple(Standing))
    users = frozenset(match[1].lower() for word in words if (match := _USER.fullmatch(word)))
    teams = frozenset(match[1].lower() for word in words if (match := _TEAM.fullmatch(word)))
    for word in words:
        if word not in (*GRANTING, *Standing) and not _USER.fullmatch(word) and not _TEAM.fullmatch(word):
            raise ConfigError(f"approvers: {word!r} is none of: {ENTRIES}.")
    least = min(roles, key=lambda item: item.rank, default=None)
    return Approvers(least=least, teams=teams, users=users, standings=standings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one repository: its approvers, the automata that may label for others, and who we are."""

    approvers: Approvers = Approvers()
    proxies: frozenset[str] = frozenset()
    """Logins and app slugs, in lower case, that check themselves for whom they act. A listed login's label approves,
    whatever its role, since GitHub gives apps none; its comments never do."""
    own: frozenset[str] = frozenset()
    """Our logins past and present, in lower case: what we write ourselves is never a signal."""


class Signal(StrEnum):
    """How a wish was made known."""

    COMMENT = "comment"
    LABEL = "label"


class Reason(StrEnum):
    """Why a wish is refused; the words for it are in the templates."""

    OURSELVES = "ourselves"
    BOT = "bot"
    PROXY = "proxy"
    EDITED = "edited"
    LABEL = "label"
    ROLE = "role"
    APPROVER = "approver"
    TEAM_UNKNOWN = "team-unknown"
    FORCE = "force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The actor may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The actor may not: the reason, and the weakest role that would do where a role is what is missing."""

    reason: Reason
    least: Role | None = None


_LEAST = {Right.TRIAGE: Role.TRIAGE, Right.STEER: Role.WRITE, Right.WRITE: Role.WRITE}
_OPEN_TO_APPROVERS = (Right.TRIAGE, Right.STEER)
FORCING = Role.MAINTAIN
"""The weakest role that may set aside what is missing for an approval."""


def authorised(
    command: Command, actor: Actor, *, policy: Policy, signal: Signal = Signal.COMMENT, edited: bool = False
) -> Allowed | Refused:
    """Whether the actor may give this command in this way.

    ``actor`` of a label is the actor of its timeline event. ``edited`` is whether the comment was ever edited, by
    whomever: everybody with write permission can put words into a maintainer's comment.
    """
    right = BY_NAME[command.name].right
    refused = _not_a_person(actor, policy, signal)
    if refused:
        return Refused(reason=refused)
    if signal is Signal.LABEL and command != Command(name=Name.AI_FIX):
        return Refused(reason=Reason.LABEL)
    if right is Right.ANYONE or _is_proxy(actor, policy):  # a proxy comes this far with a label only
        return Allowed()
    if edited and signal is Signal.COMMENT:
        return Refused(reason=Reason.EDITED)
    if command.force and not actor.role.reaches(FORCING):
        return Refused(reason=Reason.FORCE, least=FORCING)
    return _by_right(right, actor, policy.approvers)


def _not_a_person(actor: Actor, policy: Policy, signal: Signal) -> Reason | None:
    """Why this is not a person's own word; a listed proxy may label, and nothing but a person comments."""
    login, app = actor.login.lower(), actor.via_app.lower()
    if login in policy.own or not login:
        return Reason.OURSELVES if login else Reason.BOT
    if signal is Signal.LABEL and _is_proxy(actor, policy):
        return None
    if actor.type != "User" or _is_proxy(actor, policy):
        return Reason.BOT
    if not actor.is_person and login not in policy.approvers.users:
        return Reason.BOT
    if app and app not in policy.proxies:
        return Reason.PROXY
    return None


def _is_proxy(actor: Actor, policy: Policy) -> bool:
    return actor.login.lower() in policy.proxies


def _by_right(right: Right, actor: Actor, who: Approvers) -> Allowed | Refused:
    if right is Right.APPROVE:
        return Allowed() if who.include(actor) else _no_approver(actor, who)
    least = _LEAST[right]
    if actor.role.reaches(least) or (right in _OPEN_TO_APPROVERS and who.include(actor)):
        return Allowed()
    return Refused(reason=Reason.ROLE, least=least)


def _no_approver(actor: Actor, who: Approvers) -> Refused:
    """No, and whether a question that this token may not ask could have made it a yes."""
    unknown = bool(who.teams) and actor.teams is None
    return Refused(reason=Reason.TEAM_UNKNOWN if unknown else Reason.APPROVER, least=who.least)
