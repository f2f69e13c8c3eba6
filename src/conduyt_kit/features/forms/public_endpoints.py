"""What anybody may call: submit a form, see its fields (X23), and its page (R107, R108)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from conduyt_kit.features.auth.limits import count
from conduyt_kit.features.auth.pages import FORM as FORM_BODY
from conduyt_kit.features.auth.pages import HEADERS
from conduyt_kit.features.forms.checking import MOST_KEYS, is_blank
from conduyt_kit.features.forms.endpoints import SECTION
from conduyt_kit.features.forms.entities import Form, FormSubmission
from conduyt_kit.features.forms.inputs import SubmissionInput
from conduyt_kit.features.forms.page import form_page, thanks_page, unknown_page
from conduyt_kit.features.forms.service import PAGE, located_form, page_path
from conduyt_kit.features.forms.settings import FormsSettings
from conduyt_kit.features.forms.submissions import Submissions
from conduyt_kit.features.forms.views import PublicFormView, SubmissionView, public_view, submission_view
from conduyt_kit.features.workspaces import Workspaces
from conduyt_kit.kernel.decoding import REQUIRED
from conduyt_kit.kernel.endpoints import Call, Endpoint, Envelope, Reply, Request
from conduyt_kit.kernel.errors import ConduytError, InvalidRequest, NotFound, PayloadTooLarge, RateLimited, ValidationFailed
from conduyt_kit.kernel.json_documents import check_text
from conduyt_kit.kernel.unit_of_work import UnitOfWork

LARGEST_BODY = 64 * 1024


def submit(call: Call[None, SubmissionInput]) -> SubmissionView:
    _require_small(call.request)
    unit, form = _opened(call)
    return submission_view(_submitted(unit, form, call.body.data))


def show_form(call: Call[None, None]) -> PublicFormView:
    form: Form = located_form(call.environment, call.path["id"]).record
    return public_view(form)


def show_page(call: Call[None, None]) -> Reply:
    try:
        unit, form = _opened(call)
    except NotFound:
        return _page(unknown_page(), status=404)
    return _page(form_page(form, _host(unit), page_path(form)), form)


def submit_page(call: Call[None, dict[str, str]]) -> Reply:
    try:
        unit, form = _opened(call)
    except NotFound:
        return _page(unknown_page(), status=404)
    try:
        _submitted(unit, form, {key: value for key, value in call.body.items() if not is_blank(value)})
        unit.flush()
    except ConduytError as error:
        if error.status >= 500:
            raise
        # The answer is a page and no error to the responder, so what was begun must be undone here.
        unit.rollback()
        call.units.clear()
        return _corrected(call, error)
    if form.settings.redirect_url:
        return Reply(status=303, headers={"Location": form.settings.redirect_url, "Cache-Control": "no-store"})
    return _page(thanks_page(form, _host(unit)), form)


def typed_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form body; of repeated ones the last counts.

    Raises:
        InvalidRequest: it is not a form, or has more fields than are taken.
        PayloadTooLarge: it is larger than a form may be.
    """
    _require_small(request)
    try:
        # One more than are taken, for the trap.
        fields = parse_qs(request.body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_KEYS + 1)
    except ValueError as error:
        raise InvalidRequest("The form cannot be read") from error
    for text in (text for name, values in fields.items() for text in (name, *values)):
        check_text(text)
    return {name: values[-1] for name, values in fields.items()}


def _corrected(call: Call[None, dict[str, str]], error: ConduytError) -> Reply:
    unit, form = _opened(call)
    page = form_page(form, _host(unit), page_path(form), typed=call.body, wrong=_sentence(form, error))
    return _page(page, form, status=error.status, wait=error.retry_after if isinstance(error, RateLimited) else None)


def _submitted(unit: UnitOfWork, form: Form, data: dict[str, Any]) -> FormSubmission:
    limit = unit.settings(FormsSettings).submission_limit
    count(unit.environment, limit, f"form:{unit.context.workspace}:{form.id}")
    return unit[Submissions].submit(form, data)


def _opened(call: Call[Any, Any]) -> tuple[UnitOfWork, Form]:
    located = located_form(call.environment, call.path["id"])
    return call.open(located.workspace), located.record


def _host(unit: UnitOfWork) -> str:
    return unit[Workspaces].settings().name


def _require_small(request: Request) -> None:
    if len(request.body) > LARGEST_BODY:
        raise PayloadTooLarge(f"A submission must have at most {LARGEST_BODY} bytes")


def _sentence(form: Form, error: ConduytError) -> str:
    if not (isinstance(error, ValidationFailed) and error.details):
        return error.message
    detail = error.details[0]
    label = {field.key: field.label for field in form.fields}.get(detail.field, detail.field)
    if detail.message == REQUIRED:
        return f"{label} is missing."
    return f"{label}: {detail.message[:1].lower()}{detail.message[1:]}."


def _page(body: bytes, form: Form | None = None, *, status: int = 200, wait: int | None = None) -> Reply:
    headers = dict(HEADERS)
    if form is not None and form.settings.redirect_url:
        # Browsers hold the target of a redirect after a form against the same rule as the form itself.
        target = urlsplit(form.settings.redirect_url)
        policy = HEADERS["Content-Security-Policy"]
        headers["Content-Security-Policy"] = policy.replace("form-action 'self'", f"form-action 'self' {target.scheme}://{target.netloc}")
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return Reply(status=status, body=body, headers=headers)


PUBLIC_ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/forms/:id/submissions",
        section=SECTION,
        summary="Submit a form. Public; a contact is matched or made by the submitted email.",
        operation=submit,
        scope=None,
        reply=SubmissionView,
        status=201,
        body=SubmissionInput,
        errors=(404, 413, 422),
        limit="30/minute",
        cross_origin=True,
    ),
    Endpoint(
        method="GET",
        path="/forms/:id/public",
        section=SECTION,
        summary="What is needed to show a form on another site: its name, its fields, where it leads.",
        operation=show_form,
        scope=None,
        reply=PublicFormView,
        errors=(404,),
        extension=True,
        limit="120/minute",
        cross_origin=True,
    ),
    Endpoint(
        method="GET",
        path=PAGE,
        root="",
        section=SECTION,
        summary="The page on which people fill a form in.",
        operation=show_page,
        scope=None,
        envelope=Envelope.RAW,
        errors=(404,),
        extension=True,
        limit="120/minute",
    ),
    Endpoint(
        method="POST",
        path=PAGE,
        root="",
        section=SECTION,
        summary="Submit a form from its page, or from its HTML on another site.",
        operation=submit_page,
        scope=None,
        envelope=Envelope.RAW,
        accepts={FORM_BODY: typed_fields},
        errors=(404, 413, 422),
        extension=True,
        limit="30/minute",
    ),
)
