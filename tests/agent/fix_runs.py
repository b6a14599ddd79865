"""What the tests of the agent share: a task, a reproduction, files in memory, and answers with calls."""

import json
from datetime import UTC, datetime
from itertools import count

from ftc.agent.fixer import Means, workspace_of
from ftc.core.dialogue import Reply, ToolCall, Usage
from ftc.core.fix import Amplifier, Quota, Reproduction, Task, TaskKind, Trial
from ftc.core.fix_limits import Limits
from ftc.core.model import TestId
from ftc.core.sanitize import Sanitizer

CART = """package cart

import (
	"testing"
	"time"
)

func TestCart(t *testing.T) {
	done := fill()
	time.Sleep(10 * time.Millisecond)
	if total() != 3 {
		t.Fatal("not full")
	}
	_ = done
}
"""
PRODUCT = """package cart

func fill() chan struct{} {
	return make(chan struct{})
}
"""
FILES = {"cart/cart_test.go": CART, "cart/cart.go": PRODUCT, "go.mod": "module example.com/shop\n\ngo 1.21\n"}
TEST = TestId(ecosystem="go", suite="example.com/shop/cart", name="TestCart")
SLEEP, WAIT = "\ttime.Sleep(10 * time.Millisecond)\n", "\t<-done\n"
MENDED = CART.replace(SLEEP, WAIT).replace('import (\n\t"testing"\n\t"time"\n)', 'import "testing"')
LIMITS = Limits(steps=20, usd=5.0, minutes=30.0)


class MemoryFiles:
    """Files of a mapping; ``asked`` counts how often each was read."""

    def __init__(self, files):
        self.files = dict(files)
        self.asked = []

    def paths(self):
        return tuple(sorted(self.files))

    def closed(self):
        return frozenset()

    def read(self, paths):
        self.asked += paths
        return {path: self.files[path] for path in paths if path in self.files}


def task(**over):
    values = {
        "id": "7-abc", "kind": TaskKind.FIX, "issue": 7, "repo": "acme/shop", "source_repo": "acme/shop",
        "base_branch": "main", "base_sha": "a" * 40, "branch": "ai/fix/7-abc", "attempt": 1, "tests": (TEST,),
        "test_files": ("cart/cart_test.go",), "fingerprints": ("f1",), "root_cause": "async-wait",
        "plan": ("Wait for the channel.",), "allowed_paths": ("**/*_test.go",), "planned_files": (),
        "product_code": False, "title": "[flaky] TestCart", "body": "It fails.", "passages": (), "instruction": "",
        "model": "m", "runner": "", "legs": ("linux",),
        "quota": Quota(runs=100, minutes=30, usd=5.0, steps=20, candidates=1),
        "nonce": "abc", "approved_by": "ann", "approval": 1, "head_sha": "", "pull": 0,
        "created": datetime(2026, 11, 20, tzinfo=UTC),
    }  # fmt: skip
    return Task(**(values | over))


def trial(amplifier=Amplifier.RACE, *, runs=40, target=7, **over):
    values = {
        "others": frozenset(), "command": "go test -race -run '^TestCart$' ./cart", "seconds": 12.0,
        "executed": ("TestCart",), "problem": "",
    }  # fmt: skip
    return Trial(amplifier=amplifier, runs=runs, target=target, **(values | over))


def reproduction(**over):
    values = {
        "task": "7-abc", "base_sha": "a" * 40, "runner": "go",
        "trials": (trial(Amplifier.PLAIN, target=1), trial()), "chosen": Amplifier.RACE, "reproduced": True,
        "covered_files": ("cart/cart.go", "pkg/clock.go"),
        "excerpt": "    cart_test.go:12: not full\n--- FAIL: TestCart (0.01s)",
        "problems": (),
    }  # fmt: skip
    return Reproduction(**(values | over))


def workspace(files=FILES, *, to=None, sanitizer=None, **over):
    return workspace_of(to or task(), MemoryFiles(files), sanitizer=sanitizer or Sanitizer(), **over)


def means(path, *, limits=LIMITS, **over):
    ticks = count()
    return Means(transcript=path / "transcript.jsonl", limits=limits, clock=lambda: float(next(ticks)), **over)


def calls(*named, text="", usd=0.01):
    """An answer with these calls: pairs of name and arguments."""
    made = tuple(
        ToolCall(id=f"call{at}", name=name, arguments=given, raw=json.dumps(given))
        for at, (name, given) in enumerate(named)
    )
    return Reply(text=text, tool_calls=made, usage=Usage(read=1000, written=50), usd=usd)


def read(path="cart/cart_test.go", first=1, last=50):
    return ("read", {"path": path, "first": first, "last": last})


def edit(search, replace, path="cart/cart_test.go"):
    return ("edit", {"path": path, "search": search, "replace": replace})


HYPOTHESIS = ("hypothesis", {"root_cause": "async-wait", "text": "It looks before the channel is closed."})
FINISH = ("finish", {"summary": "Waits for the channel."})
GIVE_UP = ("give_up", {"reason": "The cause is in the product.", "missing": "a trace"})
RIGHT = (
    edit('import (\n\t"testing"\n\t"time"\n)', 'import "testing"'),
    edit(SLEEP, WAIT),
)
