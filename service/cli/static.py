"""`static`: the page as a folder of files, for any file server: a lecture hall, a course site, no service.

    service/web -> OUT;  what the page asks the service -> OUT/api/..., a file an answer -> OUT/api/files.json

A file is named after its address, as `js/static.js` names it too: what of a query is no plain letter becomes `_`. The
networks of digits run in the page; of networks that do not, those of clothes, what they say of some test pictures is
written down. What needs the service says so there.
"""

import argparse
import asyncio
import html
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from service.api.routes.pages import FOLDER, POLICY
from service.app import create_app
from service.cli.asked import Service, running
from service.cli.options import add_settings
from service.datasets import LABELS
from service.errors import ConfigurationError
from service.page.assets import made
from service.settings import Settings

# Test pictures to look inside with. The lecture's first, with which every network is; then one of each digit, and
# three garments, for networks of few layers.
_INSIDE = {"mnist": (4444, 3, 2, 1, 18, 4, 8, 11, 0, 61, 7), "fashion_mnist": (4444, 0, 1, 2)}
# Those that Classify shows in turn, with what every network says: of clothes the first, with one of each class.
_READ = {"mnist": _INSIDE["mnist"], "fashion_mnist": (4444, *range(20))}
_MOST_MAPS = 64  # of a layer whose maps are written one by one, with all their numbers
_MOST_LAYERS = 18  # of a network that has such
_PAGE = 1000  # failures to a question
_PLAIN = re.compile(r"[^A-Za-z0-9=.,-]")


