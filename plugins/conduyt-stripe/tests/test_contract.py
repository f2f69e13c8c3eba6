import pytest

from conduyt_kit.testing.contracts.billing import BillingContract

from .stripe_peer import StripeBench


class TestStripe(BillingContract):
    SIGNATURE = "Stripe-Signature"

    @pytest.fixture
    def bench(self, account: StripeBench) -> StripeBench:
        return account
