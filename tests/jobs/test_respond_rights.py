"""Who may do what on an issue: every role with every command, by comment and by label, through the whole job."""

from dataclasses import replace

import pytest
from small import issues
from threads import APPROVED, Page, a_page, dashboard_of

from ftc.core.commands import Name
from ftc.core.model import Flake, Status
from ftc.core.progress import Cursors
from tests.core.test_authority import LEAST

N = Name
PEOPLE = {"mallory": "none", "ro": "read", "tim": "triage", "bea": "write", "max": "maintain", "amy": "admin"}
ORDER = ("none", "read", "triage", "write", "maintain", "admin")
ARGUMENTS = {N.WONTFIX: "not worth it", N.ADOPT: "TestTotal", N.ASSIGN: "@bea", N.RUNNER: "big", N.MERGE_INTO: "#3"}
NO = ("Nothing changed.", "The label is off again")


@pytest.fixture(scope="module")
def page() -> Page:
    made = a_page().analysed()
    made.config["runners"] = ("big",)
    return made


def text(name: Name) -> str:
    words = "/ai-fix" if name is N.AI_FIX else f"/ftc {name.value}"
    return f"{words} {ARGUMENTS.get(name, '')}".strip()


def may(login: str, name: Name) -> bool:
    return ORDER.index(PEOPLE[login]) >= ORDER.index(LEAST[name].value)


def without_cursors(flake: Flake) -> Flake:
    return replace(flake, revision=0, parent=0, progress=replace(flake.progress, cursors=Cursors()))


def kept(page: Page) -> tuple[object, ...]:
    """Everything of the repository that a command could change."""
    each = [(item.number, item.state, tuple(sorted(item.labels)), tuple(item.assignees)) for item in page_issues(page)]
    return (*each, without_cursors(page.flake))


def page_issues(page: Page) -> list[object]:
    return issues(page.simulator)


@pytest.mark.parametrize("name", Name)
@pytest.mark.parametrize("login", PEOPLE)
def test_every_role_with_every_command(page: Page, login: str, name: Name) -> None:
    page = page.copy()
    before = kept(page)
    comment = page.comment(login, text(name))
    page.respond()
    answer = page.answer(comment)
    assert page.receipts(comment) == ["eyes"], "one receipt"
    assert answer, "one outcome, also for a no"
    assert "/actions/runs/77" in answer, "with the link of the run"
    refused = any(no in answer for no in NO)
    assert refused != may(login, name), answer
    if refused:
        assert kept(page) == before
    assert page.flake.progress.cursors.comment == comment


@pytest.mark.parametrize("login", PEOPLE)
def test_every_role_with_the_label(page: Page, login: str) -> None:
    page = page.copy()
    before = kept(page)
    event = page.label(login)
    page.respond()
    answer = page.answer(f"event-{event}")
    assert any(no in answer for no in NO) != may(login, N.AI_FIX), answer
    if may(login, N.AI_FIX):
        assert (page.flake.status, APPROVED in page.issue.labels) == (Status.APPROVED_TO_FIX, True)
    else:
        assert kept(page) == before, "the label is off again"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("where", ["issue", "dashboard"])
def test_who_goes_on_is_told_no_three_times_a_day_and_after_that_has_only_the_receipt(
    page: Page, where: str, at_once: bool
) -> None:
    page = page.copy() if where == "issue" else dashboard_of(page.copy())
    made = []
    for _ in range(4):
        for body in (f"/ai-fix #{page.number}" if where == "dashboard" else "/ai-fix", "/ftc deploy"):
            made.append(page.comment("ro", body))
            if not at_once:
                page.respond()
    page.respond()
    assert [bool(page.answer(comment)) for comment in made] == [True] * 3 + [False] * 5
    assert all(page.receipts(comment) == ["eyes"] for comment in made)
    allowed, other = page.comment("ro", "/ftc help"), page.comment("tim", "/ftc deploy")
    page.respond()
    assert page.answer(allowed), "what one may ask is always answered"
    assert page.answer(other), "somebody else is told"
    tomorrow = page.wait(days=1).comment("ro", "/ftc deploy")
    page.respond()
    assert page.answer(tomorrow)
    assert not any(page.answer(comment) for comment in made[3:]), "nor is it made up for later"


@pytest.mark.parametrize("login", ["prow-robot", "acme-bot", "dependabot[bot]", "github-actions[bot]"])
@pytest.mark.parametrize("name", Name)
def test_machines_command_nothing_and_are_not_answered(page: Page, login: str, name: Name) -> None:
    page = page.copy()
    before, said = kept(page), page.said()
    page.comment(login, text(name))
    report = page.respond()
    assert (kept(page), page.said(), report.done) == (before, said, ())


def test_a_machine_that_labels_for_others_is_told_no_once_however_often_it_tries(page: Page) -> None:
    page = page.copy()
    before = kept(page)
    for _ in range(3):
        page.label("prow-robot")
        page.respond()
        assert kept(page) == before
    assert len([purpose for purpose in page.said() if purpose.startswith("answer:")]) == 1
    assert "only when a person gives it" in page.answer("by-machine")


def test_a_listed_machine_labels_for_whom_it_checked(page: Page) -> None:
    page = page.copy()
    event = page.label("prow-robot")
    page.respond(proxy_bots=("prow-robot",))
    assert page.flake.status is Status.APPROVED_TO_FIX
    assert "Approved" in page.answer(f"event-{event}")
    comment = page.comment("prow-robot", "/ftc stop")
    page.respond(proxy_bots=("prow-robot",))
    assert not page.answer(comment), "its comments still say nothing"
    assert page.flake.status is Status.APPROVED_TO_FIX


OWNERS = {
    "OWNERS": "approvers: [ro, lead]\nreviewers: [mallory]\n",
    "OWNERS_ALIASES": "aliases: {lead: [tim]}\n",
    "CODEOWNERS": "* @tim\n/cart/ @ro\n",
}


@pytest.mark.parametrize(
    ("approvers", "yes", "no", "why"),
    [
        (
            ("owners:approvers",),
            ("ro", "tim"),
            ("mallory", "amy"),
            "aliases are resolved; a role alone is not asked for",
        ),
        (("owners:reviewers",), ("mallory",), ("ro", "bea"), "reviewers apart from approvers"),
        (("codeowners",), ("ro",), ("tim", "amy"), "the last pattern that matches the test's file decides"),
        (("@tim",), ("tim",), ("bea", "ro"), "by name"),
        (("triage",), ("tim", "bea"), ("ro", "mallory"), "a weaker role"),
        (("maintain", "@ro"), ("max", "ro"), ("bea",), "any one is enough"),
        (("@acme/qa",), (), ("amy", "bea"), "who is in a team cannot be looked up"),
    ],
)
def test_configured_approvers(approvers: tuple[str, ...], yes: list[str], no: list[str], why: str) -> None:
    world = a_page(files={"go.mod": "module example.com/shop\n", **OWNERS}).analysed()
    for login in (*yes, *no):
        page = world.copy()
        comment = page.comment(login, "/ai-fix")
        page.respond(approvers=approvers)
        assert (page.flake.status is Status.APPROVED_TO_FIX) == (login in yes), (
            f"{login}: {why}: {page.answer(comment)}"
        )
