"""The patch policy: git's own account of real patches, and one row for each thing that must not get through."""

import os
import subprocess

import pytest

from ftc.core.config import TEST_PATHS
from ftc.core.patch import Change, Policy, Rule, UnreadableDiff, parse_changes, risky_paths, secrets, violations
from ftc.core.sanitize import Sanitizer

POLICY = Policy(allowed=TEST_PATHS)


def change(path, **over):
    values = {"status": "M", "old_mode": "100644", "new_mode": "100644", "added": 3, "removed": 1}
    return Change(path=path, **{**values, **over})


def rules(*changes, **over):
    return {item.rule for item in violations(changes, Policy(**{"allowed": TEST_PATHS, **over}))}


@pytest.mark.parametrize(
    "path",
    [
        "cart/cart_test.go",
        "tests/test_cart.py",
        "web/src/cart.test.tsx",
        "app/src/test/java/CartTest.java",
        "tests/fixtures/cart.json",
    ],
)
def test_tests_may_be_changed(path):
    assert violations([change(path)], POLICY) == ()


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("cart/cart.go", Rule.NOT_ALLOWED),
        ("cart/cart_test.go.bak", Rule.NOT_ALLOWED),
        (".github/workflows/ci_test.go", Rule.PROTECTED),  # a test by name, a workflow by place
        ("tests/.env", Rule.PROTECTED),
        ("tests/.hidden/test_x.py", Rule.PROTECTED),
        ("tests/CODEOWNERS", Rule.PROTECTED),
        ("tests/requirements-dev.txt", Rule.PROTECTED),
        ("web/__tests__/package.json", Rule.PROTECTED),
        ("tests/Package.JSON", Rule.PROTECTED),  # the same file where case does not count
        ("tests/agents.md", Rule.PROTECTED),
        ("tests/sitecustomize.py", Rule.PROTECTED),
        ("tests/evil.pth", Rule.PROTECTED),
        ("tests/vendor/x_test.go", Rule.PROTECTED),
        ("tests/pytest.ini", Rule.PROTECTED),  # may run each test five times
        ("web/tests/vitest.config.mts", Rule.PROTECTED),
        ("web/__tests__/jest.config.js", Rule.PROTECTED),
        ("src/test/resources/junit-platform.properties", Rule.PROTECTED),
        ("src/test/resources/META-INF/services/org.junit.jupiter.api.extension.Extension", Rule.PROTECTED),
        ("../outside/test_x.py", Rule.PATH),
        ("/tests/test_x.py", Rule.PATH),
        ("tests/.GIT /hooks/test_x.py", Rule.PATH),
        ("tests\\..\\test_x.py", Rule.PATH),
        ("tests/test_\nx.py", Rule.PATH),
    ],
)
def test_paths_that_must_not_be_changed(path, rule):
    assert rules(change(path)) == {rule}


# One or more of each ecosystem, below a folder of tests, where the list of allowed paths would let them through.
BUILDING = """
bun.lock bun.lockb bunfig.toml deno.json deno.jsonc deno.lock pnpm-workspace.yaml package.json5
composer.json composer.lock Rakefile Gemfile.local gems.rb
tests.csproj tests.vbproj Directory.Build.props Directory.Packages.props x.props x.targets global.json packages.config
rust-toolchain rust-toolchain.toml build.sbt buildSrc/src/test/x.kt libs.versions.toml gradle/libs.versions.toml
gradle/wrapper/gradle-wrapper.properties
requirements/dev.txt requirements/dev.in requirements-dev.in environment.yml pylock.toml hatch.toml uv.toml
Jenkinsfile Jenkinsfile.nightly azure-pipelines.yml BUILD BUILD.bazel MODULE.bazel WORKSPACE rules.bzl BUCK
Package.swift mix.exs pubspec.yaml flake.nix stack.yaml meson.build justfile Taskfile.yml Makefile.inc Containerfile
CLAUDE.local.md AGENTS.override.md
"""


@pytest.mark.parametrize("name", BUILDING.split())
def test_what_decides_how_things_are_built_and_installed(name):
    assert rules(change(f"tests/{name}")) == {Rule.PROTECTED}
    assert rules(change(name), planned=frozenset({name}), product_code=True) == {Rule.PROTECTED}


