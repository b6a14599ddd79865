"""``ftc scenario``: stories about the whole system, written as files and played against the simulator in process."""
