"""The pages behind the links of mails: plain HTML forms that work without JavaScript and load nothing (X2, X3)."""

import html
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import attrs

from conduyt_kit.features.auth.endpoints import accounts_of, count_token_attempt
from conduyt_kit.features.auth.inputs import AcceptanceInput, ResetInput
from conduyt_kit.features.auth.reset_mail import RESET_PATH
from conduyt_kit.features.users.invitations import ACCEPT_PATH
from conduyt_kit.kernel.decoding import Decoder
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Reply, Request
from conduyt_kit.kernel.errors import ConduytError, InvalidRequest, RateLimited, ValidationFailed

SECTION = "Pages"
FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 10

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
"""The token is in the address of the page, so nothing may be loaded, stored or told to another site."""

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem;color:#1c2330}"
    "label{display:block;margin:1rem 0 .25rem}input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem}"
    "button{font:inherit;margin-top:1.5rem;padding:.5rem 1.25rem}.wrong{color:#b3261e}"
)


@attrs.frozen(kw_only=True)
class TokenQuery:
    """The token that the link carries."""

    token: str | None = None


def form_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form body; of repeated ones the last counts.

    Raises:
        InvalidRequest: it is not a form, or has more fields than any of ours.
    """
    try:
        fields = parse_qs(request.body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise InvalidRequest("The form cannot be read") from error
    return {name: values[-1] for name, values in fields.items()}


def show_reset(call: Call[TokenQuery, None]) -> Reply:
    return _reset_form(call.query.token or "")


def show_invitation(call: Call[TokenQuery, None]) -> Reply:
    return _invitation_form(call.query.token or "")


def submit_reset(call: Call[None, dict[str, str]]) -> Reply:
    def reset() -> None:
        body = _read(ResetInput, call.body)
        accounts_of(call).reset_password(token=body.token, password=body.password)

    return _submitted(call, reset, _reset_form, "Your new password is set. You can log in with it now.")


def submit_invitation(call: Call[None, dict[str, str]]) -> Reply:
    def accept() -> None:
        body = _read(AcceptanceInput, call.body)
        accounts_of(call).accept_invitation(token=body.token, password=body.password, name=body.name)

    return _submitted(call, accept, _invitation_form, "Welcome. Your account is ready; you can log in now.")


def _read(cls: type, fields: Mapping[str, str]) -> Any:
    return Decoder().body(cls, {name: value for name, value in fields.items() if value or name != "name"})


def _submitted(call: Call[None, dict[str, str]], act: Callable[[], None], form: Callable[[str, str], Reply], done: str) -> Reply:
    try:
        count_token_attempt(call)
        act()
        for unit in call.units:
            unit.flush()
    except ConduytError as error:
        if error.status >= 500:
            raise
        # The answer is a page and no error to the responder, so what was begun must be undone here.
        for unit in call.units:
            unit.rollback()
        call.units.clear()
        page = form(call.body.get("token", ""), _sentence(error))
        wait = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
        return attrs.evolve(page, status=error.status, headers={**page.headers, **wait})
    return _page("Done", f"<p>{html.escape(done)}</p>")


def _sentence(error: ConduytError) -> str:
    if isinstance(error, ValidationFailed) and error.details:
        labels = {"password": "The password", "name": "The name", "token": ""}
        detail = error.details[0]
        label = labels.get(detail.field, detail.field)
        return f"{label} {detail.message[:1].lower()}{detail.message[1:]}." if label else f"{detail.message}."
    return error.message


def _reset_form(token: str, wrong: str = "") -> Reply:
    return _form("Choose a new password", RESET_PATH, token, wrong, "")


def _invitation_form(token: str, wrong: str = "") -> Reply:
    name = '<label for="name">Your name</label><input id="name" name="name" maxlength="200" autocomplete="name">'
    return _form("Accept the invitation", ACCEPT_PATH, token, wrong, name)


def _form(title: str, action: str, token: str, wrong: str, more: str) -> Reply:
    problem = f'<p class="wrong" role="alert">{html.escape(wrong)}</p>' if wrong else ""
    return _page(
        title,
        f'{problem}<form method="post" action="{action}"><input type="hidden" name="token" value="{html.escape(token)}">{more}'
        '<label for="password">Password, at least 8 characters</label>'
        '<input id="password" name="password" type="password" minlength="8" required autocomplete="new-password">'
        '<button type="submit">Save</button></form>',
    )


def _page(title: str, content: str) -> Reply:
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>"
    )
    return Reply(body=document.encode("utf-8", "replace"), headers=HEADERS)


def _shown(path: str, summary: str, operation: Callable[[Any], Reply]) -> Endpoint:
    return Endpoint(
        method="GET",
        path=path,
        section=SECTION,
        summary=summary,
        operation=operation,
        scope=None,
        envelope=Envelope.RAW,
        query=TokenQuery,
        extension=True,
        root="",
    )


def _sent(path: str, summary: str, operation: Callable[[Any], Reply]) -> Endpoint:
    return Endpoint(
        method="POST",
        path=path,
        section=SECTION,
        summary=summary,
        operation=operation,
        scope=None,
        envelope=Envelope.RAW,
        accepts={FORM: form_fields},
        errors=(422,),
        extension=True,
        root="",
    )


PAGES = (
    _shown(RESET_PATH, "The page on which a new password is chosen.", show_reset),
    _sent(RESET_PATH, "Set the new password chosen on the page.", submit_reset),
    _shown(ACCEPT_PATH, "The page on which an invitation is accepted.", show_invitation),
    _sent(ACCEPT_PATH, "Accept the invitation with the password chosen on the page.", submit_invitation),
)
