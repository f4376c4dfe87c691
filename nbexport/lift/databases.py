"""Addresses of database servers in lifted code: settings, which an environment variable holds wherever a project runs.

create_engine("postgresql://db/shop")    →  create_engine(os.environ.get("DATABASE_URL", "postgresql://db/shop"))
sqlite3.connect("shop.db")                  a file, which `--data` names
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbexport.lift.layout import Layout

VARIABLE = "DATABASE_URL"
"""What the first address is called; others are numbered from 2. Source: The Twelve-Factor App, "Config"."""
_ADDRESS = re.compile(
    r"(?:postgres|postgresql|cockroachdb|redshift|mysql|mariadb|mssql|oracle|snowflake|bigquery|databricks|trino|presto|hive"
    r"|clickhouse|clickhousedb|teradatasql|hana|ibm_db_sa|mongodb|redis|rediss|amqp|neo4j|bolt)(?:\+\w+)?://\S+"
)


def settings(layout: Layout, unit: int) -> Iterator[tuple[ast.expr, str]]:
    """(literal, expression that takes its place) of each address of a database server in a statement.

    Args:
        layout: Where everything stands.
        unit: The statement.
    """
    addresses = list(_addresses(layout, unit))
    if not addresses or any(definition.module != "os" for definition in layout.analysis.definitions.get("os", ())):
        return
    numbers = _numbers(layout)
    for node, address in addresses:
        name = VARIABLE if numbers[address] == 1 else f"{VARIABLE}_{numbers[address]}"
        yield node, f"os.environ.get({name!r}, {address!r})"


def _numbers(layout: Layout) -> dict[str, int]:
    """Address → its number, in the order of the notebook."""
    addresses = [address for unit in sorted(layout.analysis.lifted) for _, address in _addresses(layout, unit)]
    return {address: number for number, address in enumerate(dict.fromkeys(addresses), start=1)}


def _addresses(layout: Layout, unit: int) -> Iterator[tuple[ast.expr, str]]:
    """The literals and their texts; parameters have an option, and of f-strings nothing is known."""
    if unit in layout.parameters.values():
        return
    statement = layout.analysis.units[unit].node
    pieces = {id(part) for node in ast.walk(statement) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            if _ADDRESS.fullmatch(node.value):
                yield node, node.value
