"""How the hand-written targets are started: by environment variables, since their servers import them in other processes."""

import os

import attrs


@attrs.frozen(kw_only=True)
class TargetSettings:
    """What a target has to know. `url` is a SQLAlchemy URL."""

    url: str
    port: int
    workers: int
    threads: int

    @classmethod
    def of_process(cls) -> "TargetSettings":
        """Return the settings of this process's environment."""
        return cls(
            url=os.environ["BENCH_URL"],
            port=int(os.environ["BENCH_PORT"]),
            workers=int(os.environ["BENCH_WORKERS"]),
            threads=int(os.environ["BENCH_THREADS"]),
        )

    def variables(self) -> dict[str, str]:
        """Return the environment variables that `of_process` reads."""
        return {
            "BENCH_URL": self.url,
            "BENCH_PORT": str(self.port),
            "BENCH_WORKERS": str(self.workers),
            "BENCH_THREADS": str(self.threads),
        }

    @property
    def sqlite_file(self) -> str | None:
        """Return the path of the SQLite file, or ``None`` with PostgreSQL."""
        return self.url.removeprefix("sqlite:///") if self.url.startswith("sqlite") else None

    @property
    def postgres_address(self) -> str:
        """Return the URL as PostgreSQL drivers take it."""
        return self.url.replace("+psycopg", "", 1)
