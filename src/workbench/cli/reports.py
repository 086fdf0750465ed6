"""Commands that run notebooks: their reports and their parameters."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from workbench.cli import terminal
from workbench.errors import ParameterError

PAIR = ("-p", "--parameter")


class Pairs(TyperCommand):
    """Lets `-p NAME VALUE` take two words."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the two words to one, which is what the parser can take."""
        return super().parse_args(ctx, list(_joined(args)))


Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="NOTEBOOK… | PACK",
        help="Notebooks by name or path, or one pack of reports/packs.",
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        *PAIR,
        metavar="NAME VALUE",
        help="Set a parameter of the notebook; may be repeated. `params` lists them.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Use no fact after this day, such as 2026-09-30."),
]
Lang = Annotated[
    Literal["zh", "en", "both"] | None,
    typer.Option(help="Language to publish in; the pack's own languages by default."),
]
Snapshot = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Snapshot of the bank; the newest by default."),
]
Formats = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="Formats, such as html,pdf; the pack's by default."),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Execute every notebook; reuse no earlier execution.")
]
Shard = Annotated[
    str | None, typer.Option(metavar="I/N", help="Make only this machine's share of the reports.")
]
Executor = Annotated[
    str | None,
    typer.Option(metavar="MODULE:FACTORY", help="What executes the notebooks; threads here."),
]
Kernel = Annotated[
    Literal["ordinary", "preloaded"] | None,
    typer.Option(help="How kernels start; preloaded for several notebooks by default."),
]


@terminal.app.command(cls=Pairs)
def run(  # noqa: PLR0913 - every option of a command is an argument
    targets: Targets,
    parameter: Parameters = None,
    as_of: AsOf = None,
    lang: Lang = None,
    snapshot: Snapshot = None,
    bank: terminal.Bank = None,
    formats: Formats = None,
    fresh: Fresh = False,
    shard: Shard = None,
    executor: Executor = None,
    kernel: Kernel = None,
) -> None:
    """Execute notebooks and publish their reports.

    Prints one line of JSON at the end: the index page, the run and what it was pinned to.
    """
    from workbench.report import progress
    from workbench.report.formats import read as made_of
    from workbench.report.run import Order
    from workbench.report.run import run as run_order

    with terminal.summarised(), progress.shown() as shown:
        order = Order(
            targets=targets,
            pairs=_pairs(parameter or []),
            as_of=as_of,
            snapshot=snapshot,
            languages=_languages(lang),
            formats=made_of(formats) if formats else None,
            bank=bank.resolve() if bank else None,
            fresh=fresh,
            shard=shard,
            executor=executor,
            kernel=kernel,
        )
        published = run_order(order, shown)
    terminal.line(vars(published))


@terminal.app.command()
def params(
    notebook: Annotated[str, typer.Argument(metavar="NOTEBOOK", help="Notebook by name or path.")],
) -> None:
    """List a notebook's parameters: name, type, default and meaning."""
    from workbench.report import pack, parameters

    (entry,) = pack.chosen([notebook]).notebooks
    for each in parameters.declared(entry.path).values():
        typer.echo(f"{each.name}: {each.written} = {each.default!r}  # {each.meaning}")


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Give `words` with NAME VALUE behind `-p` as one word NAME=VALUE, written so or as two."""
    left = iter(words)
    for word in left:
        yield word
        if word in PAIR:
            name = next(left, None)
            if name is None:
                return
            value = None if "=" in name else next(left, None)
            yield name if value is None else f"{name}={value}"


def _pairs(written: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in written:
        name, equals, value = word.partition("=")
        if not equals:
            raise ParameterError(f"parameter {name!r} has no value; write -p NAME VALUE")
        if name in pairs:
            raise ParameterError(f"parameter {name!r} is given twice")
        pairs[name] = value
    return pairs


def _languages(lang: str | None) -> Any:
    return {"both": ("zh", "en"), "zh": ("zh",), "en": ("en",)}[lang] if lang else None
