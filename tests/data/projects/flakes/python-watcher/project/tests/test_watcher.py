import queue
import threading

from watch.watcher import Watcher


def test_a_new_file_is_told(tmp_path):
    told = queue.Queue()
    (tmp_path / "old.txt").touch()
    watcher = Watcher(tmp_path, told.put, interval=0.02)
    watcher.start()
    (tmp_path / "new.txt").touch()
    assert told.get(timeout=10) == "new.txt"
    watcher.close()


def test_a_closed_watcher_leaves_no_thread(tmp_path):
    before = threading.active_count()
    watcher = Watcher(tmp_path, print, interval=0.04)
    watcher.start()
    watcher.looked.wait(10)
    watcher.close()
    assert threading.active_count() == before
