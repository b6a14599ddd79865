from kv.store import Store


def test_put_and_get():
    store = Store()
    store.put("tea", "green")
    assert store.get("tea") == "green"
    assert store.get("coffee") is None


def test_changes_are_numbered():
    store = Store()
    assert [store.put("tea", "green"), store.put("tea", "black")] == [1, 2]
    assert store.since(1) == [("tea", "black")]
