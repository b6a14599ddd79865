"""Check runs, commit statuses and deployments of a scenario."""

from ftc.simulator.scenario.ci import CONCLUSIONS, allowed, commit_of
from ftc.simulator.scenario.fields import Section
from ftc.simulator.scenario.place import Place
from ftc.simulator.world import CheckRun, CommitStatus, Deployment, DeploymentStatus


def add_checks(place: Place, given: Section) -> None:
    """What hangs on commits besides runs."""
    _add_statuses(place, given)
    _add_check_runs(place, given)
    _add_deployments(place, given)


def _add_statuses(place: Place, given: Section) -> None:
    now, world, repository = place.world.now(), place.world, place.repository
    for where, value in given.items("statuses"):
        entry = Section(value, where, ("sha", "context", "state", "description", "target_url", "creator", "at"))
        repository.statuses.append(
            CommitStatus(
                id=world.next_id(),
                sha=commit_of(place, entry, default=repository.default_branch),
                state=allowed(entry.text("state", "success"), ("error", "failure", "pending", "success"), where),
                context=entry.text("context", "default"),
                description=entry.maybe_text("description"),
                target_url=entry.maybe_text("target_url"),
                creator=world.user(entry.text("creator", repository.owner)).login,
                created_at=entry.time("at", now=now),
            )
        )


def _add_check_runs(place: Place, given: Section) -> None:
    now, world, repository = place.world.now(), place.world, place.repository
    for where, value in given.items("check_runs"):
        entry = Section(value, where, ("sha", "name", "conclusion", "app", "at", "title", "summary", "details_url"))
        at = entry.time("at", now=now)
        check = CheckRun(
            id=world.next_id(),
            name=entry.text("name", "check"),
            head_sha=commit_of(place, entry, default=repository.default_branch),
            status="completed",
            conclusion=allowed(entry.text("conclusion", "success"), CONCLUSIONS, where),
            started_at=at,
            completed_at=at,
            details_url=entry.maybe_text("details_url"),
            title=entry.maybe_text("title"),
            summary=entry.maybe_text("summary"),
            app=entry.text("app", "github-actions"),
        )
        repository.check_runs[check.id] = check


def _add_deployments(place: Place, given: Section) -> None:
    world, repository = place.world, place.repository
    for where, value in given.items("deployments"):
        entry = Section(value, where, ("sha", "environment", "state", "at", "creator"))
        at = entry.time("at", now=world.now())
        creator = world.user(entry.text("creator", repository.owner)).login
        sha = commit_of(place, entry, default=repository.default_branch)
        made = Deployment(
            id=world.next_id(),
            sha=sha,
            ref=entry.text("sha", repository.default_branch),
            task="deploy",
            environment=entry.text("environment", "production"),
            creator=creator,
            created_at=at,
        )
        state = entry.text("state", "success")
        made.statuses.append(DeploymentStatus(id=world.next_id(), state=state, creator=creator, created_at=at))
        repository.deployments[made.id] = made