def add(parser: argparse.ArgumentParser) -> None:
    """What `static` takes."""
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write, which must not hold anything yet")
    parser.add_argument("--address", metavar="URL", help="where it will stand: links to it then show its picture")
    add_settings(parser, ("models", "execution_provider", "intra_op_threads"))
    parser.set_defaults(verb=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Writes the folder, and tells how to look at it."""
    out: Path = options.out
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigurationError(f"{out} holds something already; name a folder that is new or empty")
    quiet = settings.model_copy(update={"log_level": "error", "workers": 1, "grpc_port": 0})
    files = asyncio.run(_write(quiet, out, options.address))
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: the page and {files:,} answers, {size / 1e6:.1f} MB\n\nLook at it with any file server:\n"
          f"  python -m http.server --directory {out}")  # fmt: skip
    return 0


async def _write(settings: Settings, out: Path, address: str | None) -> int:
    async with running(create_app(settings)) as service:
        writer = _Writer(service, out)
        cards = [card for card in json.loads(await writer.get("api/v1/models"))["models"] if _is_shown(card)]
        if not any(map(_runs_in_page, cards)):
            raise ConfigurationError("no network of digits is ready that the page could compute")
        _write_page(out, address)
        writer.keep("api/v1/models.json", json.dumps({"models": cards}).encode())
        for name in ("filters", "limits", "comparisons"):
            await writer.write(f"api/v1/{name}")
        for study in json.loads(await writer.get("api/v1/comparisons"))["comparisons"]:
            await writer.write(f"api/v1/comparisons/{study['name']}")
            await writer.write(f"api/v1/comparisons/{study['name']}", accept="image/png")
            sample = json.loads(await writer.get(f"api/v1/comparisons/{study['name']}")).get("sample")
            if sample:
                await writer.sample(sample["dataset"], sample["index"])
        for dataset, indices in _READ.items():
            await _write_read(writer, dataset, indices, [card for card in cards if card["dataset"] == dataset])
        for card in cards:
            await _write_model(writer, card)
        writer.keep("api/files.json", json.dumps(sorted(writer.kept)).encode())
        return len(writer.kept)


def _is_shown(card: dict[str, Any]) -> bool:
    """Whether it runs in the page, or there are test pictures to show what it says of them."""
    has_samples = card["state"] == "READY" and card.get("labels") and card.get("preprocessing")
    return _runs_in_page(card) or (bool(has_samples) and card["dataset"] in _READ)


def _runs_in_page(card: dict[str, Any]) -> bool:
    """Whether `js/network/reader.js` computes it."""
    preprocessing, output = card.get("preprocessing") or {}, card.get("output") or {}
    known = card["state"] == "READY" and preprocessing.get("recipe") == "digit" and card.get("labels")
    return bool(known) and preprocessing["polarity"] == "light_on_dark" and not output.get("activation")


async def _write_read(writer: "_Writer", dataset: str, indices: Sequence[int], cards: Sequence[dict[str, Any]]) -> None:
    """Test pictures, and what the networks say of each; none where none of them is of that data set."""
    names = ",".join(card["name"] for card in cards)
    for index in indices if cards else ():
        await writer.sample(dataset, index)
        picture = await writer.get(f"api/v1/datasets/{dataset}/test/{index}.png")
        answer = await writer.get(f"api/v1/predict?models={names}&top_k=10", "POST", picture=picture)
        if answer:
            writer.keep(file_of(f"api/v1/predict?sample={dataset}/{index}"), answer)


def _write_page(out: Path, address: str | None) -> None:
    """The page, and what it names below an address that changes with it, as the service does."""
    assets = made(FOLDER)
    below = out / assets.prefix
    unasked = shutil.ignore_patterns("*.html", "og.png", "swagger-ui", "vendored.json", "docs.*", "js")
    shutil.copytree(FOLDER, below, ignore=unasked)
    for path in ("js/theme.js", *assets.files):
        (below / path).parent.mkdir(parents=True, exist_ok=True)
        (below / path).write_bytes(assets.files.get(path) or (FOLDER / path).read_bytes())
    shutil.copy(FOLDER / "og.png", out)
    page = _static_page(assets.pages["index.html"].decode(), address)
    (out / "index.html").write_text(page, encoding="utf-8")


def _static_page(page: str, address: str | None) -> str:
    """The page told that it has no service, with the policy that the service sends as a header; who shows links asks
    for the picture by its whole address."""
    if address is not None:
        page = page.replace('content="og.png"', f'content="{html.escape(address.rstrip("/"))}/og.png"', 1)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return page.replace("<html ", "<html data-static ", 1).replace("<head>", f"<head>\n  {policy}", 1)


async def _write_model(writer: "_Writer", card: dict[str, Any]) -> None:
    model = f"api/v1/models/{card['name']}"
    for part in ("summary", "history", "confusion", "kernels"):
        await writer.write(f"{model}/{part}")
    for name in ("diagram.svg", "predictions.dat", *(("model.onnx",) if _runs_in_page(card) else ())):
        await writer.write(f"{model}/{name}")
    await _write_failures(writer, f"{model}/failures")
    dataset = card["dataset"] if card["dataset"] in _INSIDE else "mnist"
    samples = [f"{dataset}/{index}" for index in _INSIDE[dataset]]
    look = await writer.get(f"{model}/feature-maps?sample={samples[0]}", "POST")
    layers = json.loads(look or b"{}").get("layers", [])
    for sample in samples if len(layers) <= _MOST_LAYERS else samples[:1]:
        for layer in layers:
            for query in _looks(layer, len(layers), sample):
                await writer.write(f"{model}/feature-maps?{query}", "POST")
    for layer, number in _filters(layers):
        address = f"{model}/excitations?layer={layer}&map={number}"
        answer = await writer.write(address)
        for of in ("patches", "guided"):
            await writer.write(f"{address}&of={of}", accept="image/png")
        for picture in json.loads(answer)["maps"][0]["pictures"] if answer else ():
            if card["dataset"] in LABELS:
                await writer.write(f"api/v1/datasets/{card['dataset']}/test/{picture['index']}.png")
    for unit in range(_MOST_MAPS):  # of a first layer of units, whose weights come one by one
        if await writer.write(f"{model}/kernels?map={unit}") is None:
            break


async def _write_failures(writer: "_Writer", address: str) -> None:
    """All of a model's in one document, and their pictures; nothing where its package records none."""
    failures: list[dict[str, Any]] = []
    while page := await writer.get(f"{address}?limit={_PAGE}&offset={len(failures)}"):
        failures.extend(found := json.loads(page)["failures"])
        if len(found) < _PAGE:
            document = {"total": len(failures), "count": len(failures), "failures": failures}
            writer.keep(f"{address}.json", json.dumps(document).encode())
            break
    for failure in failures:
        await writer.write(f"{address}/{failure['index']}.png")


def _looks(layer: dict[str, Any], depth: int, sample: str) -> Iterator[str]:
    """The queries about a layer: the whole, and its maps one by one."""
    yield f"layer={layer['name']}&sample={sample}"
    maps = layer["shape"][0] if len(layer["shape"]) == 3 else 1
    if maps == 1 or (depth <= _MOST_LAYERS and maps <= _MOST_MAPS):
        yield from (f"layer={layer['name']}&map={number}&sample={sample}" for number in range(maps))


def _filters(layers: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Each filter of the convolutions of a network of few layers: name of the layer, number."""
    for layer in layers if len(layers) <= _MOST_LAYERS else ():
        if layer["kind"] == "Conv2D":
            yield from ((layer["name"], number) for number in range(layer["shape"][0]))


class _Writer:
    """Asks the service, and keeps what it answers under the name of its address."""

    def __init__(self, service: Service, out: Path) -> None:
        self._service, self._out = service, out
        self.kept: set[str] = set()

    async def get(self, address: str, method: str = "GET", accept: str = "*/*", picture: bytes = b"") -> bytes:
        return await self._service.ask(f"/{address}", method, accept, picture) or b""

    async def write(self, address: str, method: str = "GET", accept: str = "*/*") -> bytes | None:
        content = await self._service.ask(f"/{address}", method, accept)
        if content is not None:
            self.keep(file_of(address, accept), content)
        return content

    async def sample(self, dataset: str, index: object) -> None:
        for end in ("", ".png"):
            await self.write(f"api/v1/datasets/{dataset}/test/{index}{end}")

    def keep(self, name: str, content: bytes) -> None:
        path = self._out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.kept.add(name)


def file_of(address: str, accept: str = "*/*") -> str:
    """The file that holds the answer of an address; `js/static.js` says the same."""
    path, _, query = address.partition("?")
    if path.endswith((".png", ".onnx", ".dat", ".svg")):
        return path
    end = ".png" if accept == "image/png" else ".json"
    return f"{path}@{_PLAIN.sub('_', query)}{end}" if query else f"{path}{end}"
