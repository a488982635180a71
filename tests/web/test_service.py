"""The Service view: models, figures from the service's own metrics, and the call to make again."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.visitor import PHONE, Visitor


def row(page: Page, name: str) -> dict[str, str]:
    cells = page.locator(".models-table tbody tr", has_text=name)
    return {
        kind: cells.locator(f".{kind}").inner_text() for kind in ("version", "state", "test", "parameters", "pictures")
    }


def test_models_are_listed_with_what_is_known_of_them(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address) as visitor:
        visitor.reads("4")
        visitor.page.get_by_role("link", name="Service").click()
        expect(visitor.page.locator("#view-service h1")).to_be_focused()
        expect(visitor.page.locator(".models-table tbody tr")).to_have_count(3)
        cnn = visitor.page.locator(".models-table tbody tr", has_text="mnist_cnn")
        expect(cnn.locator(".pictures")).not_to_have_text("0")
        facts = row(visitor.page, "mnist_cnn")
        assert facts["state"] == "ready"
        assert facts["parameters"] == "607,394"
        assert re.fullmatch(r"98\.\d\s%", facts["test"])
        assert float(cnn.locator(".p50").inner_text()) > 0
        broken = visitor.page.locator(".models-table tbody tr", has_text="broken_bands")
        expect(broken.locator(".state")).to_have_text("not ready")
        expect(broken.locator(".reason")).to_contain_text("model.onnx")
        expect(visitor.page.locator(".figures")).to_contain_text("version 0.1.0")


def test_the_call_can_be_made_again(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/service") as visitor:
        expect(visitor.page.locator(".models-table tbody tr")).to_have_count(3)
        visitor.page.locator("#view-service").get_by_role("button", name="Show the call").click()
        panel = visitor.page.locator("#view-service .call")
        expect(panel.locator("code")).to_have_text(f"curl '{address}api/v1/models'")
        panel.get_by_role("radio", name="Python").check()
        expect(panel.locator("code")).to_contain_text(f'httpx.get(\n    "{address}api/v1/models",\n)')
        visitor.page.reload()
        expect(panel.locator("code")).to_contain_text("httpx.get")


def test_figures_follow_while_the_view_is_open(browser: Browser, address: str) -> None:
    with Visitor.open(browser, address, "#/service", viewport=PHONE) as visitor:
        pictures = visitor.page.locator(".models-table tbody tr", has_text="mnist_cnn").locator(".pictures")
        expect(pictures).not_to_have_text("")
        before = pictures.text_content()
        visitor.page.evaluate(
            """() => { const form = new FormData();
            const canvas = new OffscreenCanvas(28, 28);
            canvas.getContext("2d").fillRect(12, 4, 4, 20);
            return canvas.convertToBlob().then((blob) => { form.append("file", blob, "one.png");
              return fetch("api/v1/models/mnist_cnn/predict?preprocess=none", { method: "POST", body: form }); })
              .then((answer) => answer.status); }"""
        )
        expect(pictures).not_to_have_text(before or "")


def test_quantiles_lie_within_their_bucket(visitor: Visitor) -> None:
    values = visitor.page.evaluate(
        """async () => {
        const { between, buckets, quantile, readMetrics } = await import("./js/service/metrics.js");
        const text = (a, b, c) => `# HELP x\\nx_bucket{le="0.1",model="m"} ${a}\\n` +
          `x_bucket{le="0.2",model="m"} ${b}\\nx_bucket{le="+Inf",model="m"} ${c}\\n` +
          'x_bucket{le="0.1",model="other"} 7\\n';
        const of = (text) => buckets(readMetrics(text), "x", ({ model }) => model === "m");
        const first = of(text(10, 10, 10)), later = of(text(10, 18, 20));
        return [quantile(first, 0.5), quantile(between(later, first), 0.4), quantile(between(later, first), 0.99),
          quantile(between(first, first), 0.5), quantile(between(first, later), 0.5)]; }"""
    )
    assert values == [pytest.approx(0.05), pytest.approx(0.15), 0.2, None, pytest.approx(0.05)]
