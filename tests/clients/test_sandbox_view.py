"""What of a machine is shown: places that hold programs, and never a place that holds credentials."""

from pathlib import Path

import pytest

from ftc.clients.sandbox_view import view


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    for name in (
        *(".cargo/bin", ".cargo/registry/cache", ".rustup/toolchains", ".nvm/versions/node/v20/bin", ".local/bin"),
        *(".m2/repository/org", "go/pkg/mod/cache", ".docker", ".ssh", "bin", "actions-runner", "tools/go/1.24/bin"),
    ):
        (home / name).mkdir(parents=True)
    for name in (".cargo/credentials.toml", ".m2/settings.xml", ".docker/config.json", ".netrc", ".npmrc"):
        (home / name).write_text("secret")
    return home


def shown(home, tmp_path, path, network=False, **environ):
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    given = {"HOME": str(home), "PATH": ":".join(path), **environ}
    found = view(given, scratch=scratch, network=network)
    inside = [mount for mount in found.mounts if mount.source.is_relative_to(home)]
    return found, {str(mount.source.relative_to(home)): mount for mount in inside}


def test_toolchains_are_shown_and_credentials_are_not(home, tmp_path):
    path = [f"{home}/{name}" for name in (".cargo/bin", ".nvm/versions/node/v20/bin", ".local/bin", "bin")]
    found, places = shown(home, tmp_path, path)
    assert set(places) == {
        ".cargo/bin", ".cargo/registry", ".local/bin", ".m2/repository", ".nvm/versions", ".rustup", "bin",
        "go/pkg/mod",
    }  # fmt: skip
    assert not any(mount.writable for mount in places.values())
    assert found.path.split(":") == path
    for secret in (".cargo/credentials.toml", ".m2/settings.xml", ".docker/config.json", ".ssh", ".netrc"):
        assert not any(Path(secret).is_relative_to(place) for place in places)


@pytest.mark.parametrize("path", ["/", "{home}", "{parent}", ".", "relative/bin", "/nowhere/bin"])
def test_a_path_that_would_show_the_home_shows_nothing(home, tmp_path, path):
    entry = path.format(home=home, parent=home.parent)
    found, places = shown(home, tmp_path, ["/usr/bin", entry])
    assert "." not in places
    assert not any(home.is_relative_to(mount.source) for mount in found.mounts)
    assert found.path == "/usr/bin"


def test_a_variable_cannot_show_the_home_or_the_checkout(home, tmp_path):
    workspace = home / "actions-runner" / "work" / "repo"
    workspace.mkdir(parents=True)
    over = {"GOROOT": str(home / "actions-runner"), "JAVA_HOME": str(home), "GITHUB_WORKSPACE": str(workspace)}
    _, places = shown(home, tmp_path, ["/usr/bin"], **over)
    assert not {".", "actions-runner"} & set(places)


def test_setup_actions_install_below_one_folder(home, tmp_path):
    _, places = shown(home, tmp_path, [f"{home}/tools/go/1.24/bin"], RUNNER_TOOL_CACHE=f"{home}/tools")
    assert "tools" in places
    assert "tools/go/1.24" not in places


def test_a_cache_that_was_filled_inside_goes_first(home, tmp_path):
    filled = tmp_path / "scratch" / "home" / ".cargo" / "registry"
    filled.mkdir(parents=True)
    (filled / "index").mkdir()
    _, places = shown(home, tmp_path, ["/usr/bin"])
    assert ".cargo/registry" not in places
    assert ".m2/repository" in places
    _, places = shown(home, tmp_path, ["/usr/bin"], network=True)
    assert ".m2/repository" not in places  # what is fetched is written, which a cache to read does not take


def test_nothing_of_the_system_is_writable_and_no_socket_is_shown(home, tmp_path):
    found, _ = shown(home, tmp_path, ["/usr/bin"])
    assert {str(mount.target) for mount in found.mounts if mount.writable} == {"/tmp", str(tmp_path / "scratch")}
    assert not any(Path("/run/docker.sock").is_relative_to(mount.target) for mount in found.mounts)
    assert not any(str(mount.target) in ("/etc", "/etc/shadow", "/run", "/var", "/home") for mount in found.mounts)
