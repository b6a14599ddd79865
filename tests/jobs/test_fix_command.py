"""What all jobs of a fix run share on the command line."""

import os
import subprocess
import sys

import pytest

from ftc.jobs.fix.command import JOBS


@pytest.mark.parametrize("job", sorted(set(JOBS) - {"gate"}))
def test_switched_off_a_job_does_nothing_and_says_so(job, tmp_path):
    """The gate refuses its order instead, see its own tests."""
    argv = [sys.executable, "-m", "ftc", "fix", job, "--task", "7-1", "--artifacts", str(tmp_path / "a"), "--leg", "a"]
    environ = {"PATH": os.environ["PATH"], "FTC_DISABLED": "true", "FTC_REPO": "acme/shop"}
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Disabled by configuration (FTC_DISABLED)")
    assert list(tmp_path.iterdir()) == []
