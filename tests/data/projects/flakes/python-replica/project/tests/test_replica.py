from kv.replica import Replica
from kv.server import Server
from kv.store import Store
from tests.ports import a_port


def test_a_replica_follows_its_primary():
    store = Store()
    store.put("tea", "green")
    with Server(store, a_port()) as primary:
        replica = Replica(primary.port)
        assert replica.follow() == 1
        assert replica.store.get("tea") == "green"
        assert replica.follow() == 0


def test_a_replica_can_be_followed():
    store = Store()
    store.put("tea", "green")
    with Server(store, a_port()) as primary:
        replica = Replica(primary.port)
        replica.follow()
        with Server(replica.store, a_port()) as second:
            third = Replica(second.port)
            assert third.follow() == 1
            assert third.store.get("tea") == "green"
