"""Taking over an issue that a person wrote, and asking whether it may be: the writes of both.

The rule it keeps: nothing but comments and labels is written there. The comment with the state comes first, found
again by its mark; the label, by which later jobs find the issue, comes last.
"""

from dataclasses import replace

from ftc.clients.payloads import Comment
from ftc.core.effects import Adopt, AskAdoption, OpenIssue, Say
from ftc.core.model import Flake, IssueRef
from ftc.core.state import digest
from ftc.jobs.issues import Session, comment_text, open_issue, stored_block, write_comment
from ftc.jobs.managed import is_state_comment, trusted
from ftc.jobs.thread_effects import comments, say
from ftc.render.adoption import question_text


def adopt(session: Session, effect: Adopt) -> None:
    """The comment written unbound, since its number is not known; bound right after, and the issue labelled.

    An issue that already keeps another test's state is left to it, and the flake gets one of its own.
    """
    ctx = session.ctx
    flake = replace(effect.flake, revision=effect.flake.revision + 1, parent=effect.flake.revision)
    found = _own(session, effect.number)
    if found is None:
        found = ctx.write.create_comment(effect.number, comment_text(ctx, flake, previous=""))
        session.comments[effect.number] = (*comments(session, effect.number), found)
    where = IssueRef(repo=ctx.write.repo, issue=effect.number, comment=found.id)
    if not _same(session, found.body, where, flake):
        open_issue(session, OpenIssue(flake=effect.flake, labels=effect.labels))
        return
    session.opened.append(flake.key)
    session.known.add(digest(found.body))
    write_comment(session, found, replace(flake, issue=where))
    ctx.write.add_labels(effect.number, effect.labels)


def _own(session: Session, number: int) -> Comment | None:
    """The comment that a job wrote which died before the label was on; one that people edited since is replaced."""
    ctx = session.ctx
    found = next((item for item in comments(session, number) if is_state_comment(ctx, item)), None)
    edits = ctx.write.comment_edits(found) if found and found.edited else ()
    if found is None or not edits or trusted(ctx, edits[0].editor):
        return found
    ctx.write.delete_comment(found.id)
    session.comments[number] = tuple(item for item in comments(session, number) if item.id != found.id)
    return None


def _same(session: Session, body: str, where: IssueRef, flake: Flake) -> bool:
    """Whether the comment is free for this flake: it keeps its state, or none that can be read."""
    block = stored_block(session.ctx, body, where)
    return block is None or block.flake is None or block.flake.key == flake.key


def ask(session: Session, effect: AskAdoption) -> None:
    """One question for each test, found again by its mark."""
    text = question_text(effect.flake, effect.clues, until=effect.until, language=session.ctx.config.language)
    say(session, Say(number=effect.number, purpose=question_purpose(effect.flake), body=text))


def question_purpose(flake: Flake) -> str:
    """What marks the question about one test."""
    return f"adopt-question:{flake.key}"
