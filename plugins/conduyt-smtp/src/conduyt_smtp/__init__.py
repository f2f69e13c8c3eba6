"""E-mail for Conduyt Kit over SMTP."""
