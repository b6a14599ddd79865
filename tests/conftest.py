"""What several test files share; nothing here knows more than one of them needs.

Skips of `toolchain` and `slow` tests are honest on a laptop and a hole on our own machines: FTC_NO_SKIPS=1 makes
failures of them.
"""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

# A test must not depend on the runner, the tokens or the settings of whoever starts it.
KEPT = {"FTC_NO_SKIPS", "FTC_TOOLS"}
for name in [name for name in os.environ if name.startswith(("GITHUB_", "FTC_", "INPUT_")) and name not in KEPT]:
    del os.environ[name]

# No deadline: the machine is shared, and a slow moment is no property of the code.
settings.register_profile("ftc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ftc")


def pytest_addoption(parser):
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write what the code says now into the golden files; review the diff",
    )


@pytest.fixture
def update_goldens(request):
    """Whether golden files are to be rewritten instead of compared."""
    return request.config.getoption("--update-goldens")


@pytest.fixture(scope="session")
def contract_problems():
    """What simulators in this process took or gave that GitHub's description does not know, since last asked."""
    from contract.observer import observed  # noqa: PLC0415 - collecting must not need the simulator

    with observed() as problems:
        yield problems


@pytest.fixture(autouse=True)
def contract(contract_problems):
    """Fails the test in which an exchange with a simulator was not as GitHub describes it."""
    yield
    found = list(dict.fromkeys(contract_problems))
    contract_problems.clear()
    assert found == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    full = any(map(item.get_closest_marker, ("toolchain", "slow")))
    if skipped and full and os.environ.get("FTC_NO_SKIPS") == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although FTC_NO_SKIPS=1: {reason}"
    return report


@pytest.fixture(scope="session")
def tool():
    """Finds a program on PATH or in the folder FTC_TOOLS, or skips the test: `tool("act")`."""

    def find(name):
        places = os.pathsep.join(filter(None, [os.environ.get("FTC_TOOLS"), os.environ.get("PATH"), _gobin()]))
        path = shutil.which(name, path=places)
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find


def _gobin():
    """Where `go install` puts programs when nobody says otherwise."""
    return str(Path(os.environ.get("GOPATH", Path.home() / "go")) / "bin")
