"""Sphinx settings. `python -m docs.generate` writes the reference pages first."""

from importlib import metadata

project = "Conduyt Kit"
author = "the Conduyt Kit contributors"
copyright = "the Conduyt Kit contributors"
release = metadata.version("conduyt-kit")

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "requirements.txt", "examples/**"]
nitpicky = False

html_theme = "furo"
html_title = f"Conduyt Kit {release}"
