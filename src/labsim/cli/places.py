"""The commands about places of one's own: ``labsim place new``, ``place check`` and ``place population``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import BAD_INPUT, BadInput, app, command, put, say
from labsim.cli.runs import SMALLEST_SCALE, JsonOption
from labsim.cli.terminal import number, print_json, print_table

if TYPE_CHECKING:
    from labsim.state.place import Place

TEMPLATE = "newtown"
"""The shipped place that a new one begins as."""

places = typer.Typer(
    name="place",
    help="Make a place of one's own, and look at it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(places, name="place")

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SCHEMA = re.compile(r"^# yaml-language-server:.*\n", re.MULTILINE)

PlaceArgument = Annotated[
    str, typer.Argument(help="Folder of a place, its place.yaml, or the name of a shipped one.")
]


@command("new", places)
def new(
    name: Annotated[str, typer.Argument(help="Name of the place: small letters, digits and _.")],
    into: Annotated[Path, typer.Option(help="Where to make its folder.")] = Path(),
) -> None:
    """Make the folder of a new place: place.yaml, CSV tables and a scenario, with two example municipalities."""
    from labsim.config.files import shipped

    if not _NAME.fullmatch(name):
        raise BadInput(f"{name}: is no name for a place; write small letters, digits and _, such as my_town")
    folder = into / name
    if folder.exists():
        raise BadInput(f"{folder}: is there already, and nothing is overwritten; take another name")
    source = next(path for each in shipped() if (path := each / "places" / TEMPLATE).is_dir())
    files = sorted(path for path in source.iterdir() if path.suffix in {".yaml", ".csv", ".md"})
    try:
        folder.mkdir(parents=True)
        for file in files:
            (folder / file.name).write_text(_renamed(file, name), encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be written ({error.strerror}); choose another folder with --into"
        ) from None
    for file in files:
        put(str(folder / file.name))
    say(
        f"labsim: read {folder / 'README.md'}, replace the invented figures, then: labsim place check {folder}"
    )


@command("check", places)
def check(place: PlaceArgument, as_json: JsonOption = False) -> None:
    """Say what is wrong with a place and its tables; if nothing is, what it knows, assumes and lacks."""
    from labsim.config import ConfigError
    from labsim.config.place_check import examination

    try:
        loaded, folder = _loaded(place)
    except ConfigError as error:
        if as_json:
            print_json({"fine": False, "problems": [_problem(each) for each in error.problems]})
        say(str(error))
        raise typer.Exit(BAD_INPUT) from None
    facts = examination(loaded, folder)
    if as_json:
        print_json({"fine": True, "problems": []} | facts)
    else:
        _print_examination(facts)


@command("population", places)
def population(
    place: PlaceArgument,
    scale: Annotated[
        float,
        typer.Option(min=SMALLEST_SCALE, max=1.0, help="Agents per person for which agents are counted."),
    ] = 0.1,
    as_json: JsonOption = False,
) -> None:
    """Show how well the synthetic population meets its published marginals: the joint table, and the agents."""
    from labsim.config.place_check import fit_of, population_facts

    loaded, folder = _loaded(place)
    report = fit_of(loaded, scale)
    if report is None:
        raise BadInput(
            f"{folder}: has no marginals, so there is nothing to fit; people are drawn from the place's shares."
            " Add a table of marginals (`labsim place new` writes an example)"
        )
    facts = population_facts(report, scale)
    if as_json:
        print_json(facts)
        return
    rows = [_fit_row(row) for row in facts["categories"]]
    columns = ["municipality", "trait", "category", ">published", "unit", ">share", ">fitted", ">difference", ">agents",
               ">of agents", ">difference"]  # fmt: skip
    print_table(f"{loaded.label.en}: shares of residents in %, {scale:g} agents per person", columns, rows)
    put("")
    _print_fit(facts)


def _loaded(name: str) -> tuple[Place, Path]:
    """Return a place by folder, file or name, and its folder."""
    from labsim.config import load_place
    from labsim.config.errors import suggestion
    from labsim.config.files import available
    from labsim.config.library import by_name

    path = Path(name)
    if path.is_dir() and not (path / "place.yaml").is_file() and name not in available("place"):
        raise BadInput(f"{name}: holds no place.yaml; make a place with `labsim place new`")
    if not path.exists() and "/" not in name and name not in available("place"):
        raise BadInput(
            f"{name}: there is no such folder, and no shipped place; {suggestion(name, available('place'))}"
        )
    asked = f"./{name}" if path.is_dir() and (path / "place.yaml").is_file() and "/" not in name else name
    return load_place(asked), by_name("place", asked).parent


def _renamed(file: Path, name: str) -> str:
    """Return a file of the template with the new place's name in it."""
    text = _SCHEMA.sub("", file.read_text(encoding="utf-8"))
    title = name.replace("_", " ").title()
    if file.suffix == ".yaml":
        text = text.replace("label: {en: Newtown, de: Neustadt}", f"label: {{en: {title}, de: {title}}}")
        text = text.replace('en: "Newtown, first run", de: "Neustadt, erster Lauf"',
                            f'en: "{title}, first run", de: "{title}, erster Lauf"')  # fmt: skip
    return text.replace(TEMPLATE, name) if file.suffix in {".yaml", ".md"} else text


