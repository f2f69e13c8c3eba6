"""From the endpoints' ``:name`` paths to Falcon's templates."""

from collections.abc import Mapping, Sequence

import attrs

from conduyt_kit.kernel.endpoints import Endpoint


@attrs.frozen(kw_only=True)
class Route:
    """All operations of one path. `names` maps, for each method, Falcon's parameter names to the endpoint's own."""

    template: str
    label: str
    endpoints: Mapping[str, Endpoint]
    names: Mapping[str, Mapping[str, str]]


def routes_of(endpoints: Sequence[Endpoint]) -> tuple[Route, ...]:
    """Return the routes of the endpoints.

    Falcon's routing tree refuses different names in one place (``/contacts/{id}`` beside ``/contacts/{contactId}/notes``), so a
    parameter is called after its place, and the endpoint's own name is put back when the request is read.
    """
    grouped: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        grouped.setdefault(_template(endpoint.route), []).append(endpoint)
    return tuple(
        Route(
            template=template,
            label=group[0].route,
            endpoints={endpoint.method: endpoint for endpoint in group},
            names={endpoint.method: _names(endpoint.route) for endpoint in group},
        )
        for template, group in grouped.items()
    )


def _template(route: str) -> str:
    return "/".join(f"{{p{place}}}" if part.startswith(":") else part for place, part in enumerate(route.split("/")))


def _names(route: str) -> Mapping[str, str]:
    return {f"p{place}": part[1:] for place, part in enumerate(route.split("/")) if part.startswith(":")}
