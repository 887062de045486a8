"""The command line: `tumen run`, `solve`, `backtest`, `claims`, `show`, `validate` and more.

Exit codes: 0 fine, 1 a check failed or a fault inside tumen, 2 bad input, 3 no convergence. Results
go to standard output, progress and errors to standard error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from tumen._version import __version__
from tumen.app.commands import accounts, runs
from tumen.errors import TumenError

app = typer.Typer(
    name="tumen",
    help="What economic sanctions cost, and how much of it the ties between states undo.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(runs.app)
app.add_typer(accounts.app, name="accounts")

# What a shell calls a program that Ctrl-C ended.
INTERRUPTED = 130

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for the files (default ./tumen-runs/CASE-HASH)."),
]
Draws = Annotated[
    int, typer.Option("--draws", help="Draws for bands and the probabilities of claims.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the draws: the same, the same.")]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Processes (default: as many as there are cores).")
]


def version_asked(value: bool) -> None:
    """Print the version and stop."""
    if value:
        typer.echo(f"tumen {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", callback=version_asked, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Quantify sanctions and ties."""


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A shipped case or a scenario file.")],
    out: Out = None,
    channels: Annotated[
        bool, typer.Option("--channels", help="Split out every tie, not only groups of ties.")
    ] = False,
    draws: Draws = 256,
    total_effects: Annotated[
        int | None,
        typer.Option(
            "--total-effects",
            help="Blocks of a design for total Sobol indices, a power of two; needs SALib.",
        ),
    ] = None,
    seed: Seed = 0,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Run a case: the losses, what the ties undo, group by group, and a report."""
    from tumen.app.commands import cases

    cases.run(
        scenario,
        out,
        channels=channels,
        draws=draws,
        base=total_effects,
        seed=seed,
        workers=workers,
        as_json=json,
    )


@app.command()
def sample(
    scenario: Annotated[str, typer.Argument(help="A shipped case or a scenario file.")],
    draws: Annotated[int, typer.Option("--draws", help="How many draws.")] = 1000,
    seed: Seed = 0,
    workers: Workers = None,
    out: Out = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="A linear approximation in seconds, with its error.")
    ] = False,
    json: Json = False,
) -> None:
    """Draw a case's uncertain figures: the bands of its losses and of what the ties undo."""
    from tumen.app.commands import sampling

    sampling.sample(
        scenario, draws, seed=seed, workers=workers, out=out, preview=preview, as_json=json
    )


@app.command()
def solve(
    shocks: Annotated[Path, typer.Argument(help="A YAML file with a world and shocks.")],
    out: Out = None,
    json: Json = False,
) -> None:
    """Solve one world after a list of shocks."""
    from tumen.app.commands import cases

    cases.solve(shocks, out, as_json=json)


@app.command()
def backtest(
    scenario: Annotated[str, typer.Argument(help="A shipped case or a scenario file.")],
    draws: Annotated[
        int, typer.Option("--draws", min=0, help="Draws for the model's bands; 0 for none.")
    ] = 64,
    seed: Seed = 0,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Hold a case's measures against what was recorded, with bands at the horizons it states."""
    from tumen.app.commands import backtests

    backtests.backtest(scenario, draws, seed=seed, workers=workers, as_json=json)


@app.command()
def claims(
    scenario: Annotated[str, typer.Argument(help="A shipped case or a scenario file.")],
    draws: Draws = 256,
    threshold: Annotated[
        list[str] | None,
        typer.Option("--threshold", help="Another threshold for one test: C1.1=15. May repeat."),
    ] = None,
    seed: Seed = 0,
    workers: Workers = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Hold what experts claimed against many draws: how probable each claim is, and why."""
    from tumen.app.commands import claims as command

    command.claims(
        scenario,
        draws=draws,
        thresholds=threshold or [],
        seed=seed,
        workers=workers,
        out=out,
        as_json=json,
    )


@app.command()
def show(
    what: Annotated[
        str | None,
        typer.Argument(help="A case, or cases, groups, variants, horizon, schema."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what a case says: its pressure, its ties with their figures and sources."""
    from tumen.app.commands import shows

    shows.show(what or "cases", as_json=json)


@app.command()
def validate(
    scenario: Annotated[str, typer.Argument(help="A case, or a file of a scenario or shocks.")],
    json: Json = False,
) -> None:
    """Check a scenario or a file of shocks without running it."""
    from tumen.app.commands import checked

    if not checked.validate(scenario, as_json=json):
        raise typer.Exit(1)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; its name names the case.")],
) -> None:
    """Make a folder with a small valid scenario to start from."""
    from tumen.app.commands import cases

    cases.new(folder)


@app.command()
def worlds(
    name: Annotated[
        str | None, typer.Argument(help="An embedded world or a NetCDF file; all when left out.")
    ] = None,
    json: Json = False,
) -> None:
    """List the embedded worlds, or show one with its sources and known weaknesses."""
    from tumen.app.commands import shows

    shows.worlds(name, as_json=json)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 for any free one.")] = 8000,
    store: Annotated[
        Path | None, typer.Option("--store", help="Folder of the runs (default: TUMEN_STORE).")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes for runs.")] = 1,
    max_size: Annotated[
        str, typer.Option("--max-size", help="The oldest runs go beyond: 5GB, 800MB.")
    ] = "5GB",
    max_age: Annotated[
        str | None, typer.Option("--max-age", help="Runs go when they ended before: 90d.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Let others in, by login; see docs/serve.md.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A host name that it answers to. May repeat."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="With --key: speak https itself (PEM).")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="The certificate's key (PEM).")] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option("--behind-proxy", help="A proxy on this machine speaks https for it."),
    ] = False,
) -> None:
    """Open the pages and the programming interface on this machine."""
    from tumen.app.server.launch import serve as start_server
    from tumen.app.server.settings import Settings
    from tumen.store.place import default_folder
    from tumen.store.quota import Quota

    start_server(
        Settings(
            store or default_folder(),
            host,
            port,
            public=public,
            proxy=behind_proxy,
            names=tuple(name or ()),
            certificate=certificate,
            key=key,
            workers=workers,
            quota=Quota(runs.bytes_of(max_size), runs.age_of(max_age)),
        )
    )


def complain(message: str, code: int) -> NoReturn:
    """Print one line on standard error and leave."""
    sys.stderr.write(f"tumen: {' '.join(message.split())}\n")
    sys.exit(code)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; no traceback ever reaches the user."""
    try:
        code: Any = app(args=arguments, prog_name="tumen", standalone_mode=False)
    except TumenError as error:
        complain(str(error), error.exit_code)
    except typer.TyperException as error:
        complain(error.format_message(), 2)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("TUMEN_DEBUG"):
            raise
        complain(
            f"a fault inside tumen ({type(error).__name__}: {error}); please report it. "
            "TUMEN_DEBUG=1 shows where",
            1,
        )
    if code == INTERRUPTED:
        complain("interrupted; nothing was written", INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
