"""The configuration: what each kind of value takes, what it refuses, and how a refusal helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.config import KEYS, Config, FileOn, GroupBy, Mode
from ftc.core.errors import ConfigError

TAKEN = [
    # layer value, field, result
    ({"window-days": "14"}, "window_days", 14),  # inputs and variables are text
    ({"window-days": 14.0}, "window_days", 14),  # YAML of a number written 14.0
    ({"environment-failing-share": "0.5"}, "environment_failing_share", 0.5),
    ({"write-interval-seconds": 0}, "write_interval_seconds", 0),
    ({"mode": "observe"}, "mode", Mode.OBSERVE),
    ({"file-on": " opinion "}, "file_on", FileOn.OPINION),
    ({"group-by": "signature"}, "group_by", GroupBy.SIGNATURE),
    ({"dry-run": True}, "dry_run", True),
    ({"dry-run": "TRUE"}, "dry_run", True),
    ({"disabled": "0"}, "disabled", False),
    ({"base-branch": 2024}, "base_branch", "2024"),  # YAML makes a number of it
    ({"workflows": "PD Test, Check PD"}, "workflows", ("PD Test", "Check PD")),
    ({"workflows": ["PD Test"]}, "workflows", ("PD Test",)),
    ({"workflows": []}, "workflows", ()),
    ({"events": "push"}, "events", ("push",)),
    ({"redact": "key-[a-z]{1,9}\n[0-9]{16}"}, "redact", ("key-[a-z]{1,9}", "[0-9]{16}")),  # a comma is no separator
    ({"routing": {"pkg/**": ["ana", "org/team"]}}, "routing", (("pkg/**", ("ana", "org/team")),)),
    ({"routing": {"pkg/**": "ana"}}, "routing", (("pkg/**", ("ana",)),)),
    ({"routing": {"/pkg/": "@ana, @org/team"}}, "routing", (("/pkg/", ("@ana", "@org/team")),)),  # as in CODEOWNERS
    ({"routing": {"**": []}}, "routing", (("**", ()),)),
    ({"notify-on": []}, "notify_on", ()),
    ({"notify-on": "merged, closed"}, "notify_on", ("merged", "closed")),
    (
        {"approvers": "maintain, codeowners, @ana, @org/a.team"},
        "approvers",
        ("maintain", "codeowners", "@ana", "@org/a.team"),
    ),
    ({"api-url": "https://ghe.example.com/api/v3/"}, "api_url", "https://ghe.example.com/api/v3"),
    ({"api-url": "http://127.0.0.1:8080"}, "api_url", "http://127.0.0.1:8080"),
    ({"repo": "tikv/pd"}, "repo", "tikv/pd"),
    ({"trusted-logins": ["github-actions[bot]"]}, "trusted_logins", ("github-actions[bot]",)),
]

REFUSED = [
    # layer, words that must be in the message
    ({"windw-days": 3}, ["windw-days", "did you mean `window-days`"]),
    ({"zzz": 3}, ["`zzz`", "the keys are: mode, repo"]),
    ({"window-days": 0}, ["`window-days` is 0", "a whole number from 1 to 90"]),
    ({"window-days": "seven"}, ["'seven'", "from 1 to 90"]),
    ({"window-days": 1.5}, ["1.5"]),
    ({"window-days": True}, ["True"]),  # True is an int in Python
    ({"window-days": None}, ["None"]),  # a YAML key without value
    ({"environment-failing-share": float("nan")}, ["nan", "from 0 to 1"]),
    ({"environment-failing-share": "nan"}, ["nan"]),
    ({"request-budget": "1e999"}, ["1e999"]),
    ({"mode": "Observe"}, ["one of observe, file"]),
    ({"mode": False}, ["one of observe, file"]),  # YAML reads `off` as false
    ({"dry-run": "perhaps"}, ["true or false"]),
    ({"dry-run": ""}, ["true or false"]),
    ({"repo": "pd"}, ["owner/name"]),
    ({"repo": "https://github.com/tikv/pd"}, ["owner/name"]),
    ({"repo": "a/b/../c"}, ["owner/name"]),
    ({"repo": "a/.."}, ["owner/name"]),
    ({"api-url": "http://api.example.com"}, ["https://"]),  # the token would travel in the clear
    ({"api-url": "https://user@example.com"}, ["https://"]),
    ({"label-prefix": "a,b"}, ["label-prefix"]),
    ({"label-prefix": "x" * 31}, ["label-prefix"]),  # the longest label would exceed GitHub's 50 characters
    ({"workflows": {"a": "b"}}, ["a list"]),
    ({"workflows": [["a"]]}, ["a list"]),
    ({"base-branch": "a\nb"}, ["a text"]),
    ({"redact": ["("]}, ["regular expressions", "'('"]),
    ({"redact": ["a*"]}, ["matches the empty text"]),
    ({"routing": ["a"]}, ["a mapping"]),
    (
        {"routing": {"**": ["ana@example.com"]}},
        ["routing", "'ana@example.com' is none"],
    ),  # cannot be mentioned
    ({"routing": {"**": ["a/b/c"]}}, ["a mapping"]),
    ({"routing": {"!pkg/**": ["ana"]}}, ["path patterns", "'!pkg/**' is none"]),
    ({"routing": {"/": ["ana"]}}, ["'/' is none"]),
    ({"notify-on": ["filed", "merge"]}, ["notify-on", "a list of filed, analysed", "'merge' is none"]),
    ({"notify-on": "Filed"}, ["'Filed' is none"]),
    ({"approvers": ["write", "read"]}, ["approvers", "a list of triage, write", "@org/team", "'read' is none"]),
    ({"approvers": "ana"}, ["'ana' is none"]),  # a login without its sign would be a role nobody has
    ({"approvers": ["@org/team/more"]}, ["'@org/team/more' is none"]),
    ({"approvers": ["@\u0430na"]}, ["is none"]),  # a Cyrillic letter that looks like ours
]


@pytest.mark.parametrize(("layer", "field", "expected"), TAKEN)
def test_takes(layer, field, expected):
    assert getattr(Config.load([("file", layer)]), field) == expected


@pytest.mark.parametrize(("layer", "words"), REFUSED)
def test_refuses_and_says_what_is_allowed(layer, words):
    with pytest.raises(ConfigError) as caught:
        Config.load([("settings.yml", layer)])
    message = str(caught.value)
    assert message.startswith("settings.yml: ")
    assert [word for word in words if word not in message] == []


def test_no_layers_gives_every_default():
    assert Config.load([]) == Config()


def test_defaults_obey_their_own_rules():
    for key in KEYS:
        if key.name in ("repo", "write-repo"):
            continue  # empty until the runner or the user says
        given = list(key.default) if isinstance(key.default, tuple) and key.default else key.default_text
        if given:
            assert key.parse(given) == key.default, key.name


def test_later_layers_win_and_others_stay():
    config = Config.load([("file", {"window-days": 3, "max-comments": 5}), ("flag", {"window-days": 9})])
    assert (config.window_days, config.max_comments) == (9, 5)


def test_a_bad_value_is_refused_even_where_a_later_layer_overrides_it():
    with pytest.raises(ConfigError, match=r"^file: "):
        Config.load([("file", {"window-days": -1}), ("flag", {"window-days": 9})])


def test_writes_go_to_the_read_repository_unless_said_otherwise():
    assert Config(repo="a/b").target == "a/b"
    assert Config(repo="a/b", write_repo="c/d").target == "c/d"


def test_names_are_one_name_everywhere():
    assert [key.name.replace("-", "_") for key in KEYS] == [key.field for key in KEYS]
    assert all(key.env == f"FTC_{key.field.upper()}" for key in KEYS)
    assert all(key.doc.endswith(".") and "\n" not in key.doc for key in KEYS)


@given(st.dictionaries(st.sampled_from([key.name for key in KEYS]), st.one_of(st.text(), st.integers(), st.none())))
def test_any_value_is_taken_or_refused_by_name(layer):
    assert any(f"`{name}`" in refusal(layer) for name in layer) or not refusal(layer)


def refusal(layer):
    try:
        Config.load([("file", layer)])
    except ConfigError as error:
        return str(error)
    return ""
