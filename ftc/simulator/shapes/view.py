"""The point of view an answer is written from: the world, and the address the client used.

Rule: every link in every answer is made here, so it carries the base the client can reach.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ftc.simulator.world import Repository, User, World

JSON = dict[str, Any]
PUBLIC_API = "https://api.github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """``base`` is the API's address without a slash at its end."""

    world: World
    base: str

    def api(self, path: str) -> str:
        """An API link."""
        return f"{self.base}{path}"

    def repo(self, repository: Repository, path: str = "") -> str:
        """An API link below a repository."""
        return f"{self.base}/repos/{repository.full_name}{path}"

    def web(self, path: str) -> str:
        """A link for people."""
        host = "https://github.com" if self.base == PUBLIC_API else self.base.removesuffix("/api/v3")
        return f"{host}{path}"

    def page(self, repository: Repository, path: str = "") -> str:
        """A link for people below a repository."""
        return self.web(f"/{repository.full_name}{path}")

    def user(self, login: str) -> JSON:
        """A ``simple-user``."""
        return simple_user(self, self.world.user(login))

    def maybe_user(self, login: str | None) -> JSON | None:
        """A ``nullable-simple-user``."""
        return self.user(login) if login else None


def stamp(moment: datetime | None) -> str | None:
    """``2026-11-20T16:32:38Z``, None for None."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def node_id(kind: str, number: int | str) -> str:
    """A global id as GraphQL uses it: opaque, the same in REST and GraphQL."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def simple_user(view: View, user: User) -> JSON:
    """A ``simple-user``."""
    url = view.api(f"/users/{quote(user.login, safe='')}")
    kind = "BOT" if user.type == "Bot" else "U"
    page = f"/apps/{user.login.removesuffix('[bot]')}" if user.type == "Bot" else f"/{user.login}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id(kind, user.id),
        "avatar_url": view.web(f"/avatars/{user.id}"),
        "gravatar_id": "",
        "url": url,
        "html_url": view.web(page),
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": user.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(view: View, user: User) -> JSON:
    """A ``public-user``."""
    return simple_user(view, user) | {
        "name": user.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": user.email,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": sum(repo.owner == user.login for repo in view.world.repositories.values()),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(user.created_at),
        "updated_at": stamp(user.created_at),
    }


def private_user(view: View, user: User) -> JSON:
    """A ``private-user``, what people see of themselves."""
    return public_user(view, user) | {
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }
