"""Who may do what: every role with every command by comment and by label, and every way to fake a right."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.authority import (
    Actor,
    Allowed,
    Approvers,
    Policy,
    Reason,
    Refused,
    Role,
    Signal,
    Standing,
    approvers,
    authorised,
    role,
)
from ftc.core.commands import Command, Name
from ftc.core.errors import ConfigError

R, N = Role, Name

# Written by hand, not derived: the weakest role whose comment is obeyed where nothing is configured.
LEAST = {
    N.AI_FIX: R.WRITE,
    N.HELP: R.NONE,
    N.STATUS: R.NONE,
    N.START: R.WRITE,
    N.ANALYZE: R.WRITE,
    N.RETRY: R.WRITE,
    N.STOP: R.WRITE,
    N.WONTFIX: R.WRITE,
    N.REOPEN: R.TRIAGE,
    N.MUTE: R.TRIAGE,
    N.QUARANTINE: R.WRITE,
    N.UNQUARANTINE: R.WRITE,
    N.ADOPT: R.TRIAGE,
    N.MERGE_INTO: R.WRITE,
    N.SPLIT: R.TRIAGE,
    N.ASSIGN: R.TRIAGE,
    N.RUNNER: R.WRITE,
    N.VERIFY: R.WRITE,
}
WEAKEST_FIRST = [R.NONE, R.READ, R.TRIAGE, R.WRITE, R.MAINTAIN, R.ADMIN]
POLICY = Policy(own=frozenset({"our-app[bot]"}))


def _judge(name, actor, *, policy=POLICY, **how):
    return authorised(Command(name=name), actor, policy=policy, **how)


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("name", Name)
@pytest.mark.parametrize("who", Role)
def test_every_role_with_every_command(who, name, signal):
    got = _judge(name, Actor(login="ann", role=who), signal=signal)
    enough = WEAKEST_FIRST.index(who) >= WEAKEST_FIRST.index(LEAST[name])
    labels = signal is Signal.LABEL
    expected = enough and (not labels or name is N.AI_FIX)
    assert isinstance(got, Allowed) is expected
    if labels and name is not N.AI_FIX:
        assert got == Refused(reason=Reason.LABEL)


@pytest.mark.parametrize("name", Name)
@pytest.mark.parametrize("who", Role)
def test_no_role_helps_a_bot_or_an_edited_comment(who, name):
    for actor in (
        Actor(login="dependabot[bot]", type="Bot", role=who),
        Actor(login="plain-name", type="Bot", role=who),
        Actor(login="ti-chi-bot", role=who),
        Actor(login="k8s-ci-robot", role=who),
        Actor(login="our-app[bot]", type="Bot", role=who),
        Actor(login="ghost", type="Mannequin", role=who),
        Actor(login="", role=who),
    ):
        assert isinstance(_judge(name, actor), Refused), actor
        assert isinstance(_judge(name, actor, signal=Signal.LABEL), Refused), actor
    if name not in (N.HELP, N.STATUS):
        assert isinstance(_judge(name, Actor(login="ann", role=who), edited=True), Refused)


@pytest.mark.parametrize("who", Role)
@pytest.mark.parametrize("signal", Signal)
def test_force_is_for_maintainers_and_admins_who_comment(who, signal):
    got = authorised(Command(name=N.AI_FIX, force=True), Actor(login="ann", role=who), policy=POLICY, signal=signal)
    assert isinstance(got, Allowed) is (who in (R.MAINTAIN, R.ADMIN) and signal is Signal.COMMENT)


def test_being_listed_gives_no_force():
    policy = Policy(approvers=approvers(["@ann"]))
    ann = Actor(login="ann", role=R.READ)
    assert isinstance(_judge(N.AI_FIX, ann, policy=policy), Allowed)
    forced = authorised(Command(name=N.AI_FIX, force=True), ann, policy=policy)
    assert forced == Refused(reason=Reason.FORCE, least=R.MAINTAIN)


@pytest.mark.parametrize(
    ("fields", "expected", "why"),
    [
        (("admin", "admin"), R.ADMIN, "plain"),
        (("maintain", "write"), R.MAINTAIN, "the legacy field knows no maintain"),
        (("triage", "read"), R.TRIAGE, "nor triage"),
        (("write", "write"), R.WRITE, "plain"),
        (("none", "none"), R.NONE, "a stranger of a private repository"),
        (("read", "read"), R.READ, "everybody on a public one"),
        (("release-captain", "write"), R.WRITE, "a custom role is worth what GitHub derives from it"),
        (("release-captain", "read"), R.READ, "and no more"),
        (("release-captain", ""), R.NONE, "unknown alone is nothing"),
        (("", ""), R.NONE, "nothing at all"),
        (("", "write"), R.WRITE, "an old server without the newer field"),
        (("admin", "owner"), R.NONE, "a permission nobody knows"),
        (("admin", "read"), R.TRIAGE, "two fields that disagree: the weaker one"),
        (("ADMIN", ""), R.NONE, "names are exact"),
        (("Write ", "none"), R.NONE, "names are exact"),
    ],
)
def test_roles(fields, expected, why):
    assert role(*fields) == expected, why


@given(st.text(max_size=20), st.text(max_size=20))
def test_words_from_nowhere_are_no_role(role_name, permission):
    known = {item.value for item in Role}
    if role_name not in known and permission not in known:
        assert role(role_name, permission) == R.NONE


@pytest.mark.parametrize(
    ("entries", "actor", "expected", "why"),
    [
        ((), Actor(login="a", role=R.WRITE), True, "write by default"),
        (("maintain",), Actor(login="a", role=R.WRITE), False, "narrowed"),
        (("maintain",), Actor(login="a", role=R.ADMIN), True, "or higher"),
        (("triage",), Actor(login="a", role=R.TRIAGE), True, "widened on purpose"),
        (("admin", "write"), Actor(login="a", role=R.WRITE), True, "the lowest of several"),
        (("@Ann",), Actor(login="aNN"), True, "logins have no case"),
        (("@ann",), Actor(login="anna", role=R.ADMIN), False, "and are exact; roles do not matter then"),
        (("@org/Team",), Actor(login="a", teams=frozenset({"Org/team"})), True, "a member"),
        (("@org/team",), Actor(login="a", teams=frozenset({"other/team"})), False, "of another organisation"),
        (("@org/team",), Actor(login="a", role=R.ADMIN, teams=None), False, "not to be looked up"),
        (("owners:approvers",), Actor(login="a", standings=frozenset({Standing.OWNERS_APPROVER})), True, ""),
        (("owners:approvers",), Actor(login="a", standings=frozenset({Standing.OWNERS_REVIEWER})), False, "a reviewer"),
        (("owners:reviewers",), Actor(login="a", standings=frozenset({Standing.OWNERS_REVIEWER})), True, ""),
        (("codeowners",), Actor(login="a", standings=frozenset({Standing.CODEOWNER})), True, ""),
        (("codeowners",), Actor(login="a", role=R.ADMIN), False, "no owner of these files"),
    ],
)
def test_approvers(entries, actor, expected, why):
    policy = Policy(approvers=approvers(entries))
    assert policy.approvers.include(actor) is expected, why
    for signal in Signal:
        assert isinstance(_judge(N.AI_FIX, actor, policy=policy, signal=signal), Allowed) is expected, why


@pytest.mark.parametrize("entry", ["read", "none", "", "ann", "@", "@a b", "org/team", "owners", "everyone", "Write"])
def test_wrong_approvers_are_refused_by_name(entry):
    with pytest.raises(ConfigError, match=r"approvers: .* is none of: triage, write"):
        approvers(["write", entry])


def test_an_unknown_team_is_said_to_be_unknown():
    policy = Policy(approvers=approvers(["@org/team"]))
    assert _judge(N.AI_FIX, Actor(login="a"), policy=policy) == Refused(reason=Reason.TEAM_UNKNOWN)
    known = Actor(login="a", teams=frozenset())
    assert _judge(N.AI_FIX, known, policy=policy) == Refused(reason=Reason.APPROVER)


def test_an_approver_without_a_role_may_steer_but_not_verify():
    policy = Policy(approvers=approvers(["codeowners"]))
    owner = Actor(login="a", role=R.READ, standings=frozenset({Standing.CODEOWNER}))
    assert isinstance(_judge(N.STOP, owner, policy=policy), Allowed)
    assert isinstance(_judge(N.MUTE, owner, policy=policy), Allowed)
    assert _judge(N.VERIFY, owner, policy=policy) == Refused(reason=Reason.ROLE, least=R.WRITE)


def test_writers_steer_even_where_they_do_not_approve():
    policy = Policy(approvers=approvers(["admin"]))
    writer = Actor(login="a", role=R.WRITE)
    assert isinstance(_judge(N.WONTFIX, writer, policy=policy), Allowed)
    assert isinstance(_judge(N.VERIFY, writer, policy=policy), Allowed)
    for name in (N.AI_FIX, N.START, N.RETRY, N.QUARANTINE, N.RUNNER):
        assert _judge(name, writer, policy=policy) == Refused(reason=Reason.APPROVER, least=R.ADMIN)


BOTS = ["ti-chi-bot", "k8s-ci-robot", "bot", "x-bot-2", "bors", "some_bot", "renovate[bot]", "Mergify"]


@pytest.mark.parametrize("login", BOTS)
def test_a_proxy_is_refused_until_listed_and_then_labels_only(login):
    bot = Actor(login=login, role=R.WRITE)
    listed = Policy(proxies=frozenset({login.lower()}))
    assert _judge(N.AI_FIX, bot, signal=Signal.LABEL) == Refused(reason=Reason.BOT)
    assert isinstance(_judge(N.AI_FIX, bot, policy=listed, signal=Signal.LABEL), Allowed)
    assert isinstance(
        _judge(N.AI_FIX, replace(bot, role=R.NONE, type="Bot"), policy=listed, signal=Signal.LABEL), Allowed
    )
    for name in Name:
        assert _judge(name, bot, policy=listed) == Refused(reason=Reason.BOT)
    forced = authorised(Command(name=N.AI_FIX, force=True), bot, policy=listed, signal=Signal.LABEL)
    assert forced == Refused(reason=Reason.LABEL)


@pytest.mark.parametrize("login", ["talbot", "abbott", "robotnik", "botany", "Elliot", "bobot"])
def test_names_that_only_sound_like_bots(login):
    assert Actor(login=login).is_person


def test_a_person_with_a_bots_name_can_be_listed():
    person = Actor(login="mr-bot", role=R.WRITE)
    assert _judge(N.AI_FIX, person) == Refused(reason=Reason.BOT)
    assert isinstance(_judge(N.AI_FIX, person, policy=Policy(approvers=approvers(["@mr-bot"]))), Allowed)


def test_a_bot_account_stays_one_however_it_is_listed():
    policy = Policy(approvers=approvers(["@helper", "@helper-bot"]))
    for login in ("helper", "helper-bot"):
        actor = Actor(login=login, type="Bot", role=R.ADMIN)
        for signal in Signal:
            assert _judge(N.AI_FIX, actor, policy=policy, signal=signal) == Refused(reason=Reason.BOT)


def test_we_never_obey_ourselves_even_when_listed():
    policy = Policy(approvers=approvers(["@our-bot"]), proxies=frozenset({"our-bot"}), own=frozenset({"our-bot"}))
    for signal in Signal:
        assert _judge(N.AI_FIX, Actor(login="Our-Bot", role=R.ADMIN), policy=policy, signal=signal) == Refused(
            reason=Reason.OURSELVES
        )


@pytest.mark.parametrize("signal", Signal)
def test_an_app_that_acts_as_a_person_is_refused_unless_listed(signal):
    ann = Actor(login="ann", role=R.ADMIN, via_app="chat-relay")
    assert _judge(N.AI_FIX, ann, signal=signal) == Refused(reason=Reason.PROXY)
    listed = Policy(proxies=frozenset({"chat-relay"}))
    assert isinstance(_judge(N.AI_FIX, ann, policy=listed, signal=signal), Allowed)
    stranger = Actor(login="eve", role=R.READ, via_app="chat-relay")
    assert isinstance(_judge(N.AI_FIX, stranger, policy=listed, signal=signal), Refused)


def test_whoever_edited_it_an_edited_command_is_void():
    """Everybody with write permission can rewrite an admin's comment into a forced approval."""
    command = Command(name=N.AI_FIX, force=True)
    admin = Actor(login="ann", role=R.ADMIN)
    assert authorised(command, admin, policy=POLICY, edited=True) == Refused(reason=Reason.EDITED)


@given(
    st.sampled_from(Name),
    st.booleans(),
    st.sampled_from(Role),
    st.sampled_from(Role),
    st.sampled_from(Signal),
    st.booleans(),
)
def test_more_power_never_takes_a_right_away(name, force, one, other, signal, edited):
    weak, strong = sorted((one, other), key=WEAKEST_FIRST.index)
    command = Command(name=name, force=force)
    said = {
        who: authorised(command, Actor(login="a", role=who), policy=POLICY, signal=signal, edited=edited)
        for who in (weak, strong)
    }
    assert isinstance(said[strong], Allowed) or isinstance(said[weak], Refused)


def test_the_default_is_nobody_special():
    assert Policy().approvers == Approvers() == approvers(())
    assert Actor(login="a").role is R.NONE
