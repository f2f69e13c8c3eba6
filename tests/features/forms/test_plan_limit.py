from collections.abc import Iterable
from typing import Any, ClassVar

from conduyt_kit import Kit
from conduyt_kit.extension.plugin import KitPlugin
from conduyt_kit.extension.records import ProviderSpec
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.plan_limits import PLAN_LIMITS, LimitedResource, PlanLimitReached
from tests.features.calls import Api
from tests.features.conftest import TestAuthPlugin
from tests.features.forms.desk import add_form, contacts, submissions, submit


class OneContact:
    """A plan that includes one contact."""

    def check(self, unit: UnitOfWork, what: LimitedResource, *, adding: int = 1) -> None:
        room = self.room(unit, what)
        if room is not None and room < adding:
            raise PlanLimitReached(what, 1, "tiny")

    def room(self, unit: UnitOfWork, what: LimitedResource) -> int | None:
        found = unit.repository_named("contact")
        return None if what != "contacts" or found is None else 1 - found.count()


class TinyPlan(KitPlugin):
    name: ClassVar[str] = "tiny-plan"

    def conduyt_providers(self) -> Iterable[ProviderSpec[Any]]:
        return [ProviderSpec(port=PLAN_LIMITS, name="tiny", make=lambda _: OneContact())]


def test_submission_is_kept_without_a_contact_where_the_plan_allows_no_more() -> None:
    options = {"rate_limit": "off", "providers": {"authentication": "test", "plan_limits": "tiny"}}
    with Kit.build(options, plugins=[TestAuthPlugin(), TinyPlan()]) as kit:
        api = Api(kit, "admin-ws_a")
        form = add_form(api)

        answers = [submit(api, form, {"name": "X", "email": email}) for email in ("a@b.example", "c@d.example", "A@b.example")]

        (contact,) = contacts(api)
        assert [answer.status for answer in answers] == [201] * 3
        assert [answer.body["data"]["contactId"] for answer in answers] == [contact["id"], None, contact["id"]]
        assert len(submissions(api, form)) == 3
