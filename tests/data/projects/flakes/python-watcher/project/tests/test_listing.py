from watch.listing import listing, new_files


def test_listing(tmp_path):
    for name in ("a.txt", ".hidden", "b.txt.part"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert listing(tmp_path) == {"a.txt"}


def test_new_files():
    assert new_files(frozenset({"a"}), frozenset({"a", "c", "b"})) == ["b", "c"]
