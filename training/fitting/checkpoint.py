"""The checkpoint of a run: written whole or not at all, and read only where it is of the same run.

Run -> runs/<recipe>/seed-<n>/checkpoint.pt -> Run
"""

import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from service.errors import ConfigurationError
from training import files
from training.fitting.recipe import Recipe
from training.fitting.run import Epoch, Run
from training.networks.network import Network

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Checkpoint:
    """What is in the file. `fingerprint` decides which run it belongs to; the states are torch's state dicts."""

    fingerprint: dict[str, Any]
    network: dict[str, Any]
    mean: dict[str, Any] | None
    optimizer: dict[str, Any]
    history: list[Epoch]
    machines: list[str]


def save_checkpoint(run: Run, folder: Path) -> None:
    """Writes folder/checkpoint.pt, or raises OSError and leaves the last one whole."""
    folder.mkdir(parents=True, exist_ok=True)
    state = Checkpoint(
        fingerprint=_fingerprint(run),
        network=run.network.state_dict(),
        mean=None if run.mean is None else run.mean.state_dict(),
        optimizer=run.optimizer.state_dict(),
        history=run.history,
        machines=run.machines,
    )
    members = {name: getattr(state, name) for name in state.__dataclass_fields__}
    content = members | {"history": [asdict(row) for row in run.history]}
    # torch tells of a full disk by a RuntimeError without its name: it writes into memory, we to the disk.
    files.write_with(folder / CHECKPOINT, lambda file: torch.save(content, file))


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """What folder/checkpoint.pt holds; None where there is none. Raises ConfigurationError where it is damaged."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        history = [Epoch(**row) for row in state["history"]]
        # A checkpoint from before there were cycles has no mean, and none from before they were kept its machines.
        mean, machines = state.get("mean"), state.get("machines", ["unknown"] if history else [])
        return Checkpoint(state["fingerprint"], state["network"], mean, state["optimizer"], history, machines)
    except Exception as error:  # torch.load raises whatever its unpickler meets
        raise ConfigurationError(
            f"{path} cannot be read ({type(error).__name__}). `train` with --restart begins anew and keeps it."
        ) from None


def load_checkpoint(run: Run, folder: Path) -> bool:
    """Continues `run` from folder/checkpoint.pt; False where there is none.

    Raises ConfigurationError for a checkpoint that is damaged or of another recipe, seed or data.
    """
    state = read_checkpoint(folder)
    if state is None:
        return False
    ours, theirs = _fingerprint(run), state.fingerprint
    if different := [key for key in ours if theirs.get(key) != ours[key]]:
        key = different[0]
        raise ConfigurationError(
            f"{folder / CHECKPOINT} belongs to another run: its {key} is {theirs.get(key)!r}, this run's is "
            f"{ours[key]!r}. Name another --runs folder, or begin anew with "
            f"`python -m training train {run.recipe.name} --seed {run.seed} --restart`."
        )
    run.network.load_state_dict(state.network)
    if state.mean is not None:
        run.mean = copy.deepcopy(run.network)
        run.mean.load_state_dict(state.mean)
    run.optimizer.load_state_dict(state.optimizer)
    run.history = state.history
    run.machines = state.machines
    return True


def trained_network(recipe: Recipe, folder: Path) -> Network | None:
    """The network that the run in `folder` has made so far, on the CPU; None where there is no checkpoint.

    Raises ConfigurationError where it is damaged or of a network of another form.
    """
    state = read_checkpoint(folder)
    if state is None:
        return None
    network = recipe.build()
    try:
        network.load_state_dict(state.mean or state.network)
    except RuntimeError:  # torch names each tensor that does not fit
        raise ConfigurationError(f"{folder / CHECKPOINT} is of another network than that of {recipe.name}.") from None
    return network


def set_aside(folder: Path) -> Path | None:
    """Renames folder/checkpoint.pt to the first free checkpoint-<n>.pt, and gives it; None where there is none."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    number = 1
    while (kept := path.with_name(f"checkpoint-{number}.pt")).exists():
        number += 1
    return path.rename(kept)


def _fingerprint(run: Run) -> dict[str, Any]:
    return {
        "recipe": run.recipe.name,
        "seed": run.seed,
        "parameters": run.network.parameter_count(),
        **run.recipe.hyperparameters(),
        "data_sha256": run.data_sha256,
    }