@pytest.mark.parametrize(
    "path",
    [
        "build/build_test.go",
        "workspace/workspace_test.go",
        "tests/requirements/test_parse.py",
        "tests/build/test_x.py",
        "tests/global_test.go",
        "tests/fixtures/auth.json",
        "tests/test_größe.py",
        "tests/fixtures/日本語.txt",
        "tests/te\u0301st_a.py",
        "tests/fixtures/v1.2~rc.txt",
    ],
)
def test_names_that_only_look_like_those(path):
    assert rules(change(path)) == set()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("SETUP.PY", Rule.PROTECTED),
        ("\u017fetup.py", Rule.PROTECTED),  # long s: an S for whoever ignores case
        ("ma\u212aefile", Rule.PROTECTED),  # the sign of Kelvin
        ("\ufb01xtures/../x", Rule.PATH),
        ("con\ufb01gure.ac", Rule.PROTECTED),  # fi as one letter
        ("s\u0131tecustomize.py", Rule.PROTECTED),  # an i without its dot, whose capital is I
        ("\uff47\uff4f.mod", Rule.PROTECTED),  # letters of full width
        ("\uff0egithub/x.yml", Rule.PROTECTED),
        ("\u2024env", Rule.PROTECTED),  # a one dot leader
        ("go.mod.", Rule.PROTECTED),
        ("go.mod ", Rule.PROTECTED),
        ("go.mod. . ", Rule.PROTECTED),
        ("go.mod\u00a0", Rule.PROTECTED),
        ("vendor /x_test.go", Rule.PROTECTED),
        (".github./x.yml", Rule.PROTECTED),
        ("go.mod::$DATA", Rule.PATH),  # a stream of NTFS is the file itself
        ("x.py:go.mod", Rule.PATH),
        ("go.mod\uff1a$DATA", Rule.PATH),
        ("go\u200b.mod", Rule.PATH),  # nothing is seen of it
        ("go.\u202edom", Rule.PATH),  # read from right to left
        ("go.mod\ufe0f", Rule.PATH),
        ("go\u034f.mod", Rule.PATH),
        (".git\u200c/hooks/x", Rule.PATH),  # HFS+ leaves the joiner out
        ("\uff0egit/hooks/x", Rule.PATH),
        (".gIt. /hooks/x", Rule.PATH),
        ("git~1/config", Rule.PATH),
        ("PYPROJ~1.TOM", Rule.PATH),
        ("...", Rule.PATH),
        (" /x_test.go", Rule.PATH),
        ("\u2026/x_test.go", Rule.PATH),
        ("a\uff0f..\uff0f..\uff0fx_test.go", Rule.PATH),
        ("a\uff3cx_test.go", Rule.PATH),
        ("x\x7f_test.go", Rule.PATH),
        ("x\u2028_test.go", Rule.PATH),
    ],
)
def test_other_spellings_of_a_name_are_no_way_round(name, rule):
    """On the file system of somebody who checks it out it is the same file."""
    assert rules(change(f"tests/{name}")) == {rule}


def test_a_task_lifts_the_protection_of_the_very_file_it_names_and_of_no_other_spelling():
    lifted = {"allowed": ("/**",), "unprotected": ("/requirements/dev.txt", "/bun.lock")}
    assert rules(change("requirements/dev.txt"), **lifted) == set()
    assert rules(change("bun.lock"), **lifted) == set()
    for path in ("bun.lock.", "bun.loc\uff4b", "web/bun.lock", "requirements/dev.txt ", "requirements/test.txt"):
        assert rules(change(path), **lifted) == {Rule.PROTECTED}


@pytest.mark.parametrize(
    ("over", "rule"),
    [
        ({"new_mode": "120000", "status": "T"}, Rule.SYMLINK),
        ({"old_mode": "120000", "status": "T"}, Rule.SYMLINK),  # a link that becomes a file was one to elsewhere
        ({"new_mode": "160000", "old_mode": "000000", "status": "A"}, Rule.SUBMODULE),
        ({"new_mode": "100755"}, Rule.MODE),
        ({"new_mode": "100755", "old_mode": "000000", "status": "A"}, Rule.MODE),
        ({"new_mode": "040000"}, Rule.MODE),
        ({"new_mode": "000000", "status": "D"}, Rule.DELETED),
        ({"binary": True}, Rule.BINARY),
    ],
)
def test_kinds_of_change_that_are_refused(over, rule):
    assert rules(change("tests/test_x.py", **over)) == {rule}


