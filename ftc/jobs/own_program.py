"""What a program of the user's is given of a job's environment, when it is to look for a change.

The rule it keeps: such a program runs outside of the sandbox and may run the repository's tests, so it is not started
in a job that holds the model's key unless the user wrote down that it is to have that key.
"""

from collections.abc import Mapping, Sequence

from ftc.core.errors import UsageError
from ftc.core.fix_agents import KEY_VARIABLES


def handed_on(environ: Mapping[str, str], names: Sequence[str], *, key: str) -> dict[str, str]:
    """The variables with these names, as far as they are set; ``key`` is the model's, empty where the job has none.

    One of the names under which jobs hold the key is given the key, however this job came by it.

    Raises ``UsageError`` where the job has the key and none of the names hands it on: whatever the program starts is of
    the same user, to whom the environment of the processes above it may be open, as to root it always is.
    """
    given = {name: environ[name] for name in names if name in environ}
    given |= {name: key for name in names if key and name in KEY_VARIABLES}
    if not key or any(value.strip() == key for value in given.values()):
        return given
    there = next((name for name in KEY_VARIABLES if environ.get(name, "").strip() == key), KEY_VARIABLES[0])
    raise UsageError(
        f"your own agent would run beside the model's key ({there}), outside of the sandbox, and what it starts, such "
        f"as tests of the repository, could read it. Leave the key out of this job; or, if the agent needs it, name "
        f"{there} in agent-variables, after docs/agents.md on what that means"
    )
