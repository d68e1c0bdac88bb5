"""The command line: `legdesk` and its commands. Heavy libraries load where they are used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

import engine
from tui.cli.arm import arm
from tui.cli.calibrate import calibrate
from tui.cli.check import check
from tui.cli.completion import completion
from tui.cli.control import CONTROLS
from tui.cli.doctor import doctor
from tui.cli.errors import (
    CRASHED,
    OK,
    PIPE_CLOSED,
    SIGNALLED,
    USAGE,
    CrashError,
    complain,
    default_folder,
    forget_output,
    log_error,
    usage_sentence,
)
from tui.cli.exchange import exchange
from tui.cli.gateway import gateway, login, logout
from tui.cli.importing import import_quotes
from tui.cli.journal import journal
from tui.cli.kill import kill
from tui.cli.observe import observe
from tui.cli.options import (
    Outputs,
    place_options,
    screen_options,
    simulation_options,
)
from tui.cli.report import report
from tui.cli.simulate import drill, simulate
from tui.cli.stored_runs import runs, status
from tui.cli.study import study
from tui.cli.trading import replay, run, trade
from tui.cli.watch import watch


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"legdesk {engine.__version__}")
        ctx.exit()


@click.group(
    "legdesk",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@simulation_options
@screen_options
@place_options
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> int:
    """A desk for two-part option spreads, on an exchange simulated inside the program.

    Without a command: the terminal, warmed up to mid-morning; ? shows the keys, q leaves.
    """
    if ctx.invoked_subcommand is None:
        outputs = Outputs(
            ascii_only=options.pop("ascii_only"),
            config_file=options["config_file"],
            theme=options["theme"],
        )
        return trade(outputs, **options)
    typed = click.core.ParameterSource.COMMANDLINE
    if any(ctx.get_parameter_source(name) is typed for name in options):
        raise click.UsageError(
            f"options go after the command: legdesk {ctx.invoked_subcommand} --option", ctx
        )
    return OK


for _command in (
    run,
    replay,
    import_quotes,
    status,
    report,
    runs,
    journal,
    check,
    simulate,
    study,
    calibrate,
    doctor,
    completion,
    arm,
    exchange,
    gateway,
    login,
    logout,
    drill,
    kill,
    observe,
    watch,
    *CONTROLS,
):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing the operator did wrong shows more
    than a sentence.

    Args:
        arguments: without the program's name; those of the process where None.
    """
    try:
        code = cli.main(
            args=None if arguments is None else list(arguments),
            prog_name="legdesk",
            standalone_mode=False,
        )
        sys.stdout.flush()
        return int(code or OK)
    except click.ClickException as error:
        complain(usage_sentence(error))
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        return SIGNALLED + 2
    except (BrokenPipeError, SystemExit):  # click turns the first into the second
        forget_output()
        return PIPE_CLOSED
    except CrashError as error:
        complain(str(error))
        return CRASHED
    except Exception as error:
        from engine.runs.errors import is_for_the_operator

        if is_for_the_operator(error):
            complain(str(error))
            return USAGE
        complain(log_error(error, default_folder()))
        return CRASHED
