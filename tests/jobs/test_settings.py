"""Settings: which origin wins, what counts as given, and that secrets stay out of sight."""

import argparse

import pytest

from ftc.core.config import KEYS, Mode
from ftc.core.errors import ConfigError
from ftc.jobs.settings import CONFIG_FILE, add_config_flags, flag_values, load_settings, parse_yaml

FILE = (CONFIG_FILE, "window-days: 2\nmode: observe\n")

# Each row adds one origin above the row before it.
ORIGINS = [
    ("file", {}, {}, 2),
    ("config input", {"FTC_INPUT_CONFIG": "window-days: 3"}, {}, 3),
    ("single input", {"FTC_INPUT_WINDOW_DAYS": "4"}, {}, 4),
    ("variable", {"FTC_WINDOW_DAYS": "5"}, {}, 5),
    ("flag", {}, {"window-days": "6"}, 6),
]


@pytest.mark.parametrize("count", range(1, len(ORIGINS) + 1))
def test_each_origin_wins_over_those_before_it(count):
    environ, flags = {}, {}
    for _, more_environ, more_flags, _ in ORIGINS[:count]:
        environ |= more_environ
        flags |= more_flags
    settings = load_settings(environ=environ, flags=flags, file=FILE)
    assert settings.config.window_days == ORIGINS[count - 1][3]
    assert settings.config.mode is Mode.OBSERVE  # what no other origin gives stays


def test_empty_inputs_and_variables_are_not_given():
    environ = {"FTC_INPUT_WINDOW_DAYS": "", "FTC_INPUT_CONFIG": " \n", "FTC_MODE": ""}
    assert load_settings(environ=environ, file=FILE).config.window_days == 2


def test_flags_not_given_are_none():
    assert load_settings(environ={}, flags={"window-days": None}, file=FILE).config.window_days == 2


def test_a_mapping_in_a_variable_is_yaml():
    environ = {"FTC_ROUTING": "pkg/**: [ana]\n"}
    assert load_settings(environ=environ).config.routing == (("pkg/**", ("ana",)),)


WRONG = [
    ({"FTC_WINDOW_DAYS": "x"}, None, "variable FTC_WINDOW_DAYS: `window-days` is 'x'"),
    ({"FTC_DISABLE": "true"}, None, "did you mean FTC_DISABLED"),  # a kill switch must not fail by a slip
    ({"FTC_INPUT_MODE": "loud"}, None, "input mode: `mode` is 'loud'"),
    ({"FTC_INPUT_CONFIG": "mode: loud"}, None, "input config: `mode` is 'loud'"),
    ({}, "window-days: 1\nwindow-days: 2", "window-days is given twice, line 1"),
    ({}, "- a", "holds list, but must be a mapping"),
    ({}, "a: [", "not readable as YAML"),
    ({}, "[" * 5000, "not readable as YAML"),  # deeper than the parser can follow
    ({}, "x" * 100_001, "larger than"),
    ({}, "!!python/object/apply:os.system [id]", "not readable as YAML"),  # no objects from a file
    ({"FTC_CONFIG_FILE": "conf/absent.yml"}, None, "there is no file conf/absent.yml"),
]


@pytest.mark.parametrize(("environ", "text", "message"), WRONG)
def test_refusals_name_their_origin(environ, text, message):
    with pytest.raises(ConfigError) as caught:
        load_settings(environ=environ, file=(CONFIG_FILE, text) if text else None)
    assert message in str(caught.value)


def test_variables_of_other_programs_are_left_alone():
    assert load_settings(environ={"FTC_TEAM_NUMBER": "4711"}).config == load_settings(environ={}).config


def test_only_a_named_file_is_read(tmp_path):
    path = tmp_path / CONFIG_FILE
    path.parent.mkdir()
    path.write_text("window-days: 8\n")
    workspace = {"GITHUB_WORKSPACE": str(tmp_path)}
    # A workspace may hold a pull request's checkout, whose configuration must not count.
    assert load_settings(environ=workspace).config.window_days == 7
    assert load_settings(environ=workspace | {"FTC_INPUT_CONFIG_FILE": CONFIG_FILE}).config.window_days == 8
    assert load_settings(environ={}, flags={"config-file": str(path)}).config.window_days == 8


def test_the_usual_file_may_be_absent(tmp_path):
    environ = {"GITHUB_WORKSPACE": str(tmp_path), "FTC_CONFIG_FILE": CONFIG_FILE}
    assert load_settings(environ=environ).config.window_days == 7


def test_on_a_runner_reading_elsewhere_still_writes_at_home():
    environ = {"GITHUB_REPOSITORY": "me/fork", "GITHUB_API_URL": "https://ghe.example.com/api/v3"}
    assert load_settings(environ=environ).config.target == "me/fork"
    config = load_settings(environ=environ, file=(CONFIG_FILE, "repo: tikv/pd")).config
    assert (config.repo, config.target) == ("tikv/pd", "me/fork")
    assert config.api_url == "https://ghe.example.com/api/v3"


TOKENS = [
    ({}, "", ""),
    ({"GITHUB_TOKEN": "g"}, "g", "g"),
    ({"GITHUB_TOKEN": "g", "FTC_TOKEN": "f"}, "f", "f"),
    ({"FTC_TOKEN": "f", "FTC_READ_TOKEN": "r"}, "r", "f"),
    ({"FTC_TOKEN": "f", "FTC_ISSUE_TOKEN": "i"}, "f", "i"),
    ({"GITHUB_TOKEN": "g", "FTC_INPUT_TOKEN": "f", "FTC_INPUT_READ_TOKEN": ""}, "f", "f"),
    ({"FTC_INPUT_READ_TOKEN": "x", "FTC_READ_TOKEN": "r"}, "r", ""),
    ({"FTC_TOKEN": " f\n"}, "f", "f"),
]


@pytest.mark.parametrize(("environ", "read", "issue"), TOKENS)
def test_tokens(environ, read, issue):
    tokens = load_settings(environ=environ).tokens
    assert (tokens.read, tokens.issue) == (read, issue)


def test_secrets_never_show():
    environ = {"FTC_TOKEN": "sesame-1", "FTC_ISSUE_TOKEN": "sesame-2", "FTC_STATE_KEY": "sesame-3"}
    settings = load_settings(environ=environ)
    assert "sesame" not in repr(settings)
    assert sorted(settings.tokens.values) == ["sesame-1", "sesame-2", "sesame-3"]


def test_a_secret_is_no_key_of_the_file():
    with pytest.raises(ConfigError, match="there is no key `token`") as caught:
        load_settings(environ={}, file=(CONFIG_FILE, "token: sesame"))
    assert "sesame" not in str(caught.value)


def test_every_key_is_a_flag():
    parser = argparse.ArgumentParser()
    add_config_flags(parser)
    arguments = parser.parse_args(["--window-days", "3", "--dry-run", "--redact", "abc"])
    flags = flag_values(arguments)
    assert set(flags) == {key.name for key in KEYS} | {"config-file"}
    config = load_settings(environ={}, flags=flags).config
    assert (config.window_days, config.dry_run, config.redact) == (3, True, ("abc",))
    assert parser.format_help()  # a stray % in a help text would raise here


def test_yaml_of_comments_only_is_empty():
    assert parse_yaml("# nothing yet\n", "file") == {}
