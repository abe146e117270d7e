"""From tables to terms, and from an exported model back to one that can be trained."""

import io

import pytest
import torch
from models import BEHLER_PARRINELLO, CUTOFF, DEEP_POT_SE, KINDS, LISTED, untrained
from physics import assert_close, cluster, evaluate
from tolerances import FLOAT64

from trainer import export
from trainer.data.settings import DataSettings
from trainer.errors import UserError
from trainer.potentials import build
from trainer.potentials.potential import AtomicNetworks, SharedNetwork
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.term_settings import PowerSpectrumSettings, ZBLSettings
from trainer.potentials.zbl import ZBL
from trainer.settings import parse

DATA = (DataSettings(train=("unused",)),)


def test_terms_are_the_tables():
    def kinds(**tables: object) -> list[type]:
        settings = PotentialSettings(data=DATA, **tables)  # type: ignore[arg-type]
        return [type(term) for term in build.potential(settings, ("H", "O")).terms]

    assert kinds() == [AtomicNetworks]
    assert kinds(zbl=ZBLSettings()) == [AtomicNetworks, ZBL]
    assert kinds(deep_pot_se=DEEP_POT_SE, behler_parrinello=LISTED) == [AtomicNetworks, AtomicNetworks]
    assert kinds(**KINDS["sum"]) == [SharedNetwork, AtomicNetworks, ZBL]


def test_the_cutoff_is_the_largest():
    assert PotentialSettings(data=DATA).cutoff == PowerSpectrumSettings().cutoff
    assert PotentialSettings(data=DATA, behler_parrinello=BEHLER_PARRINELLO).cutoff == CUTOFF
    assert PotentialSettings(data=DATA, deep_pot_se=DEEP_POT_SE, zbl=ZBLSettings(outer=7.0)).cutoff == 7.0


@pytest.mark.parametrize("kind", KINDS)
def test_an_exported_file_holds_the_whole_state_of_the_trained_model(kind: str):
    """By the same names, so that a training can start from it: the networks of the radial functions too."""
    trained, stream = untrained("float64", kind=kind, seed=5), io.BytesIO()
    with export.torchscript():
        torch.jit.save(export.script(build.finished(trained)), stream)
        stream.seek(0)
        state = build.trained_state(torch.jit.load(stream).state_dict())
    fresh = untrained("float64", kind=kind, seed=6)
    fresh.load_state_dict(state)
    system = cluster(9, 3)
    for got, expected in zip(evaluate(fresh, system, CUTOFF), evaluate(trained, system, CUTOFF), strict=True):
        assert_close(got, expected, FLOAT64)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"zbl": {"outer": 1.0, "inner": 2.0}}, "zbl: expected 0 <= inner < outer"),
        ({"zbl": {"inner": 1.0}}, "zbl: expected outer beside inner"),
        ({"zbl": {"pairs": {"H-O": [0.5]}}}, r"zbl: pairs.H-O: expected \[inner, outer\]"),
        ({"deep_pot_se": {"species_embeding": 8}}, "deep_pot_se: unknown key .*; did you mean 'species_embedding'"),
        ({"behler_parrinello": {"g2": [[1.0]]}}, r"behler_parrinello: g2: expected \[eta >= 0, r_s\]"),
        ({"behler_parrinello": {"g4": [[1.0, 0.5, 1.0]]}}, "lambda = 1 or -1"),
        ({"behler_parrinello": {"g5": []}}, "at least one function"),
        ({"behler_parrinello": {"zeta": [0.5]}}, "every zeta >= 1"),
        ({"parameters": ["spin", "spin"]}, "a name twice"),
    ],
)
def test_bad_tables_are_refused_in_one_line(table: dict[str, object], message: str):
    with pytest.raises(UserError, match=message) as caught:
        parse(PotentialSettings, {"data": {"train": ["a.xyz"]}} | table, "input.toml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "species", "message"),
    [
        (ZBLSettings(), ("H", "TYPE_0"), "TYPE_0: no element"),
        (ZBLSettings(pairs={"H-C": (0.5, 1.0)}), ("H", "O"), "pairs.H-C: expected two of the species H, O"),
        (ZBLSettings(pairs={"HO": (0.5, 1.0)}), ("H", "O"), "pairs.HO: expected two of the species H, O"),
    ],
)
def test_nuclei_need_elements(settings: ZBLSettings, species: tuple[str, ...], message: str):
    with pytest.raises(UserError, match=message):
        build.potential(PotentialSettings(data=DATA, zbl=settings), species)
