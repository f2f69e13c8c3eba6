"""A form as HTML that works without JavaScript: its own page, and the snippet for other sites."""

from collections.abc import Mapping
from html import escape

from conduyt_kit.features.forms.checking import TRAP
from conduyt_kit.features.forms.entities import Form, FormField

_STYLE = """
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f4f6f8;margin:0}
main{max-width:36rem;margin:2rem auto;background:#fff;padding:2rem;border-radius:10px;box-shadow:0 1px 4px #0002}
h1{margin:0 0 .2rem;font-size:1.6rem;line-height:1.25;overflow-wrap:anywhere}
p{margin:.25rem 0;overflow-wrap:anywhere;white-space:pre-line}
.muted{color:#5b6675}
.wrong{color:#a3231c;background:#fdecea;padding:.6rem .8rem;border-radius:6px;margin:1rem 0}
label{display:block;margin:1rem 0 .25rem;font-weight:600;overflow-wrap:anywhere}
label small{font-weight:400;color:#5b6675}
input,select,textarea{font:inherit;width:100%;padding:.55rem .65rem;border:1px solid #c3ccd7;border-radius:6px}
input,select,textarea{background:#fff;color:inherit}
textarea{resize:vertical}
button{font:inherit;font-weight:600;margin-top:1.5rem;padding:.7rem 1.5rem;border:0;border-radius:6px}
button{background:#1f5eff;color:#fff;cursor:pointer}
@media(max-width:34rem){body{background:#fff}main{margin:0;border-radius:0;box-shadow:none;padding:1.25rem 1rem}button{width:100%}}
"""

_INPUTS = {
    "text": 'type="text"',
    "email": 'type="email" maxlength="254"',
    "phone": 'type="tel" maxlength="40"',
    "number": 'type="number" step="any"',
}
_FILLED_BY_BROWSERS = {"name": "name", "firstName": "given-name", "lastName": "family-name"}


def form_page(form: Form, host: str, action: str, *, typed: Mapping[str, str] | None = None, wrong: str = "") -> bytes:
    """Return the page of a form, and after a mistake with what was typed and a sentence about it."""
    problem = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    intro = f"<p>{escape(form.description)}</p>" if form.description else ""
    return _document(form.name, f"{_heading(form, host)}{intro}{problem}{form_html(form, action, typed or {})}")


def thanks_page(form: Form, host: str) -> bytes:
    """Return the page after a submission of a form that leads nowhere else."""
    done = '<p role="status"><strong>Thank you. We have received your details.</strong></p>'
    return _document(form.name, f"{_heading(form, host)}{done}")


def unknown_page() -> bytes:
    """Return the page for an address that is no form."""
    return _document("Not found", "<h1>Not found</h1><p>There is no form at this address. Please check the link.</p>")


def form_html(form: Form, action: str, typed: Mapping[str, str]) -> str:
    """Return the form alone, as other sites may put it into their pages; it posts to `action`."""
    fields = "".join(_field(field, typed.get(field.key, "")) for field in form.fields)
    trap = (
        f'<div style="position:absolute;left:-9999px" aria-hidden="true"><label for="{TRAP}">Leave this empty</label>'
        f'<input id="{TRAP}" name="{TRAP}" tabindex="-1" autocomplete="off"></div>'
    )
    return f'<form method="post" action="{escape(action)}">{fields}{trap}<button>Send</button></form>'


def _heading(form: Form, host: str) -> str:
    return f'<p class="muted">{escape(host)}</p><h1>{escape(form.name)}</h1>'


def _field(field: FormField, value: str) -> str:
    name = f"field-{field.key}"
    optional = "" if field.required else " <small>optional</small>"
    return f'<label for="{name}">{escape(field.label)}{optional}</label>{_control(field, name, value)}'


def _control(field: FormField, id: str, value: str) -> str:
    named = f'id="{id}" name="{field.key}"{" required" if field.required else ""}'
    if field.type == "select":
        chosen = "".join(
            f'<option value="{escape(option)}"{" selected" if option == value else ""}>{escape(option)}</option>'
            for option in field.options or ()
        )
        return f'<select {named}><option value="">Please choose</option>{chosen}</select>'
    if field.type == "textarea":
        return f'<textarea {named} rows="5">\n{escape(value)}</textarea>'
    fill = _FILLED_BY_BROWSERS.get(field.key) or {"email": "email", "phone": "tel"}.get(field.type)
    completed = f' autocomplete="{fill}"' if fill else ""
    return f'<input {named} {_INPUTS[field.type]}{completed} value="{escape(value)}">'


def _document(title: str, content: str) -> bytes:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body><main>{content}</main></body></html>"
    )
    return document.encode("utf-8", "replace")
