"""Subscribing to a plan, and the portal."""

from conduyt_kit.features.billing.accounts import IN_FORCE, BillingAccounts
from conduyt_kit.features.billing.attempts import open_checkout
from conduyt_kit.features.billing.plans import Plans
from conduyt_kit.features.billing.settings import BillingSettings
from conduyt_kit.features.billing.settling import take_up
from conduyt_kit.features.billing.short_units import ShortUnits
from conduyt_kit.features.billing.synchronising import synchronise
from conduyt_kit.features.users import Users
from conduyt_kit.features.workspaces.entities import Plan
from conduyt_kit.kernel.errors import Conflict
from conduyt_kit.kit_settings import KitSettings
from conduyt_kit.ports.billing import BillingInterval, Checkout, CheckoutPages, Customer


class Checkouts:
    """Sends a workspace to the provider's pages. Makes its own units of work: call it outside any other.

    Whatever fails at the provider, nothing is half done, and the same call may be made again.
    """

    def __init__(self, units: ShortUnits) -> None:
        self._units = units
        self._settings = units.environment.settings.section(BillingSettings)
        self._plans = Plans(self._settings, units.provider.provider)

    def subscribe(self, *, plan: Plan, interval: BillingInterval, success_url: str, cancel_url: str) -> Checkout:
        """Return a checkout for a plan (R97, R98). While one for the same plan and addresses is open, it is that one.

        Raises:
            Conflict: the workspace has a subscription in force, which the portal changes; or nobody to send bills to.
            Temporary, Rejected, Misconfigured: the provider's.
        """
        price, provider = self._plans.price_of(plan, interval), self._units.provider
        customer = self.customer()
        self._refuse_second(customer)
        quantity = self._quantity()
        pages = CheckoutPages(success_url=success_url, cancel_url=cancel_url)
        attempt = take_up(self._units, "subscription", [customer, price, quantity, success_url, cancel_url])
        return open_checkout(
            self._units,
            attempt,
            lambda key, metadata: provider.create_checkout(
                customer=customer, price=price, quantity=quantity, pages=pages, idempotency_key=key, metadata=metadata
            ),
        )

    def portal_url(self) -> str:
        """Return the address of the portal; it is short-lived, so ask for it when it is to be opened.

        Raises:
            Conflict: nobody in the workspace has an address that bills could go to.
            Temporary, Rejected, Misconfigured: the provider's.
        """
        back = self._settings.return_url or self._units.environment.settings.section(KitSettings).public_url
        return self._units.provider.create_portal(customer=self.customer(), return_url=back)

    def customer(self) -> str:
        """Return the provider's id of the workspace as a customer, made if need be; one, however many ask at once.

        Raises:
            Conflict: nobody in the workspace has an address that bills could go to.
            Temporary, Rejected, Misconfigured: the provider's.
        """
        with self._units.read() as unit:
            account = unit[BillingAccounts].find()
        if account is None:
            with self._units.write() as unit:
                account = unit[BillingAccounts].ensure()
        wanted = Customer(reference=account.id, name=account.name, email=account.email, known_id=account.customer)
        found = self._units.provider.ensure_customer(wanted)
        if found == account.customer:
            return found
        with self._units.write() as unit:
            return unit[BillingAccounts].keep_customer(found, asked_with=account.customer).customer or found

    def _refuse_second(self, customer: str) -> None:
        # The account may not have heard of a subscription yet, and a second one would be paid beside the first.
        if self._units.provider.fetch_subscription(customer).status in IN_FORCE:
            synchronise(self._units)
            raise Conflict("This workspace has a subscription; change its plan in the billing portal")

    def _quantity(self) -> int:
        if not self._settings.per_seat:
            return 1
        with self._units.read() as unit:
            return max(1, unit[Users].seats())
