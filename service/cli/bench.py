"""`bench`: a load on one's own deployment; what a request costs, and which batch cap and how many workers suit it."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from service.cli.opened import quiet_repository
from service.cli.options import OFFLINE, add_settings, number
from service.errors import ConfigurationError
from service.inference.loader import Model
from service.inference.package.files import read_text
from service.inference.package.layout import CONFIG_NAME
from service.inference.package.tuning import Tuning, least_cap, tune
from service.inference.runtime.cpus import available_cpus
from service.settings import Settings
from service.tools.batch_costs import batch_costs, recommended_cap
from service.tools.deployment import check_address, picture_request, started, tensor_request
from service.tools.listeners import cpu_seconds, listeners
from service.tools.load import Load, send

_WARM_S = 0.5
_WORTH = 1.1  # times the requests a second, for twice the workers
_LOCAL = ("127.0.0.1", "localhost", "::1")


class Measured(NamedTuple):
    """A load over so many connections; CPU us a good answer, None where the server is elsewhere."""

    connections: int
    load: Load
    cpu_us: float | None


def add(parser: argparse.ArgumentParser) -> None:
    """What `bench` takes."""
    parser.add_argument("model", help="its name")
    parser.add_argument("--model-version", metavar="NUMBER", help="which version to ask (default: the newest)")
    parser.add_argument("--url", help="of a running service (default: one is started, and stopped at the end)")
    parser.add_argument("--picture", type=Path, help="a file to upload (default: a tensor of random numbers, as bytes)")
    parser.add_argument(
        "--connections", type=_positive, nargs="+", default=[1, 8, 64], help="at a time (default: 1 8 64)"
    )
    parser.add_argument(
        "--seconds", type=number(0.1, 600), default=3.0, help="for each count of connections (default: 3)"
    )
    parser.add_argument(
        "--tune",
        action="store_true",
        help="write the recommended batch cap and workers into the model's config.pbtxt",
    )
    add_settings(parser, OFFLINE)
    parser.set_defaults(verb=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Measures, recommends, and writes the recommendation where it was asked to."""
    if options.url:
        check_address(options.url)
    if options.url and options.tune:
        raise ConfigurationError("--tune needs a server of its own, with which it tries workers: leave out --url")
    model = None if options.url else _model(settings, options)
    costs = batch_costs(model) if model else {}
    if model:
        _tell_costs(model, costs)
    workers = {1: _measure(settings, options, 1, min(costs.values()) if costs else None)}
    if options.url or model is None:
        return 0
    for count in _more_workers():
        workers[count] = _measure(settings, options, count, min(costs.values()))
        if _rate(workers[count]) < _WORTH * _rate(workers[count // 2]):
            break
    package = settings.models / options.model
    tuning = Tuning(_cap(package, model, costs), _recommended(workers))
    print(
        f"\nrecommended: max_batch_size {tuning.max_batch} (now {model.config.max_batch_size}), "
        f"--workers {tuning.instances} (of 1 to {available_cpus()} that the CPUs allow)"
    )
    if options.tune:
        tune(package, tuning)
        print(f"written to {package / CONFIG_NAME}: max_batch_size and instance_group's count")
    return 0


def _model(settings: Settings, options: argparse.Namespace) -> Model:
    repository = quiet_repository(settings)
    repository.load(options.model)
    return repository.get(options.model, options.model_version)


def _measure(settings: Settings, options: argparse.Namespace, workers: int, bare_us: float | None) -> list[Measured]:
    """The loads on the server at --url, or on one with so many workers; told as they are done."""
    where = nullcontext(options.url) if options.url else started(_serve_options(settings), workers)
    with where as address:
        name, version = options.model, options.model_version
        if options.picture:
            request = picture_request(address, name, version, options.picture)
        else:
            request = tensor_request(address, name, version)
        send(address, request, max(options.connections), _WARM_S)
        print(f"\n{address}" + ("" if options.url else f", {workers} worker{'s' if workers > 1 else ''}"))
        head = ("connections", "requests/s", "p50 ms", "p90 ms", "p99 ms", "refused", "CPU us")
        print("  ".join(each.rjust(10) for each in head) + ("  over onnxruntime" if bare_us else ""))
        found = []
        for connections in options.connections:
            found.append(_one(address, request, connections, options.seconds))
            _tell(found[-1], bare_us)
    return found


def _one(address: str, request: bytes, connections: int, seconds: float) -> Measured:
    url = urlsplit(address)
    local = url.hostname in _LOCAL
    pids = listeners(url.port or (443 if url.scheme == "https" else 80)) if local else []
    before = cpu_seconds(pids)
    load = send(address, request, connections, seconds)
    spent = cpu_seconds(pids) - before
    return Measured(connections, load, spent / len(load.latencies) * 1e6 if pids and len(load.latencies) else None)


def _tell(measured: Measured, bare_us: float | None) -> None:
    load, cost = measured.load, measured.cpu_us
    cells = [f"{measured.connections}", f"{load.rate:,.0f}", *(f"{load.percentile(p):.2f}" for p in (50, 90, 99))]
    cells += [f"{load.refused}", "-" if cost is None else f"{cost:,.0f}"]
    over = f"  {cost - bare_us:16,.0f}" if cost is not None and bare_us else ""
    print("  ".join(cell.rjust(10) for cell in cells) + over, flush=True)


def _tell_costs(model: Model, costs: dict[int, float]) -> None:
    unit = "CPU us" if model.session.execution_provider.in_use == "cpu" else "us"
    print(f"{model.name}, version {model.version}: onnxruntime alone, {unit} an image by batch")
    print("  ".join(f"{size:>7}" for size in costs))
    print("  ".join(f"{cost:7.1f}" for cost in costs.values()), flush=True)


def _serve_options(settings: Settings) -> list[str]:
    """What the server needs to be told of the settings that the command took."""
    return [part for name in OFFLINE for part in (f"--{name.replace('_', '-')}", str(getattr(settings, name)))]


def _more_workers() -> Iterator[int]:
    """2, 4, 8 and so on, as many as there are CPUs."""
    count = 2
    while count <= available_cpus():
        yield count
        count *= 2


def _cap(package: Path, model: Model, costs: dict[int, float]) -> int:
    """Never below a batch that the configuration names elsewhere; as it is where the model takes no batches."""
    if len(costs) == 1:
        return model.config.max_batch_size
    return max(recommended_cap(costs), least_cap(read_text(package / CONFIG_NAME)))


def _rate(measured: Sequence[Measured]) -> float:
    """The most requests a second of these loads."""
    return max(each.load.rate for each in measured)


def _recommended(workers: dict[int, list[Measured]]) -> int:
    """The most workers of which each doubling was worth it."""
    best = 1
    for count in sorted(workers)[1:]:
        if _rate(workers[count]) < _WORTH * _rate(workers[best]):
            break
        best = count
    return best


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of connections: 1 to 4096")
    return int(text)
