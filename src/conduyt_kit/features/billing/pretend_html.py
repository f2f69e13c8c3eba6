"""The pretend checkout and portal as HTML: without scripts, everything escaped."""

from html import escape

from conduyt_kit.defaults.fake_billing import PretendCheckout, PretendPortal
from conduyt_kit.features.billing.smallest_units import from_smallest_units

_STYLE = """
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f4f6f8;margin:0}
main{max-width:32rem;margin:2rem auto;background:#fff;padding:2rem;border-radius:10px;box-shadow:0 1px 4px #0002}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}
.pretend{background:#fff4d6;color:#5c4400;padding:.6rem .8rem;border-radius:6px;margin:0 0 1.5rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1.25rem;margin:0 0 1.5rem}
dt{color:#5b6675}
dd{margin:0;overflow-wrap:anywhere}
form{margin:0 0 .75rem}
button{font:inherit;font-weight:600;padding:.7rem 1.5rem;border:0;border-radius:6px;background:#1f5eff;color:#fff;cursor:pointer}
button.plain{background:#e4e9ef;color:#1c2430}
button:focus-visible,a:focus-visible{outline:3px solid #1f5eff66}
a{color:#1a4fd6}
@media(max-width:34rem){body{background:#fff}main{margin:0;border-radius:0;box-shadow:none;padding:1.25rem 1rem}button{width:100%}}
"""
_WARNING = (
    '<p class="pretend" role="note">This page only pretends: no money is taken. It serves until a billing provider is configured.</p>'
)


def checkout_page(found: PretendCheckout, action: str) -> bytes:
    """Return the page of a checkout, with what can still be done with it."""
    state = found.state
    if state.status == "open":
        button = "Subscribe" if found.price is not None else "Pay"
        choices = _form(action, "pay", button) + _link(found.pages.cancel_url, "Turn back")
    else:
        choices = f"<p>This checkout is {escape(state.status)}.</p>{_link(found.pages.success_url, 'Continue')}"
    return _document("Pretend checkout", _facts(_lines(found)) + choices)


def portal_page(found: PretendPortal, action: str) -> bytes:
    """Return the page on which a subscription is managed and time can be let pass."""
    now = found.subscription
    if now.status in ("none", "canceled"):
        return _document("Pretend billing portal", f"<p>There is no subscription.</p>{_link(found.return_url, 'Go back')}")
    facts = [
        ("Price", now.price or ""),
        ("Status", now.status.replace("_", " ")),
        ("Ends on" if now.cancels_at_end else "Renewed on", f"{now.current_period_end:%Y-%m-%d}" if now.current_period_end else ""),
    ]
    choices = [
        ("keep", "Keep it after all") if now.cancels_at_end else ("cancel", "Cancel at the end of the period"),
        ("pay", "Pay what is due") if now.status == "past_due" else ("fail", "Let the next payment fail"),
        ("wait", "Let a period pass"),
    ]
    forms = "".join(_form(action, value, label, plain=True) for value, label in choices)
    return _document("Pretend billing portal", _facts(facts) + forms + _link(found.return_url, "Go back"))


def unknown_page() -> bytes:
    """Return the page for an address that leads to nothing."""
    return _document("Not found", "<p>There is no such checkout or portal. Pretended ones end when the server is restarted.</p>")


def _lines(found: PretendCheckout) -> list[tuple[str, str]]:
    if found.price is not None:
        return [("Plan", found.price.replace("_", ", ")), ("Seats" if found.quantity > 1 else "Quantity", str(found.quantity))]
    currency = found.state.currency or ""
    amount = from_smallest_units(found.state.amount or 0, currency)
    return [("For", found.description), ("Amount", f"{amount:,} {currency}")]


def _facts(lines: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in lines) + "</dl>"


def _form(action: str, value: str, label: str, *, plain: bool = False) -> str:
    look = ' class="plain"' if plain else ""
    return f'<form method="post" action="{escape(action)}"><button name="action" value="{value}"{look}>{escape(label)}</button></form>'


def _link(url: str, label: str) -> str:
    return f'<p><a href="{escape(url)}" rel="noreferrer">{escape(label)}</a></p>'


def _document(title: str, content: str) -> bytes:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{_WARNING}{content}</main></body></html>"
    )
    return document.encode("utf-8", "replace")
