"""The small flaky projects are what they say: patches apply, masking is found, and real runs agree with the figures."""

from collections import Counter

import pytest

from ftc.agent.stress_run import Ended, Tree, build, run_once
from ftc.core.analysis import RootCause
from ftc.core.config import TEST_PATHS
from ftc.core.diff import parse_file_diff
from ftc.core.edit_blocks import replaced
from ftc.core.masking import masking
from ftc.core.patch import Policy, Rule, parse_changes, violations
from ftc.core.recipes import possible
from ftc.core.stress import fisher, silent_runs
from tests.flake_projects import bench_of, edits, git, patched, projects

PROJECTS = projects()
each = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)


def test_what_they_cover():
    languages = Counter(project.language for project in PROJECTS)
    assert len(PROJECTS) >= 12
    assert languages >= Counter(go=5, python=4, javascript=2, rust=1)
    causes = {project.cause for project in PROJECTS}
    C = RootCause
    assert causes >= {
        C.ASYNC_WAIT, C.CONCURRENCY, C.ORDER_DEPENDENCY, C.TIME, C.NETWORK, C.UNORDERED, C.RESOURCE_LEAK, C.RANDOMNESS
    }  # fmt: skip
    assert len({project.masks for project in PROJECTS}) >= 7, "nearly every kind of masking is there"


@each
def test_facts(project):
    assert project.test.name.split("::")[-1].split(" > ")[-1] in (project.folder / "project" / project.file).read_text()
    assert project.fingerprints
    assert project.plan
    assert all(path.startswith("v1:") for path in project.fingerprints)
    measured = {(item.amplifier, item.patch): item for item in project.measured}
    best = measured[project.amplifier, "none"]
    assert best.runs >= 100
    assert 0.05 <= best.rate <= 0.6
    for other in (item for item in project.measured if item.patch == "none"):
        counts = {"before": other.failures, "before_runs": other.runs, "after": best.failures, "after_runs": best.runs}
        assert fisher(**counts) > 0.01, "another amplifier is clearly better"
    right = measured[project.amplifier, "right"]
    assert right.failures == 0
    assert right.runs >= silent_runs(best.rate), "so many silent runs exclude that it still fails as often"
    assert measured[project.amplifier, "wrong"].failures >= 5
    assert measured[project.amplifier, "masking"].failures == 0, "it hides the flake: only reading tells"


@each
def test_the_bench_can_use_its_amplifier(project, tmp_path):
    root = project.make_repository(tmp_path)
    bench = bench_of(project, root, scratch=tmp_path / "scratch")
    assert project.amplifier in possible(bench.recipe)


@each
def test_one_commit_that_is_the_same_everywhere(project, tmp_path):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    roots = [project.make_repository(tmp_path / name) for name in ("first", "second")]
    heads = {git(root, "rev-parse", "HEAD") for root in roots}
    assert len(heads) == 1
    assert git(roots[0], "rev-list", "--count", "HEAD").strip() == "1"
    assert git(roots[0], "status", "--porcelain", "--ignored") == ""


def applied(project, tmp_path, patch):
    """The changes and the diffs of a patch, as git tells them after applying it."""
    root = project.make_repository(tmp_path)
    patched(root, patch)
    diff = ("diff", "--cached", "--no-renames")
    raw, numbers = (git(root, *diff, "-z", form).encode() for form in ("--raw", "--numstat"))
    changes = parse_changes(raw, numbers)
    texts = {item.path: (root / item.path).read_text() for item in changes}
    return changes, [parse_file_diff(path, git(root, *diff, "--", path), text=texts[path]) for path in texts]


@each
def test_the_right_patch_may_be_published(project, tmp_path):
    changes, diffs = applied(project, tmp_path, project.right)
    assert violations(changes, Policy(allowed=project.allowed_paths)) == ()
    assert masking(diffs) == ()
    planned = frozenset(project.planned_files)
    assert violations(changes, Policy(allowed=TEST_PATHS, planned=planned, product_code=True)) == ()
    # What lies outside of tests needs a plan that names it.
    outside = violations(changes, Policy(allowed=TEST_PATHS))
    assert {item.rule for item in outside} <= {Rule.NOT_ALLOWED}
    assert bool(outside) is project.product_code


@each
@pytest.mark.parametrize("kind", ["right", "masking", "wrong"])
def test_edits_make_the_same_as_their_patch(kind, project, tmp_path):
    patch = getattr(project, kind)
    root = project.make_repository(tmp_path)
    for edit in edits(patch):
        file = root / edit.path
        file.write_text(replaced(file.read_text(), edit.search, edit.replace))
    git(root, "add", "--all")
    by_edits = git(root, "write-tree")
    git(root, "reset", "--quiet", "--hard")
    patched(root, patch)
    assert git(root, "write-tree") == by_edits


@each
def test_the_masking_patch_is_found_to_mask(project, tmp_path):
    changes, diffs = applied(project, tmp_path, project.masking)
    assert violations(changes, Policy(allowed=project.allowed_paths)) == ()
    assert project.masks in {item.masking for item in masking(diffs)}


@each
def test_only_runs_tell_the_wrong_patch(project, tmp_path):
    changes, diffs = applied(project, tmp_path, project.wrong)
    assert violations(changes, Policy(allowed=project.allowed_paths)) == ()
    assert masking(diffs) == ()


@each
def test_nonsense_is_no_patch(project, tmp_path):
    with pytest.raises(AssertionError, match="git apply"):
        applied(project, tmp_path, project.nonsense)


# --- real runs


RUNS = 80
"""At most: 80 runs of a test that fails once in ten pass in one of five thousand cases."""


def failing(project, bench, tree, *, runs, enough):
    """How many of so many runs ended in the known way; stops when there are enough, and nothing else may happen."""
    build(bench, tree, project.amplifier)
    found = 0
    for seed in range(1, runs + 1):
        run = run_once(bench, tree, project.amplifier, seed=seed)
        assert run.ended in (Ended.PASSED, Ended.TARGET), run
        assert not run.others, "a signature that nobody wrote down"
        assert project.expected_text in run.excerpt or run.ended is Ended.PASSED
        found += run.ended is Ended.TARGET
        if found == enough:
            break
    return found


@pytest.mark.toolchain
@each
def test_it_fails_and_is_mended(project, tool, tmp_path):
    """Short: that it fails at all, in the known way, and not in as many runs with the right patch."""
    tool(project.tool)
    root = project.make_repository(tmp_path)
    project.install(root)
    bench = bench_of(project, root, scratch=tmp_path / "scratch")
    before, after = Tree(side="before", root=root), Tree(side="after", root=root)
    runs = silent_runs(project.rate() * 0.7)
    assert failing(project, bench, before, runs=RUNS, enough=2) == 2
    patched(root, project.right)
    assert failing(project, bench, after, runs=runs, enough=1) == 0
