"""Models, through litellm: the only place that imports it, and only when something is asked.

The rule it keeps: the budget is asked before anything is sent, and everything sent is billed: by configured prices, by
litellm's table, or by the most one answer may cost, also where the answer was useless or never came. What is sent was
cleaned of secrets, and no error repeats the key.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.util import find_spec
from logging import CRITICAL, getLogger
from multiprocessing import TimeoutError as Overdue
from multiprocessing.pool import ThreadPool
from typing import Any

from ftc.clients import llm_wire, scripted
from ftc.core.config import Config
from ftc.core.dialogue import Message, Model, Reply, Tool
from ftc.core.errors import BudgetExceeded, ModelFailed, ModelMisconfigured, ModelUnavailable
from ftc.core.forms import Form
from ftc.core.ledger import Budget, Charge, refusal
from ftc.core.sanitize import Sanitizer

RETRY_PAUSE = 2.0
"""Seconds before the one repetition; what takes longer to recover is not waited for, since the rules can answer."""
MOST_WRITTEN = 16_000
"""Tokens of an answer, thoughts included; the longest form of ours needs about 4,000."""
LEAST_WRITTEN = 1_000
"""Tokens; with room for fewer an answer would be cut off, and paid for nothing."""
CHARS_A_TOKEN = 3
"""Of the question; code has 3 to 4, so that this counts too many tokens rather than too few."""
ERROR_CHARS = 200
"""Of what a provider says about a refused request."""

BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What the library itself raises over an answer it did not expect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is asked, as whom, and for what price."""

    model: str
    """As litellm names it: ``openai/<model>`` for any gateway that speaks OpenAI's protocol."""
    key: str = field(repr=False)
    api_base: str = ""
    """Empty for the provider's own."""
    timeout: float = 120
    """Seconds for one whole answer."""
    read_price: float = 0.0
    """US dollars for a million tokens; 0 asks litellm's table."""
    write_price: float = 0.0


