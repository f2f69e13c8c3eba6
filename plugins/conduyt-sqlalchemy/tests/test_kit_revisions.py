import shutil
from pathlib import Path

import pytest

from conduyt_kit import Kit
from conduyt_sqlalchemy.owners import KIT_MIGRATIONS, owners_of, scripts_of
from conduyt_sqlalchemy.plugin import SqlAlchemyPlugin
from conduyt_sqlalchemy.revise import revise

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


def test_revisions_of_the_kit_make_the_tables_of_its_entities(tmp_path: Path) -> None:
    with Kit.build({}, plugins=[SqlAlchemyPlugin()]) as kit:
        scripts = {**scripts_of(kit), "kit": tmp_path / "kit"}
        shutil.copytree(KIT_MIGRATIONS, scripts["kit"], ignore=shutil.ignore_patterns("__pycache__"))

        made = revise(owners_of(kit), scripts, "kit", "what is missing")

    assert made is None, f"make it with `python -m conduyt_sqlalchemy.revise --owner kit -m ...`:\n{made.read_text() if made else ''}"
