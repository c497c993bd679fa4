"""Named SQL: `queries.sql` holds every statement of the ledger under its name."""

from importlib.resources import files


def load(package: str, name: str) -> dict[str, str]:
    """The statements of an `.sql` resource: each stands under a line `-- name: <name>`."""
    statements: dict[str, str] = {}
    for block in files(package).joinpath(name).read_text("utf-8").split("-- name: ")[1:]:
        title, _, body = block.partition("\n")
        statements[title.strip()] = body.strip().removesuffix(";")
    return statements


SQL = load("streams.ledger", "queries.sql")
