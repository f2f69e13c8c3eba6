"""Everything that makes this an app: which plugins run.

`conduyt` finds `APP` by its entry point. Whatever it sets can be set otherwise in ``conduyt.toml`` or the environment, the list of
plugins included (``CONDUYT_PLUGINS=sqlalchemy,falcon``). To make an app of your own, copy this package and change the list.
"""

from conduyt_kit.cli import App

APP = App(
    {
        "plugins": (
            "sqlalchemy",  # storage: an SQLite file, or PostgreSQL with CONDUYT_DATABASE_URL
            "falcon",  # the REST API
            "dramatiq",  # jobs: in process, or on Redis or RabbitMQ with CONDUYT_BROKER_URL
            # These three serve only when they are configured; the kit's console and fake providers do otherwise.
            "smtp",
            "twilio",
            "stripe",
            "typst",  # invoices as PDF
        )
    }
)
