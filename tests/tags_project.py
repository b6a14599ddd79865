"""A very small project with a real flake, for whole loops that need nothing but Python and git.

The rule it keeps: its CI fails for real; the log of a run is what pytest printed.
"""

import os
import sys

from fix_loop import as_log, failing, world

FILES = {
    # The order of a set of texts depends on the seed of their hashes, which is another one in every process.
    "tags.py": 'def shown(tags):\n    return ", ".join(tags) or "none"\n',
    "test_tags.py": """from tags import shown


def test_shows_all_tags():
    assert shown({"red", "green"}) == "green, red"


def test_shows_nothing_of_nothing():
    assert shown(set()) == "none"
""",
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
}
RIGHT = """--- a/test_tags.py
+++ b/test_tags.py
@@ -4,3 +4,3 @@
 def test_shows_all_tags():
-    assert shown({"red", "green"}) == "green, red"
+    assert sorted(shown({"red", "green"}).split(", ")) == ["green", "red"]
"""
MENDED = FILES["test_tags.py"].replace(
    'shown({"red", "green"}) == "green, red"', 'sorted(shown({"red", "green"}).split(", ")) == ["green", "red"]'
)
"""The test's file with that change."""


def tags_world(tmp_path, *, more=None, env=None):
    """The scenario of its repository, whose CI failed twice and passed each time when run again.

    ``more`` are files beside or instead of its own, ``env`` variables of its CI.
    """
    files = FILES | (more or {})
    project = tmp_path / "project"
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | (env or {})
    said = failing([sys.executable, "-m", "pytest"], root=project, env=env, until="assert 'red, green' == 'green, red'")
    return world(files, as_log(said))
