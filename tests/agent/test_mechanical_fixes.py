"""Mechanical fixes on a repository: found by the test's file, put through the gates of every change."""

import pytest

from ftc.agent.fixer import propose
from tests.agent.fix_runs import means, reproduction, task, workspace
from tests.fakes import ScriptedModel

LEAK = """package cart

import (
	"os"
	"testing"
)

func TestCart(t *testing.T) {
	os.Setenv("MODE", "x")
	run(t)
}
"""
FILES = {"cart/cart_test.go": LEAK, "go.mod": "module example.com/shop\n\ngo 1.21\n", "cart/cart.go": "package cart\n"}
NAMES = ("fixed-port", "leaked-environment")


def run(tmp_path, files=FILES, *, names=NAMES, model=None, **over):
    the_task = task(**over)
    return propose(
        the_task, reproduction(), workspace(files, to=the_task), model, means=means(tmp_path, mechanical=names)
    )


def test_the_rule_that_applies_makes_the_candidate_and_no_model_is_paid(tmp_path):
    model = ScriptedModel()
    found = run(tmp_path, model=model)
    (candidate,) = found.candidates
    assert '+\tt.Setenv("MODE", "x")' in candidate.patch
    assert candidate.by == "rule leaked-environment"
    assert candidate.hypothesis.startswith("order-dependency: ")
    assert (found.usd, model.asked) == (0.0, [])


def test_a_module_further_in_says_which_go_it_is(tmp_path):
    old = FILES | {"cart/go.mod": "module example.com/shop/cart\n\ngo 1.16\n"}
    assert run(tmp_path, old).candidates == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"names": ()}, "nobody opted in"),
        ({"names": ("fixed-port",)}, "another one was opted in"),
        ({"allowed_paths": ("other/**",)}, "the file may not be changed"),
        ({"tests": (), "test_files": ()}, "there is no test"),
        ({"files": {"go.mod": "go 1.21\n"}}, "there is no file"),
    ],
)
def test_otherwise_there_is_none(tmp_path, change, why):
    found = run(tmp_path, **change)
    assert found.candidates == (), why
    assert "No model is configured" in found.give_up


def test_the_file_is_found_by_the_test_name_where_it_was_not_told(tmp_path):
    assert len(run(tmp_path, test_files=("",)).candidates) == 1
