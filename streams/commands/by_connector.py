"""Commands that exist once for each connector, without a line that names one."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from connectors.registry import Connector, connector, installed


def one_for_each_connector(summary: str, command_of: Callable[[Connector], Callable[..., None] | None]) -> typer.Typer:
    """A group with a command for each connector that ``command_of`` makes one for; its docstring is its help.

    A command that is asked for by its name imports its own connector and no other; help imports all of them.
    """

    class OneForEachConnector(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            made = {name for name, each in installed().items() if command_of(each) is not None}
            return sorted({*super().list_commands(ctx), *made})

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return super().get_command(ctx, cmd_name) or self._made(cmd_name)

        def _made(self, name: str) -> Any:
            found = connector(name)
            command = command_of(found) if found else None
            if command is None:
                return None
            alone = typer.Typer(add_completion=False)
            alone.command(name)(command)
            return typer.main.get_command(alone)

    app = typer.Typer(cls=OneForEachConnector, no_args_is_help=True, help=summary)
    app.callback()(lambda: None)
    return app
