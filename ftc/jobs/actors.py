"""Who somebody is in the write repository now: role by the permission endpoint, standing by the owners' files.

Rule: asked once for each login and job, when it matters, and never taken from the event or from a comment's own word.
"""

from dataclasses import dataclass, field

from ftc.clients.payloads import Permission
from ftc.core.authority import Actor, Policy, Standing, approvers, role
from ftc.core.decision import House
from ftc.core.dispatch import Caps
from ftc.core.model import Flake
from ftc.core.owners import path_of_test
from ftc.core.turns import Turn
from ftc.jobs.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The accounts of one job; ``known`` is filled as they are asked about."""

    ctx: Context
    known: dict[str, Permission] = field(default_factory=dict)

    def actor(self, turn: Turn, flake: Flake | None) -> Actor:
        """Who did this; nobody in particular for an account that GitHub does not know any more."""
        has = self._permission(turn.login)
        return Actor(
            login=turn.login,
            role=role(has.role_name, has.permission),
            # Both must say that it is a person; the permission endpoint says nothing of an unknown account.
            type=turn.type if turn.type != "User" else has.account_type,
            via_app=turn.via_app,
            teams=None,  # no token of a job may read who is in a team
            standings=self._standings(turn.login, flake),
        )

    def _permission(self, login: str) -> Permission:
        name = login.lower()
        if name not in self.known:
            self.known[name] = self.ctx.write.permission(login)
        return self.known[name]

    def _standings(self, login: str, flake: Flake | None) -> frozenset[Standing]:
        owners, name = self.ctx.ownership, login.lower()
        named = {
            Standing.OWNERS_APPROVER: owners.approvers,
            Standing.OWNERS_REVIEWER: owners.reviewers,
            Standing.CODEOWNER: owners.codeowners_of(path_of_test(flake)) if flake else (),
        }
        return frozenset(standing for standing, names in named.items() if name in {item.lower() for item in names})


def house_of(ctx: Context) -> House:
    """The rules of this repository as the decisions need them."""
    config = ctx.config
    return House(
        policy=Policy(
            approvers=approvers(config.approvers),
            proxies=frozenset(name.lower() for name in config.proxy_bots),
            own=frozenset(name.lower() for name in ctx.trusted),
        ),
        prefix=config.label_prefix,
        threshold=config.approval_threshold,
        runners=config.runners,
        fixes=config.mode.value == "fix",
        caps=Caps(parallel=config.fix_max_parallel, pulls=config.fix_max_pulls),
        model=config.model,
        quarantine_max=config.quarantine_max,
        login=ctx.login,
        repo=ctx.write.repo,
        run_url=ctx.run_url,
        agent=config.fix_agent,
        has_command=bool(config.agent_command),
        product_code=config.product_code,
    )
