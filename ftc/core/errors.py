"""The few failures we expect, each with a message that says what happened, why, and what to change.

    FtcError                     exit 1
    ├── UsageError               exit 64: a wrong flag, path or input
    │   └── ConfigError          exit 64: a wrong configuration value; names key and allowed values
    ├── GitHubError              GitHub said no, or did not answer
    │   ├── Unauthorized         401: the token is wrong or expired
    │   ├── Forbidden            403: the token lacks a permission
    │   ├── NotFound             404 or 410: missing, or hidden from this token
    │   ├── AlreadyExists        422: somebody else has just created it
    │   ├── Unavailable          5xx or no answer, however often a read was repeated
    │   ├── RateLimited          403 or 429 with a limit header, beyond the wait we allow
    │   └── WriteUncertain       a POST got no answer: it may have been carried out
    ├── StateUnreadable          a state block that must not be written over
    │   └── SchemaTooNew         written by a newer version of this program
    ├── BudgetExceeded           the request or money budget of this job is spent
    ├── ModelFailed              the model gave no usable answer
    │   ├── ModelUnavailable     it did not answer, or not in time
    │   └── ModelMisconfigured   it cannot be asked at all: no key, no library
    └── CommandFailed            a child process failed

Anything else that escapes is a bug (exit 3).
"""


class FtcError(Exception):
    """An expected failure; its text is shown to the user as it is."""

    exit_code = 1


class UsageError(FtcError):
    """The command was called with something it cannot take."""

    exit_code = 64


class ConfigError(UsageError):
    """A configuration value is unknown or not allowed; the text names key, value and allowed values."""


class GitHubError(FtcError):
    """GitHub refused a request or did not answer it."""


class Unauthorized(GitHubError):
    """401: the token is wrong, revoked or expired."""


class Forbidden(GitHubError):
    """403: the token lacks the permission this request needs."""


class NotFound(GitHubError):
    """404 or 410: the object does not exist, was deleted, or is hidden from this token."""


class AlreadyExists(GitHubError):
    """422 with the code ``already_exists``: what we wanted to create is there."""


class Unavailable(GitHubError):
    """A read got no answer, or a download broke off; it may work the next time."""


class RateLimited(GitHubError):
    """A rate limit whose reset lies beyond the wait this job allows itself."""


class WriteUncertain(GitHubError):
    """A write that is not idempotent got no answer; look before repeating it."""


class StateUnreadable(FtcError):
    """A state block is missing, truncated, edited or forged; it must not be written over blindly."""


class SchemaTooNew(StateUnreadable):
    """The state was written by a newer version of this program, which this one must not touch."""


class BudgetExceeded(FtcError):
    """This job has used up the requests or the money it was given."""


class ModelFailed(FtcError):
    """The model refused, or what it answered cannot be used; the rules answer in its place."""


class ModelUnavailable(ModelFailed):
    """The model did not answer, or not in time; it may the next time."""


class ModelMisconfigured(ModelFailed):
    """A model is configured that cannot be asked; the text says what to install or to set."""


class CommandFailed(FtcError):
    """A child process ended with an error."""