def test_product_code_needs_both_the_opt_in_and_the_plan():
    product = change("cart/cart.go")
    planned = frozenset({"cart/cart.go"})
    assert rules(product, planned=planned) == {Rule.NOT_ALLOWED}
    assert rules(product, product_code=True) == {Rule.NOT_ALLOWED}
    assert rules(product, planned=planned, product_code=True) == set()
    assert rules(change("go.mod"), planned=frozenset({"go.mod"}), product_code=True) == {Rule.PROTECTED}
    assert rules(change("go.mod"), allowed=("go.mod",), unprotected=("go.mod",)) == set()
    assert risky_paths([product, change("cart/cart_test.go")], TEST_PATHS) == ("cart/cart.go",)


def test_size_is_bounded_and_nothing_is_no_patch():
    many = [change(f"tests/test_{number}.py") for number in range(6)]
    assert rules(*many) == {Rule.FILES}
    assert rules(change("tests/test_x.py", added=300, removed=101)) == {Rule.LINES}
    assert rules(change("tests/test_x.py", added=300, removed=100)) == set()
    assert rules() == {Rule.EMPTY}


def test_a_secret_in_an_added_line_is_refused():
    token = "ghp_" + "a1B2" * 9
    added = {"tests/test_x.py": f'TOKEN = "{token}"\n', "tests/test_y.py": "assert cart.total() == 3\n"}
    assert [(item.rule, item.path) for item in secrets(added, Sanitizer())] == [(Rule.SECRET, "tests/test_x.py")]


@pytest.mark.parametrize(
    "line",
    [
        't = "Z2hwX2ExQjJhMUIyYTFCMmExQjJhMUIyYTFCMmExQjJhMUIyYTFCMg=="',  # in base64
        't = "ghp_" + "a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2"',
        't = ("ghp_a1B2a1B2a1B2"\n     "a1B2a1B2a1B2a1B2a1B2a1B2")',
    ],
)
def test_what_the_search_for_secrets_cannot_see(line):
    """As the documentation says: it knows forms and telling names, and these have none."""
    assert secrets({"tests/test_x.py": line}, Sanitizer()) == ()


def git(folder, *arguments):
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stdout


def test_what_git_says_of_a_real_patch(tmp_path):
    """Everything at once: a changed file, a new one with an odd name, a link, a mode, a binary file, a deletion."""
    git(tmp_path, "init", "--quiet")
    for name, text in {"keep.txt": b"a\nb\n", "gone.txt": b"x\n", "run.sh": b"#!/bin/sh\n"}.items():
        (tmp_path / name).write_bytes(text)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message=base")
    (tmp_path / "keep.txt").write_bytes(b"a\nc\nd\n")
    (tmp_path / "gone.txt").unlink()
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "tëst\t1.txt").write_bytes(b"new\n")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "blob.bin").write_bytes(b"\0\1\2")
    git(tmp_path, "add", "--all")
    raw, numstat = (git(tmp_path, "diff", "--cached", "--no-renames", "-z", form) for form in ("--raw", "--numstat"))
    found = {item.path: item for item in parse_changes(raw, numstat)}
    assert found["keep.txt"] == change("keep.txt", added=2, removed=1)
    assert found["gone.txt"].status == "D"
    assert found["run.sh"].new_mode == "100755"
    assert found["tëst\t1.txt"].added == 1
    assert found["link"].new_mode == "120000"
    assert found["blob.bin"].binary
    wanted = {"keep.txt": set(), "gone.txt": {Rule.DELETED}, "run.sh": {Rule.MODE}, "link": {Rule.SYMLINK}}
    wanted |= {"tëst\t1.txt": {Rule.PATH}, "blob.bin": {Rule.BINARY}}
    assert {path: rules(item, allowed=("/*",)) for path, item in found.items()} == wanted


@pytest.mark.parametrize(
    ("raw", "numstat"),
    [
        (b":100644 100644 abcd abcd M\0a.py", b"1\t1\ta.py\0"),  # cut off
        (b":100644 100644 abcd abcd R100\0a.py\0b.py\0", b"1\t1\ta.py\0"),  # a rename nobody asked for
        (b":100644 100644 abcd abcd M\0a.py\0", b"1\t1\tb.py\0"),  # two accounts of different files
        (b":100644 100644 abcd abcd M\0\xff.py\0", b"1\t1\t\xff.py\0"),
        (b"M\ta.py\0x\0", b"1\t1\ta.py\0"),
        (b":100644 100644 abcd abcd M\0a.py\0", b"one\t1\ta.py\0"),
    ],
)
def test_an_account_of_another_form_is_refused(raw, numstat):
    with pytest.raises(UnreadableDiff):
        parse_changes(raw, numstat)
