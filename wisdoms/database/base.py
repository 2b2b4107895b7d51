"""The engine named in settings when `DATABASE_URL` is unset. Only connecting differs from Django's own."""

from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from wisdoms import embedded


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose server is attached to before each connection is made.

    `OPTIONS` takes `embedded_home` (folder of the server) and `embedded_durable`; both stay with us and
    are not passed to the driver.
    """

    def get_connection_params(self) -> dict[str, Any]:
        """What the driver is given; the server answers on its socket once this has returned."""
        parameters = super().get_connection_params()
        home = Path(parameters.pop("embedded_home"))
        durable = bool(parameters.pop("embedded_durable", True))
        parameters["host"] = str(embedded.attach(home, durable=durable))
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; once more after attaching again when the server was killed a moment ago."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            home = Path(self.settings_dict["OPTIONS"]["embedded_home"])
            if not embedded.wait_until_answering(home):
                raise
            return super().get_new_connection(conn_params)