def open_model(
    config: Config,
    *,
    key: str,
    sanitizer: Sanitizer,
    now: datetime,
    charges: Iterable[Charge] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> Model | None:
    """The configured model, or None where none is configured; ``ModelMisconfigured`` says what to install or set.

    ``charges`` are the bills of every issue known (``Snapshot.bills``), from which the week's spending is counted.
    """
    if not config.model:
        return None
    if config.model.startswith(scripted.PREFIX):
        return scripted.open_script(config.model)
    if not key:
        raise ModelMisconfigured(
            "`model` is set, but no key for it; set FTC_MODEL_KEY, or leave `model` empty for rules alone"
        )
    if find_spec("litellm") is None:
        raise ModelMisconfigured(
            "`model` is set, but litellm is not installed; in the checkout of flaky-test-cleaner run "
            ".venv/bin/pip install --require-hashes -r requirements/llm.txt, or leave `model` empty for rules alone"
        )
    endpoint = Endpoint(
        model=config.model,
        key=key,
        api_base=config.model_api_base,
        timeout=config.model_timeout_seconds,
        read_price=config.model_input_price,
        write_price=config.model_output_price,
    )
    budget = Budget(call=config.budget_call, issue=config.budget_issue, week=config.budget_week)
    guard = replace(sanitizer, extra_values=(*sanitizer.extra_values, key))
    return LiteModel(endpoint, budget=budget, sanitizer=guard, now=now, charges=tuple(charges), sleep=sleep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """An attempt without an answer: the error, what it is billed with, and whether another one may help."""

    error: ModelFailed
    usd: float = 0.0
    again: bool = False


class LiteModel:
    """A model behind litellm; a ``dialogue.Model``."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        budget: Budget,
        sanitizer: Sanitizer,
        now: datetime,
        charges: tuple[Charge, ...] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._budget = budget
        self._sanitizer = sanitizer
        self._now = now
        self._known = charges
        self._sleep = sleep
        self._made: list[Charge] = []
        self._promises_forms = True

    @property
    def name(self) -> str:
        """The configured name."""
        return self._endpoint.model

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What was asked of it in this job."""
        return tuple(self._made)

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        issue: int,
        form: Form[Any] | None = None,
        tools: Sequence[Tool] = (),
    ) -> Reply:
        """One answer, with one repetition after a failure of the network; see ``dialogue.Model``."""
        cleaned = tuple(replace(item, text=self._sanitizer.clean(item.text)) for item in messages)
        bill = 0.0
        try:
            for last in (False, True):
                self._ask_budget(self._charge(bill, purpose, issue))
                found = self._attempt(cleaned, form=form, tools=tools)
                bill += found.usd
                if isinstance(found, Reply):
                    return replace(found, usd=bill)
                if last or not found.again:
                    raise found.error
                self._sleep(RETRY_PAUSE)
            raise AssertionError("the second attempt returns or raises")
        finally:
            if bill:
                self._made.append(self._charge(bill, purpose, issue))

    def _charge(self, usd: float, purpose: str, issue: int) -> Charge:
        # Each a moment after the last, so that two equal ones of one job stay two in the set that an issue keeps.
        at = self._now + timedelta(microseconds=len(self._made))
        return Charge(at=at, usd=usd, issue=issue, purpose=purpose, model=self.name)

    def _ask_budget(self, so_far: Charge) -> None:
        known = (*self._known, *self._made, so_far)
        if why := refusal(known, now=self._now, issue=so_far.issue, budget=self._budget):
            raise BudgetExceeded(f"the model is not asked: {why}")

    def _attempt(self, messages: Sequence[Message], *, form: Form[Any] | None, tools: Sequence[Tool]) -> Reply | Lost:
        litellm = _litellm()
        request = self._request(litellm, messages, tools)
        promised = form if self._promises_forms else None
        found = self._send(litellm, request | llm_wire.form_of(promised), tools)
        if promised and isinstance(found, Lost) and isinstance(found.error.__cause__, litellm.BadRequestError):
            # Many gateways know no JSON schema. The prompt names the form as well, so nothing is lost without it.
            self._promises_forms = False
            found = self._send(litellm, request, tools)
        if isinstance(found, Lost):
            found.error.__cause__ = None  # it may hold the key, and tracebacks print it
        return found

    def _request(self, litellm: Any, messages: Sequence[Message], tools: Sequence[Tool]) -> dict[str, Any]:
        """The arguments for litellm; raises ``BudgetExceeded`` when the question alone costs too much.

        No temperature: many models refuse it. The number of tokens to write is what the price of one answer allows.
        """
        end = self._endpoint
        return {
            "model": end.model,
            "messages": llm_wire.messages_of(messages, cached="claude" in end.model or "anthropic" in end.model),
            "api_key": end.key,
            "timeout": end.timeout,
            "max_tokens": self._most_written(litellm, sum(len(item.text) for item in messages)),
            "max_retries": 0,
            "num_retries": 0,
            **({"api_base": end.api_base} if end.api_base else {}),
            **({"tools": llm_wire.tools_of(tools)} if tools else {}),
        }

    def _most_written(self, litellm: Any, chars: int) -> int:
        prices = self._prices(litellm)
        if prices is None:
            return MOST_WRITTEN
        read, write = prices
        left = self._budget.call - chars / CHARS_A_TOKEN * read
        most = MOST_WRITTEN if left > MOST_WRITTEN * write else int(max(0.0, left) / write)
        if most < LEAST_WRITTEN:
            raise BudgetExceeded(
                f"the model is not asked: this question with an answer may cost more than the ${self._budget.call:.2f} "
                "of `budget-call`"
            )
        return most

    def _prices(self, litellm: Any) -> tuple[float, float] | None:
        """US dollars for a token read and one written; None when nobody knows."""
        end = self._endpoint
        if end.read_price or end.write_price:
            return end.read_price / 1e6, end.write_price / 1e6
        names = (end.model, end.model.partition("/")[2])
        entry: Mapping[str, Any] = next((litellm.model_cost[name] for name in names if name in litellm.model_cost), {})
        read, write = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
        return None if read is None or write is None else (float(read), float(write))

    def _send(self, litellm: Any, request: Mapping[str, Any], tools: Sequence[Tool]) -> Reply | Lost:
        """One request. The time-out of the library is one between two bytes; the whole answer gets its own."""
        cap = self._budget.call
        pool = ThreadPool(1)
        try:
            response = pool.apply_async(litellm.completion, kwds=dict(request)).get(self._endpoint.timeout)
        except (litellm.Timeout, Overdue):
            # Not repeated: the same question takes as long again, and both answers would be paid for.
            late = f"the model {self.name} did not answer within {self._endpoint.timeout:g} s"
            return Lost(error=ModelUnavailable(f"{late} (`model-timeout-seconds`)"), usd=cap)
        except (litellm.openai.OpenAIError, *BROKEN) as error:
            return self._lost(litellm, error)
        finally:
            pool.terminate()
        usd = self._cost(litellm, response)
        try:
            return replace(llm_wire.reply_of(response, tools), usd=usd)
        except ModelFailed as error:
            return Lost(error=error, usd=usd)

    def _cost(self, litellm: Any, response: Any) -> float:
        usage = llm_wire.usage_of(response)
        if not usage.read and not usage.written:
            return self._budget.call
        end = self._endpoint
        if end.read_price or end.write_price:
            return (usage.read * end.read_price + usage.written * end.write_price) / 1e6
        told = (getattr(response, "_hidden_params", None) or {}).get("response_cost")
        return self._budget.call if told is None or self._prices(litellm) is None else float(told)

    def _lost(self, litellm: Any, error: Exception) -> Lost:
        """What a refusal means: who is to blame, whether it was billed, whether it passes."""
        status = getattr(error, "status_code", 0)
        if status in (401, 403):  # the words of the provider are left out: they show a part of the key
            return Lost(error=ModelFailed(f"the model {self.name} refused the key; check the secret FTC_MODEL_KEY"))
        said = " ".join(self._sanitizer.clean(str(error)).split())[:ERROR_CHARS]
        if isinstance(error, litellm.RateLimitError):
            return Lost(error=ModelUnavailable(f"the model {self.name} has reached a limit: {said}"), again=True)
        causes = llm_wire.causes(error)
        answered = llm_wire.REFUSED in causes
        if (answered and status >= 500) or causes & llm_wire.NEVER_SENT:
            return Lost(error=ModelUnavailable(f"the model {self.name} could not be reached: {said}"), again=True)
        if answered or 400 <= status < 500:
            wrong = ModelFailed(f"the model {self.name} refused the request: {said} (see `model`, `model-api-base`)")
            wrong.__cause__ = error
            return Lost(error=wrong)
        cap = self._budget.call
        if causes & llm_wire.BROKEN_OFF:
            return Lost(error=ModelUnavailable(f"the answer of {self.name} broke off"), usd=cap, again=True)
        return Lost(error=ModelFailed(f"the answer of {self.name} could not be read"), usd=cap)


def _litellm() -> Any:
    """The library, loaded when first needed: that takes seconds.

    Else it would read ``.env`` files, with which a checkout could redirect the key, and fetch prices from the network.
    """
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm  # noqa: PLC0415

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = False  # it repeats a request that was refused with 422
    # Its messages may repeat what was sent.
    getLogger("LiteLLM").setLevel(CRITICAL)
    return litellm
