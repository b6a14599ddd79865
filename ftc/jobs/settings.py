"""Gathers the configuration of a job from file, action inputs, environment and flags, and its secrets.

Precedence: what the runner says < file < ``config`` input < single inputs < ``FTC_*`` variables < flags. A secret is
never a configuration key, so it cannot be written into a file, and it never shows in a ``repr``.
"""

import argparse
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ftc.core.config import KEYS, Config, Key, Layer, nearest
from ftc.core.config_values import Kind
from ftc.core.errors import ConfigError
from ftc.core.sanitize import Sanitizer

CONFIG_FILE = ".github/flaky-test-cleaner.yml"
"""Where the configuration lies in a repository; only the one of the default branch counts."""

INPUT_PREFIX = "FTC_INPUT_"
"""The action hands its inputs on under this prefix, so that a variable set by the user still wins over them."""

MAX_FILE_BYTES = 100_000
"""A configuration is a page or two; anything larger is a mistake and is not parsed."""

SECRET_VARIABLES = (
    "FTC_TOKEN",
    "FTC_READ_TOKEN",
    "FTC_ISSUE_TOKEN",
    "FTC_STATE_KEY",
    "FTC_MODEL_KEY",
    "FTC_NOTIFY_URLS",
    "FTC_AGENT_TOKEN",
)
OTHER_VARIABLES = ("FTC_CONFIG_FILE",)

