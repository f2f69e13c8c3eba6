"""The WSGI application, for servers of your own choice: ``gunicorn conduyt_reference_app.wsgi``.

It serves requests and runs no jobs: run ``conduyt worker`` beside it, and ``conduyt db upgrade`` before it.
"""

import conduyt_falcon
from conduyt_kit import Kit
from conduyt_kit.cli import process_sources

application = conduyt_falcon.wsgi(Kit.build(process_sources()).start())
