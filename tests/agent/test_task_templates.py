"""Each shipped task file on a small Python project, by real tools and a scripted model that works through our loop."""

import shutil

import pytest
from errands import ROOT, SHOP, TOOLS, Remote, Requests, a_task, carry_out
from fakes import PRICE, ScriptedModel
from fix_runs import calls

from ftc.agent.task_model import ModelGenerator
from ftc.core.sanitize import Sanitizer

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


class ByModel:
    """Lets a scripted model work on each batch, through our loop and tools: by the first file of the batch."""

    def __init__(self, work, folder):
        self.work = work
        self.folder = folder
        self.models = []

    def __call__(self, batch, workspace, feedback):
        assert not feedback, feedback
        model = ScriptedModel(*self._answers(batch.files[0], workspace.approved))
        self.models.append(model)
        by = ModelGenerator(model=model, folder=self.folder, sanitizer=Sanitizer(), clock=lambda: 0.0)
        return by(batch, workspace, feedback)

    def _answers(self, first, approved):
        files = self.work.get(first)
        if files is None:
            return [calls(("give_up", {"reason": "nothing to do here", "idle": True}))]
        look = calls(("read", {"path": first, "first": 1, "last": 40}))
        beyond = sorted(path for path in files if not path.startswith("tests/"))
        if beyond and not approved:
            return [look, calls(("plan", {"files": beyond, "reason": "It is done there."}))]
        changes = [("edit", {"path": path, "search": before(path), "replace": text}) for path, text in files.items()]
        return [look, calls(*changes), calls(("finish", {"summary": "As it was asked for.", "risk": "low"}))]


def before(path):
    """The whole of a file as it is, empty for one that is to be made."""
    return (SHOP / path).read_text() if (SHOP / path).is_file() else ""


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
        waiting = carry_out(task, remote, out, ByModel(work, tmp_path / "planning"), publisher=requests)
        assert (waiting.code, requests.asked) == (2, [])
        assert [item.path for item in waiting.planned] == sorted(next(iter(work.values())))
        approved = frozenset(item.path for item in waiting.planned)
    else:
        approved = frozenset()
    by = ByModel(work, tmp_path / "agent")
    outcome = carry_out(task, remote, out, by, publisher=requests, approved=approved)
    trace = (out / name / "evidence" / "trace.txt").read_text()
    assert outcome.code == 0, trace
    assert outcome.status.partial_share == 1.0
    asked = sum(len(model.asked) for model in by.models)
    assert outcome.status.cost == pytest.approx(asked * PRICE)
    assert [model.left for model in by.models] == [0] * len(by.models), "every answer was asked for"
    [files] = work.values()
    for path, text in files.items():
        assert remote.text(task.branch, path) == text.strip()
    assert requests.asked[0].title.startswith(task.pr.title_prefix)