TYPO_CUTOFF = 0.9
"""Similarity from which an unknown ``FTC_*`` variable is taken for a slip; the rest may belong to other programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The secrets of a job: one token reads runs and logs, one writes issues; the key signs state blocks.

    ``model`` opens the model's gateway; ``notify`` are the addresses of notifications, one a line; ``agent`` is a
    person's token that assigns GitHub's coding agent.
    """

    read: str = field(default="", repr=False)
    issue: str = field(default="", repr=False)
    state_key: str = field(default="", repr=False)
    model: str = field(default="", repr=False)
    notify: str = field(default="", repr=False)
    agent: str = field(default="", repr=False)

    @property
    def values(self) -> tuple[str, ...]:
        """Every secret value, for masking; without empty ones."""
        single = (self.read, self.issue, self.state_key, self.model, self.agent)
        return tuple({value for value in (*single, *self.notify.split()) if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a job is told: its checked configuration and its secrets."""

    config: Config
    tokens: Tokens

    @property
    def sanitizer(self) -> Sanitizer:
        """Takes out every secret of the job, and what the configuration wants taken out."""
        config = self.config
        return Sanitizer(extra_values=self.tokens.values, patterns=config.redact, private_hosts=config.private_hosts)


def load_settings(
    *, environ: Mapping[str, str], flags: Mapping[str, object] | None = None, file: tuple[str, str] | None = None
) -> Settings:
    """The settings of one job; ``file`` is (origin, YAML text), by default the file named by flag, input or variable.

    ``flags`` maps keys in kebab-case to values, as ``flag_values`` gives them; ``None`` means not given.
    Raises ``ConfigError``.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    named = given.pop("config-file", None)
    source = file or _named_file(environ, str(named) if named else None)
    layers = [*_runner_layer(environ)]
    if source is not None:
        layers.append((source[0], parse_yaml(source[1], source[0])))
    layers += [*_input_layers(environ), *_variable_layers(environ)]
    layers += [(f"flag --{name}", {name: _from_text(name, value)}) for name, value in given.items()]
    return Settings(config=Config.load(layers), tokens=_tokens(environ))


def add_config_flags(parser: argparse.ArgumentParser, *, listed: Collection[str] = ()) -> None:
    """Give a command one flag for every key, and ``--config-file``; a ``listed`` one may be repeated, into a list.

    Called after the command has declared its own arguments: the line of usage names those, and not every key.
    """
    own = parser.format_usage().removeprefix("usage: ").rstrip()
    parser.usage = f"{own} [--KEY VALUE ...]".replace("%", "%%")
    group = parser.add_argument_group("configuration")
    group.add_argument("--config-file", metavar="PATH", help=f"read the configuration from PATH, as {CONFIG_FILE}")
    for key in KEYS:
        options: dict[str, Any] = {"nargs": "?", "const": "true"} if key.rule.kind is Kind.FLAG else {}
        options |= {"action": "append"} if key.name in listed else {}
        text = f"{key.doc} Takes {key.rule.described}; default: {key.default_text or 'empty'}."
        group.add_argument(
            f"--{key.name}", dest=key.field, default=None, metavar="VALUE", help=text.replace("%", "%%"), **options
        )


def flag_values(arguments: argparse.Namespace) -> dict[str, object]:
    """The configuration flags among parsed arguments, by key in kebab-case."""
    names = ["config-file", *(key.name for key in KEYS)]
    return {name: getattr(arguments, name.replace("-", "_"), None) for name in names}


def parse_yaml(text: str, origin: str) -> Mapping[str, object]:
    """The mapping a YAML text holds; ``ConfigError`` names origin and line of what is wrong."""
    if len(text) > MAX_FILE_BYTES:
        raise ConfigError(f"{origin}: larger than {MAX_FILE_BYTES} characters, which no configuration is.")
    try:
        value = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{origin}: not readable as YAML: {' '.join(str(error).split())}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{origin}: holds {type(value).__name__}, but must be a mapping of keys to values.")
    return value


def plain_yaml(text: str) -> object:
    """What a YAML file of somebody else holds, as texts, lists and mappings only; None when it cannot be read."""
    if len(text) > MAX_FILE_BYTES:
        return None
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but texts
    except (yaml.YAMLError, RecursionError):
        return None


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key written twice, of which plain YAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(name, deep=deep) for name, _ in node.value]
        twice = {str(name) for name in names if names.count(name) > 1}
        if twice:
            raise yaml.YAMLError(f"{', '.join(sorted(twice))} is given twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep=deep)


def _runner_layer(environ: Mapping[str, str]) -> Iterator[Layer]:
    # On a runner everything is written to the repository of the workflow, also when another one is read:
    # a `repo` alone must never turn into issues in somebody else's repository.
    repo = environ.get("GITHUB_REPOSITORY", "")
    if repo:
        yield "GITHUB_REPOSITORY", {"repo": repo, "write-repo": repo}
    if environ.get("GITHUB_API_URL"):
        yield "GITHUB_API_URL", {"api-url": environ["GITHUB_API_URL"]}


def _named_file(environ: Mapping[str, str], flag: str | None) -> tuple[str, str] | None:
    """Origin and text of the file somebody named; nothing is read that nobody named.

    A workspace may hold the checkout of a pull request, whose configuration must not count.
    """
    name = flag or environ.get("FTC_CONFIG_FILE") or environ.get(f"{INPUT_PREFIX}CONFIG_FILE") or ""
    if not name:
        return None
    path = Path(environ.get("GITHUB_WORKSPACE", "")) / name
    try:
        return name, path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if name == CONFIG_FILE:  # a repository need not have one
            return None
        raise ConfigError(f"config-file: there is no file {name}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"config-file: {name} cannot be read: {error}.") from None


def _input_layers(environ: Mapping[str, str]) -> Iterator[Layer]:
    """Inputs of the action; GitHub hands on an input that was not given as an empty text."""
    text = environ.get(f"{INPUT_PREFIX}CONFIG", "")
    if text.strip():
        yield "input config", parse_yaml(text, "input config")
    for key in KEYS:
        value = environ.get(INPUT_PREFIX + key.field.upper(), "")
        if value.strip():
            yield f"input {key.name}", {key.name: _from_text(key.name, value)}


def _variable_layers(environ: Mapping[str, str]) -> Iterator[Layer]:
    """``FTC_*`` variables; an empty one counts as not set, since ``vars.X`` of a workflow is empty when undefined."""
    keys = {key.env: key for key in KEYS}
    known = (*keys, *SECRET_VARIABLES, *OTHER_VARIABLES)
    for name, value in environ.items():
        if not name.startswith("FTC_") or name.startswith(INPUT_PREFIX) or not value.strip():
            continue
        if name in keys:
            yield f"variable {name}", {keys[name].name: _from_text(keys[name].name, value)}
        elif name not in known and (close := nearest(name, known, cutoff=TYPO_CUTOFF)):
            raise ConfigError(f"variable {name}: there is no such setting; did you mean {close}?")


_MAPPINGS = frozenset(key.name for key in KEYS if key.rule.kind is Kind.MAPPING)


def _from_text(name: str, value: object) -> object:
    """A mapping given as one text is YAML; everything else is left to the key's own rule."""
    return parse_yaml(value, name) if name in _MAPPINGS and isinstance(value, str) else value


def _tokens(environ: Mapping[str, str]) -> Tokens:
    general = _secret(environ, "TOKEN") or environ.get("GITHUB_TOKEN") or ""
    return Tokens(
        read=_secret(environ, "READ_TOKEN") or general,
        issue=_secret(environ, "ISSUE_TOKEN") or general,
        state_key=_secret(environ, "STATE_KEY"),
        model=_secret(environ, "MODEL_KEY"),
        notify=_secret(environ, "NOTIFY_URLS"),
        agent=_secret(environ, "AGENT_TOKEN"),
    )


def _secret(environ: Mapping[str, str], name: str) -> str:
    """The variable set by the user, else the input of the action; surrounding blanks are a slip of pasting."""
    return (environ.get(f"FTC_{name}") or environ.get(INPUT_PREFIX + name) or "").strip()


def scalar_keys() -> tuple[Key, ...]:
    """The keys that are inputs of the action; the others go into its ``config`` input."""
    return tuple(key for key in KEYS if key.rule.kind.scalar)
