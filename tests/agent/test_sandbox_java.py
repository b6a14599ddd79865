"""Maven and Gradle in the sandbox: without a network they find what the machine, or a set-up step, has fetched."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ftc.agent.stress_run import Ended, Tree, build, run_once
from ftc.clients.sandbox import Sandbox
from ftc.core.config import Config
from ftc.core.errors import UsageError
from ftc.core.fix import Amplifier
from tests.stressing import bench, copied, environment, test_id

pytestmark = pytest.mark.toolchain
A = Amplifier
QUICK = "-XX:TieredStopAtLevel=1"
"""Lets Java start faster."""


def walls(level, tmp_path):
    if level == "bubblewrap" and shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    (tmp_path / "walls").mkdir()
    try:
        return Sandbox.of(Config.load([("test", {"sandbox": level})]), tmp_path / "walls", dict(os.environ))
    except UsageError as error:
        pytest.skip(str(error))


def inside(made, tree):
    """How jobs hand a bench its runs: the worktree and the folder of the reports may be written."""

    def run(argv, *, cwd, env, timeout):
        return made.run(argv, cwd=cwd, env=env, timeout=timeout, writable=[tree.root])

    return run


def one_run(made, tree, test, file):
    place = bench(tree.root, test, test_file=file, scratch=made.scratch / "runs", fingerprints=())
    place = replace(place, run=inside(made, tree), env={})
    build(place, tree, A.PLAIN)
    return run_once(place, tree, A.PLAIN, seed=1)


@pytest.mark.parametrize("level", ["bubblewrap", "namespaces"])
def test_maven_finds_what_the_machine_has_fetched(level, tool, tmp_path):
    tool("mvn")
    fetching = copied("stress-maven", tmp_path / "fetching")
    argv = ["mvn", "--batch-mode", "--quiet", "-Dtest=LedgerTest#fine", "test-compile", "surefire:test"]
    subprocess.run(argv, cwd=fetching, env=environment(), check=True, capture_output=True, timeout=300)
    tree = Tree(side="before", root=copied("stress-maven", tmp_path / "tree"))
    file = "src/test/java/ledger/LedgerTest.java"
    one = one_run(walls(level, tmp_path), tree, test_id("junit", "ledger.LedgerTest", "fine"), file)
    assert (one.ended, one.executed) == (Ended.PASSED, {"fine"}), one


def with_wrapper(root):
    """Gradle's own wrapper, and in the repository the archive that it unpacks."""
    (root / "gradlew").unlink()
    argv = ["gradle", "--no-daemon", "wrapper"]
    subprocess.run(argv, cwd=root, env=environment() | {"JAVA_OPTS": QUICK}, check=True, timeout=300)
    script = (root / "gradlew").read_text()
    (root / "gradlew").write_text(script.replace('DEFAULT_JVM_OPTS=""', f'DEFAULT_JVM_OPTS="{QUICK}"'))
    home = Path(shutil.which("gradle")).resolve().parents[1]
    shutil.copytree(home, root / "unpacked/gradle-4.4.1")
    archive = shutil.make_archive(root / "gradle-4.4.1-bin", "zip", root / "unpacked", "gradle-4.4.1")
    shutil.rmtree(root / "unpacked")
    settings = root / "gradle/wrapper/gradle-wrapper.properties"
    lines = [line for line in settings.read_text().splitlines() if not line.startswith("distributionUrl")]
    settings.write_text("\n".join([*lines, f"distributionUrl=file:{archive}"]))
    return root


def test_gradle_finds_what_the_set_up_has_fetched(tool, tmp_path):
    """With a network the wrapper unpacks Gradle, and libraries are resolved; the test then runs without one."""
    tool("gradle")
    made = walls("bubblewrap", tmp_path)
    tree = Tree(side="before", root=with_wrapper(copied("stress-gradle", tmp_path / "tree")))
    (tree.root / "setup.sh").write_text("exec ./gradlew --no-daemon testClasses")
    done = made.set_up("setup.sh", tree.root, timeout=300)
    assert done.ok, done.err
    test = test_id("junit", "ledger.LedgerTest", "everyThirdish")
    one = one_run(made, tree, test, "app/src/test/java/ledger/LedgerTest.java")
    assert (one.ended, one.executed) == (Ended.PASSED, {"everyThirdish"}), one
