"""Each shipped task file on a small Python project, by real tools; only edits are scripted."""

import shutil

import pytest
from errands import ROOT, SHOP, TOOLS, Remote, Requests, Scripted, a_task, carry_out

from ftc.core.task_work import GiveUp

TEMPLATES = ROOT.parent / "templates" / "tasks"
ORDERS = (SHOP / "src/service/orders.py").read_text()
STOCK = (SHOP / "src/service/stock.py").read_text()
TESTS = (SHOP / "tests/test_shop.py").read_text()
NAMES = (SHOP / "tests/test_names.py").read_text()

# Template, what is scripted for each file of its target (others have nothing to do), and words of the request.
WORK = {
    "missing-tests": {
        "src/service/payment.py": {
            "tests/test_refund.py": "from service.payment import refund\n\n\ndef test_refund():\n"
            "    assert refund(4, 10) == 6\n"
        }
    },
    "unify-logging": {
        "src/service/__init__.py": {
            "src/service/orders.py": ORDERS.replace(
                'print("placed", len(items))', 'log.info("placed %d", len(items))'
            ).replace("\n\n\ndef place", "\n\nimport logging\n\nlog = logging.getLogger(__name__)\n\n\ndef place", 1)
        }
    },
    "dependency-upgrade": {
        "pyproject.toml": {
            "requirements.txt": "tiny-money==1.3.0\n",
            "pyproject.toml": (SHOP / "pyproject.toml").read_text().replace(">=1.2", ">=1.3"),
        }
    },
    "refactoring": {
        "src/service/orders.py": {
            "src/service/orders.py": ORDERS.replace(
                "return sum(prices) + sum(prices) // 5 + 300", "return total_with_tax(prices) + 300"
            )
        }
    },
    "type-annotations": {
        "src/service/stock.py": {
            "src/service/stock.py": STOCK.replace("(stock, taken)", "(stock: int, taken: int) -> int")
        }
    },
    "flaky-fix": {
        "tests/test_names.py": {
            "tests/test_names.py": NAMES.replace("sorted(names)[0] == min(names)", 'min(names) == "ann"')
        }
    },
}
PRODUCT = {"unify-logging", "dependency-upgrade", "refactoring", "type-annotations"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(shutil.which(tool, path=TOOLS["PATH"]) is None for tool in ("coverage", "ruff", "mypy")),
        reason="coverage, ruff or mypy is not installed",
    ),
]


class ByFile:
    """Answers by the first file of a batch."""

    def __init__(self, work):
        self.work = work

    def __call__(self, batch, workspace, feedback):
        assert not feedback, feedback
        wanted = self.work.get(batch.files[0])
        return (
            Scripted(wanted)(batch, workspace, feedback) if wanted else GiveUp(reason="nothing to do here", idle=True)
        )


def test_every_template_has_its_work():
    assert {path.stem for path in TEMPLATES.glob("*.yaml")} == WORK.keys()


@pytest.mark.parametrize("name", WORK)
def test_a_template_runs(name, tmp_path):
    remote, requests, task = (
        Remote(tmp_path / "git", SHOP),
        Requests(),
        a_task((TEMPLATES / f"{name}.yaml").read_text()),
    )
    assert task.id == name
    work, out = WORK[name], tmp_path / "artifacts"
    if name in PRODUCT:
        waiting = carry_out(task, remote, out, ByFile(work), publisher=requests)
        assert (waiting.code, requests.asked) == (2, [])
        assert [item.path for item in waiting.planned] == sorted(next(iter(work.values())))
        approved = frozenset(item.path for item in waiting.planned)
    else:
        approved = frozenset()
    outcome = carry_out(task, remote, out, ByFile(work), publisher=requests, approved=approved)
    trace = (out / name / "evidence" / "trace.txt").read_text()
    assert outcome.code == 0, trace
    assert outcome.status.partial_share == 1.0
    [files] = work.values()
    for path, text in files.items():
        assert remote.text(task.branch, path) == text.strip()
    assert requests.asked[0].title.startswith(task.pr.title_prefix)
