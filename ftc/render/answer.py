"""Answers to people: the text of one reply, with the link of the run that gives it.

Rule: the words stand in the templates; commands are printed through ``spelled`` alone, so that no answer gives one.
"""

from ftc.core.commands import Name, spelled
from ftc.core.decision import Reply
from ftc.core.decisions.starting import order_digest
from ftc.core.marks import order_mark
from ftc.core.orders import Order
from ftc.render.environment import Markdown, render


def answer(said: Reply, *, run_url: str, prefix: str, language: str = "en") -> str:
    """The Markdown of a reply; ``run_url`` is empty off a runner."""
    shared = {
        "spelled": spelled_markdown,
        "safe": Markdown,
        "order_mark": order_markdown,
        "run_url": run_url,
        "prefix": prefix,
    }
    values = {**shared, **said.values}
    body = render(f"answers/{said.template}.md.j2", values, language=language)
    return with_end(body, run_url=run_url, language=language)


def with_end(text: str, *, run_url: str, language: str = "en") -> str:
    """Finished Markdown of somebody else with the same end as every answer."""
    end = render("answers/end.md.j2", {"run_url": run_url}, language=language).strip()
    return f"{text.strip()}\n\n{end}\n" if end else f"{text.strip()}\n"


def order_markdown(task: Order) -> Markdown:
    """The hidden mark by which a sweep finds an order again that nobody took."""
    return Markdown(order_mark(task.id, order_digest(task)))


def spelled_markdown(name: str, arguments: str = "") -> Markdown:
    """A command as it is typed, which gives none where it is printed."""
    return Markdown(spelled(Name(name), arguments))
