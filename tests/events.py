"""What GitHub tells a workflow about an event, as far as conditions read it: who did what on which issue.

The rule it keeps: one row an event that somebody has met, with why it is hard, and whether our workflow runs.
"""

MANAGED = "flaky-test-cleaner/ai-managed"
APPROVED = "flaky-test-cleaner/ai-fix-approved"


def person(login="bea"):
    return {"login": login, "type": "User"}


def bot(login="renovate[bot]"):
    return {"login": login, "type": "Bot"}


def labelled(*names):
    return {"number": 7, "labels": [{"name": name} for name in names]}


def commented(body, *labels, sender=None, pull=False):
    issue = labelled(*labels) | ({"pull_request": {"url": "https://api.github.com/x"}} if pull else {})
    return {
        "action": "created",
        "issue": issue,
        "comment": {"id": 70, "body": body, "user": sender or person()},
        "sender": sender or person(),
    }


def changed(action, *labels, sender=None, label=""):
    """Something done to an issue: labelled, closed, reopened."""
    given = {"label": {"name": label}} if label else {}
    return {"action": action, "issue": labelled(*labels), "sender": sender or person(), **given}


def reviewed(*labels, sender=None):
    return {
        "action": "submitted",
        "pull_request": labelled(*labels),
        "review": {"id": 71, "body": "/ai-fix", "state": "commented"},
        "sender": sender or person(),
    }


def ran(event):
    return {"action": "completed", "workflow_run": {"id": 5, "event": event, "conclusion": "failure"}, "sender": bot()}


WATCH = {
    "schedule": ("schedule", {"schedule": "17 3 */3 * *"}, True),
    "dispatch": ("workflow_dispatch", {"inputs": {}, "sender": person()}, True),
    "a command on any issue": ("issue_comment", commented("/ai-fix", "bug"), True),
    "another command": ("issue_comment", commented("/ftc help"), True),
    "GitHub compares without case": ("issue_comment", commented("/FTC help"), True),
    "a bot gives a command": ("issue_comment", commented("/ftc help", sender=bot()), False),
    "our own answer": ("issue_comment", commented("Approved.", MANAGED, sender=bot("github-actions[bot]")), False),
    "an ordinary comment": ("issue_comment", commented("Thanks!", "bug"), False),
    "a command inside of a sentence": ("issue_comment", commented("Please /ai-fix this", "bug"), False),
    "a question on a managed issue": ("issue_comment", commented("Why?", "bug", MANAGED), True),
    "a comment on a pull request": ("issue_comment", commented("Nice", "bug", pull=True), False),
    "a comment on our pull request": ("issue_comment", commented("Nice", MANAGED, pull=True), True),
    "a label like ours": ("issue_comment", commented("Hm", "my-flaky-test-cleaner/ai-managed"), False),
    "a label on an unmanaged issue": ("issues", changed("labeled", "bug", label="bug"), False),
    "an approval by label": ("issues", changed("labeled", MANAGED, APPROVED, label=APPROVED), True),
    "a label that we put on": ("issues", changed("labeled", MANAGED, sender=bot("github-actions[bot]")), False),
    "closed by a person": ("issues", changed("closed", MANAGED), True),
    "taken from us": ("issues", changed("unlabeled", "bug", label=MANAGED), False),
    "no label at all": ("issues", changed("closed"), False),
    "a review of an ordinary pull request": ("pull_request_review", reviewed("bug"), False),
    "a review of ours": ("pull_request_review", reviewed(MANAGED), True),
    "a bot reviews ours": ("pull_request_review", reviewed(MANAGED, sender=bot()), False),
}
"""By what happened: the event's name, its payload, and whether the caller's condition lets it in."""

RECEIPT = {
    "a command": ("issue_comment", commented("/ai-fix force"), False, True),
    "a command in a dry run": ("issue_comment", commented("/ai-fix"), True, False),
    "a bot's command": ("issue_comment", commented("/ftc help", sender=bot()), False, False),
    "a question": ("issue_comment", commented("Why?", MANAGED), False, False),
    "a label": ("issues", changed("labeled", MANAGED, label=APPROVED), False, False),
    "a review": ("pull_request_review", reviewed(MANAGED), False, False),
    "schedule": ("schedule", {}, False, False),
}
"""By what happened: the event's name, its payload, the input ``dry-run``, and whether a reaction is due."""

PULLS = {
    "of a pull request": (ran("pull_request"), True),
    "of a fork's, with secrets": (ran("pull_request_target"), True),
    "of a push": (ran("push"), False),
    "scheduled": (ran("schedule"), False),
    "of the merge queue": (ran("merge_group"), False),
}
"""By the run that ended: the payload, and whether pull requests are answered."""
