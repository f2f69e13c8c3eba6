"""No online payments: what a kit without billing has."""

from conduyt_kit.kernel.context import Context
from conduyt_kit.kernel.environment import Environment
from conduyt_kit.kernel.errors import Unsupported
from conduyt_kit.ports.online_payments import PaymentPage, WantedPayment


class NoOnlinePayments:
    """The `OnlinePayments` of a kit in which nothing takes money."""

    def open(self, environment: Environment, context: Context, wanted: WantedPayment) -> PaymentPage:
        raise Unsupported("Nothing in this installation takes payments online; enable the feature 'billing'")
