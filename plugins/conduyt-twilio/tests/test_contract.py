import pytest

from conduyt_kit.testing.contracts.messages import MessageChannelContract

from .twilio_peer import TwilioBench


class TestTwilio(MessageChannelContract):
    SIGNATURE = "X-Twilio-Signature"

    @pytest.fixture
    def bench(self, twilio: TwilioBench) -> TwilioBench:
        return twilio
