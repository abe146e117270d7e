"""The page of `henrici test`: a potential's errors on labelled frames."""

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from trainer.contract import PotentialMetadata
from trainer.potentials.task import ENERGY, FORCE, STRESS, VIRIAL
from trainer.report import potential_figures as draw
from trainer.report.errors import Statistics
from trainer.report.page import document, figures, headline, join, number, paragraph
from trainer.report.potential_figures import NAMES, UNITS
from trainer.report.potential_sections import (
    compositions,
    data_facts,
    distribution,
    files,
    forces,
    model_facts,
    trained_on_all,
    worst,
)


def page(
    statistics: Statistics,
    metadata: PotentialMetadata,
    model: Path,
    data: Sequence[str],
    learning: Sequence[dict[str, float]],
) -> bytes:
    """learning: rows of the run's log.csv, or none."""
    errors = statistics.errors.values()
    sections = [("Parity", figures(draw.parities(statistics)))]
    if FORCE in errors:
        sections.append(("Forces", forces(statistics)))
    sections.append(("Distribution of errors", distribution(statistics)))
    if ENERGY in errors and len(statistics.compositions) > 1:
        sections.append(("Compositions and sizes", compositions(statistics)))
    if len(statistics.files) > 1:
        sections.append(("Files", files(statistics)))
    if learning:
        sections.append(("Learning curve", figures(draw.learning_curve(learning))))
    sections.append(("Worst frames", worst(statistics, metadata)))
    sections.append(("Data", data_facts(statistics, metadata, data)))
    sections.append(("Model", model_facts(metadata, model)))
    lead = f"{statistics.frames:,} frames, {statistics.atoms:,} atoms, species {', '.join(metadata.species)}"
    numbers = [
        (f"{NAMES[n].capitalize()} RMSE", number(errors[n]), UNITS[n], f"MAE {number(errors[mae(n)])} {UNITS[n]}")
        for n in (ENERGY, FORCE, VIRIAL, STRESS)
        if n in errors
    ]
    opening = join(
        [headline(numbers), *(paragraph(f"{words}.", "warning") for words in warnings(statistics, metadata))]
    )
    footer = f"Written by henrici {version('henrici')} on {date.today().isoformat()}."
    return document(f"Test of {model.name}", lead, opening, sections, footer)


def mae(name: str) -> str:
    return name.replace("rmse", "mae")


def warnings(statistics: Statistics, metadata: PotentialMetadata) -> list[str]:
    """What makes the numbers mean less than they seem to."""
    if trained_on_all(statistics, metadata):
        return ["these are the very frames that the model was trained on; errors on others are larger"]
    if not metadata.data.get("sample"):
        return ["the model file does not say which frames it was trained on; these may be among them"]
    checked, found = statistics.overlap.count
    if found:
        return [f"of {checked:,} frames that could be looked up, {found:,} are among those the model was trained on"]
    return []
