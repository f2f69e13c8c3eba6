"""SMS for Conduyt Kit through Twilio."""