def _problem(problem: Any) -> dict[str, Any]:
    return {
        "file": None if problem.file is None else str(problem.file),
        "line": problem.line,
        "column": problem.key,
        "wrong": problem.wrong,
        "right": problem.right,
    }


def _print_examination(facts: dict[str, Any]) -> None:
    outside = (
        f", and {len(facts['outside'])} outside ({', '.join(facts['outside'])})" if facts["outside"] else ""
    )
    put(f"{facts['label']} ({facts['folder']}): fine")
    put(
        f"{facts['municipalities']} municipalities{outside}, {facts['persons']:,} residents of working age,"
        f" {facts['occupations']} occupations"
    )
    rows = [
        [row["series"], row["use"], str(row["figures"]), str(row["municipalities"]), row["years"],
         ", ".join(row["breaks"]), ", ".join(row["broken"])]
        for row in facts["tables"]
    ]  # fmt: skip
    if rows:
        put("")
        print_table("What the tables hold", ["series", "use", ">figures", ">municipalities", "years", "breaks",
                                          "broken, left out"], rows)  # fmt: skip
    if facts["population"] is not None:
        put("")
        _print_fit(facts["population"])
    for title, key in (("What is assumed", "assumed"), ("What is odd", "notes"),
                       ("What a calibration lacks", "missing")):  # fmt: skip
        if facts[key]:
            put(f"\n{title}")
            for line in facts[key]:
                put(f"  - {line}")


def _fit_row(row: dict[str, Any]) -> list[str]:
    published = "assumed" if row["published"] is None else f"{row['published']:,g}"
    return [
        row["municipality"],
        row["trait"],
        row["category"],
        published,
        row["unit"],
        f"{row['share']:.2f}",
        f"{row['fitted']:.2f}",
        f"{row['difference']:+.1e}" if abs(row["difference"]) > 5e-10 else "0",
        f"{row['agents']:,}",
        f"{row['realised']:.2f}",
        f"{row['realised_difference']:+.2f}",
    ]


def _print_fit(facts: dict[str, Any]) -> None:
    rows = [
        [
            each["municipality"],
            f"{each['persons']:,.0f}",
            str(each["rounds"]),
            f"{each['deviation']:.1e}",
            f"{each['total_absolute_error']:.1e}",
            f"{each['srmse']:.1e}",
            f"{each['agents']:,}",
            number(each["agents_deviation"]),
            number(each["agents_srmse"]),
            ", ".join(f"{trait} {gap:+.1f} %" for trait, gap in each["rescaled"].items() if abs(gap) >= 0.05),
        ]
        for each in facts["municipalities"]
    ]
    columns = [
        "municipality",
        ">persons",
        ">rounds",
        ">largest deviation, points",
        ">total absolute error, persons",
        ">SRMSE",
        ">agents",
        ">their largest deviation, points",
        ">their SRMSE",
        "totals that differed",
    ]
    print_table(f"How the population fits its margins, {facts['scale']:g} agents per person", columns, rows)
