"""What one side lends the other before its runs: compiled packages, and nothing that code has put in their place."""

import time

import pytest

from ftc.agent.ground import GO_BUILD, Ground, Side
from ftc.agent.stress_run import Tree
from ftc.clients.sandbox import Sandbox
from ftc.core.config import Config
from ftc.core.isolation import Level
from ftc.core.sanitize import Sanitizer


@pytest.fixture
def lend(tmp_path):
    """Lends from the one side to the other; and their homes."""
    base = Sandbox(level=Level.PLAIN, tmp=tmp_path / "tmp")
    sides = [
        Side(tree=Tree(side=name, root=tmp_path / name), sandbox=base.beside(name)) for name in ("before", "after")
    ]
    ground = Ground(
        mirror=None,  # nothing is read from a repository
        sandbox=base,
        config=Config(),
        sanitizer=Sanitizer(),
        evidence=tmp_path / "evidence",
        clock=time.monotonic,
        until=0.0,
    )
    homes = [side.sandbox.scratch / "home" for side in sides]
    for home in homes:
        home.mkdir(parents=True)
    return lambda: ground.lend(*sides), *homes


@pytest.fixture
def secret(tmp_path):
    place = tmp_path / "runner"
    place.mkdir()
    (place / "key").write_text("secret")
    return place


def test_what_was_compiled_is_copied(lend):
    go, one, other = lend
    (one / GO_BUILD).mkdir(parents=True)
    (one / GO_BUILD / "package").write_text("compiled")
    go()
    assert (other / GO_BUILD / "package").read_text() == "compiled"


@pytest.mark.parametrize("part", [".cache", GO_BUILD])
def test_a_link_in_its_place_lends_nothing(part, lend, secret):
    """Else code of the first side would have a folder of the machine copied to where the second can read it."""
    go, one, other = lend
    (one / part).parent.mkdir(parents=True, exist_ok=True)
    (one / part).symlink_to(secret)
    (secret / "go-build").mkdir()
    go()
    assert not [path for path in other.rglob("*") if path.is_file()]
    assert not (other / GO_BUILD).exists()


def test_a_link_where_it_would_go_is_not_followed(lend, secret):
    go, one, other = lend
    (one / GO_BUILD).mkdir(parents=True)
    (one / GO_BUILD / "package").write_text("compiled")
    (other / ".cache").symlink_to(secret)
    go()
    assert [path.name for path in secret.iterdir()] == ["key"]
