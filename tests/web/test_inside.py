"""The Look inside view as a person uses it. The service's own answers say what is right."""

import re
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from tests.ci import sampled
from tests.web.inside_view import CNN, RNN, ask, decimal, layer_heads, look, map_of, panel_of
from tests.web.visitor import PHONE, Visitor, expect_address, focus

_SIDE = 26  # of a map of mnist_cnn's convolution


def test_layers_stand_in_order_with_shape_and_parameters(browser: Browser, studied: str) -> None:
    layers = ask(studied, "models/mnist_cnn/summary")["layers"]
    with Visitor.open(browser, studied, CNN) as visitor:
        page = visitor.page
        cards = page.locator("#view-inside .layer")
        expect(cards).to_have_count(len(layers))
        assert [card.get_attribute("data-layer") for card in cards.all()] == [layer["name"] for layer in layers]
        assert layer_heads(page)[:4] == ["Convolution", "Max pooling", "Flatten", "Dense 1"]
        facts = cards.first.locator(".caption").first.inner_text().replace("\u200a", "")
        assert facts == "28 maps of 26×26 · 280 parameters"
        expect(cards.nth(3)).to_contain_text("605,824 parameters")
        expect(page).to_have_title("Inside mnist_cnn - Featuremap")


def test_a_map_shows_its_exact_values(browser: Browser, studied: str) -> None:
    (layer,) = look(studied, "mnist_cnn", "sample=4444&layer=conv1&map=10")["layers"]
    values = layer["maps"][0]["values"]
    with Visitor.open(browser, studied, f"{CNN}&layer=conv1&map=10") as visitor:
        page = visitor.page
        panel = panel_of(page)
        expect(panel.locator("h2")).to_have_text("Map 10 of convolution")
        lowest, highest = decimal(layer["maps"][0]["min"]), decimal(layer["maps"][0]["max"])
        expect(panel).to_contain_text(f"From {lowest} to {highest}.")
        expect(panel.locator(".excite")).to_have_count(9)
        page.wait_for_load_state("networkidle")
        frame = panel.locator(".value-frame").first
        focus(frame)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        middle = _SIDE // 2
        readout = panel.locator(".value-readout").first
        expect(readout).to_have_text(f"Row {middle + 2}, column {middle + 1}: {decimal(values[middle + 1][middle])}")
        box = frame.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 15.5 / _SIDE, box["y"] + box["height"] * 7.5 / _SIDE)
        expect(readout).to_have_text(f"Row 8, column 16: {decimal(values[7][15])}")


def test_ink_is_positive_and_rust_negative(browser: Browser, studied: str) -> None:
    (layer,) = look(studied, "mnist_cnn", "sample=4444&layer=conv1&map=0")["layers"]
    places = [(value, x, y) for y, row in enumerate(layer["maps"][0]["values"]) for x, value in enumerate(row)]
    with Visitor.open(browser, studied, f"{CNN}&layer=conv1&map=0") as visitor:
        page = visitor.page
        expect(panel_of(page).locator("h2")).to_have_text("Map 0 of convolution")
        pixel = """([x, y]) => {
            const pixel = new OffscreenCanvas(1, 1).getContext("2d");
            pixel.drawImage(document.querySelector("#view-inside .panel .value-canvas"), -x, -y);
            return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3); }"""
        red, green, blue = page.evaluate(pixel, list(min(places)[1:]))
        assert red > green + 60, "the lowest value is rust"
        assert red > blue + 60
        red, green, blue = page.evaluate(pixel, list(max(places)[1:]))
        assert max(red, green, blue) < 60, "the highest is ink on light paper"
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(f"() => ({pixel})({list(max(places)[1:])})[0] > 190")


def test_hover_previews_and_enter_pins(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, f"{CNN}&layer=conv1&map=3") as visitor:
        page = visitor.page
        title = panel_of(page).locator("h2")
        expect(title).to_have_text("Map 3 of convolution")
        map_of(page, 5).hover()
        expect(title).to_have_text("Map 5 of convolution")
        page.locator("#view-inside h1").hover()
        expect(title).to_have_text("Map 3 of convolution")
        focus(map_of(page, 3))
        page.keyboard.press("ArrowDown")
        expect(map_of(page, 19)).to_be_focused()
        expect(title).to_have_text("Map 19 of convolution")
        expect_address(page, "map=3")
        page.keyboard.press("Enter")
        expect(map_of(page, 19)).to_have_attribute("aria-current", "true")
        expect_address(page, "map=19")
        page.reload()
        expect(title).to_have_text("Map 19 of convolution")


def test_the_kernel_is_the_learned_one_and_goes_to_filters(browser: Browser, studied: str) -> None:
    kernel = ask(studied, "models/mnist_cnn/kernels")["values"][7][0]
    with Visitor.open(browser, studied, f"{CNN}&layer=conv1&map=7") as visitor:
        cells = panel_of(visitor.page).locator(".kernel td")
        expect(cells).to_have_text([decimal(value) for row in kernel for value in row])
        link = panel_of(visitor.page).get_by_role("link", name="Try in Filters")
        text = ";".join(",".join(map(str, row)) for row in kernel)
        expect(link).to_have_attribute("href", f"#/filters?kernel={text}&scale=centre")


def test_what_excites_a_map_can_be_looked_into(browser: Browser, studied: str) -> None:
    first, *_ = ask(studied, "models/mnist_cnn/excitations?layer=conv1&map=2")["maps"][0]["pictures"]
    with Visitor.open(browser, studied, f"{CNN}&layer=conv1&map=2") as visitor:
        page = visitor.page
        link = panel_of(page).locator(".excite").first
        expect(link).to_have_attribute("aria-label", re.compile(f"^Test picture {first['index']}, {first['label']}: "))
        tile, patch = link.bounding_box(), link.locator(".patch").bounding_box()
        assert tile is not None
        assert patch is not None
        x, y, width, _ = first["box"]
        assert patch["x"] - tile["x"] == pytest.approx(tile["width"] * x / 28, abs=0.5)
        assert patch["y"] - tile["y"] == pytest.approx(tile["height"] * y / 28, abs=0.5)
        assert patch["width"] == pytest.approx(tile["width"] * width / 28, abs=0.5)
        link.click()
        expect(page.locator(".inside-caption")).to_contain_text(f"Test picture {first['index']} of mnist")
        expect_address(page, f"sample=mnist/{first['index']}")
        page.go_back()
        expect(page.locator(".inside-caption")).to_contain_text("Test picture 4444 of mnist: a 9.")


def test_the_probabilities_at_the_end_are_those_of_classify(browser: Browser, studied: str) -> None:
    with urlopen(f"{studied}api/v1/datasets/mnist/test/115.png") as answer:
        picture = answer.read()
    top = ask(studied, "models/mnist_cnn/predict?top_k=10", picture)["predictions"][0]["top"]
    with Visitor.open(browser, studied, f"{CNN}&sample=mnist/115") as visitor:
        page = visitor.page
        page.get_by_role("button", name="Output").click()
        bars = page.locator("[data-layer=probabilities] .out-bars li")
        for entry in top[:3]:
            share = 100 * entry["probability"]
            number = "< 0.1 %" if share < 0.1 else "> 99.9 %" if share > 99.9 else f"{share:.1f} %"
            row = bars.nth(entry["index"])
            expect(row).to_have_text(f"{entry['label']}{number}".replace(" ", "\u00a0"))


def test_units_show_their_numbers(browser: Browser, studied: str) -> None:
    (layer,) = look(studied, "mnist_cnn", "sample=4444&layer=relu1&map=0")["layers"]
    values = layer["maps"][0]["values"]
    with Visitor.open(browser, studied, CNN) as visitor:
        page = visitor.page
        page.get_by_role("button", name="ReLU").click()
        cells = page.locator("[data-layer=relu1] .unit-value")
        expect(cells).to_have_text(["0" if value == 0 else decimal(value) for value in values])
        page.locator("[data-layer=relu1] .unit").nth(5).click()
        expect(panel_of(page).locator("h2")).to_have_text("Unit 5 of ReLU")
        expect_address(page, "layer=relu1&map=5")


@pytest.mark.parametrize("width", [390, 820], ids=["phone", "tablet"])
def test_a_finger_hits_each_map_and_unit(browser: Browser, studied: str, width: int) -> None:
    """44 px wide and high (WCAG 2.5.5), and the arrow keys follow the rows that there are."""
    size = {"width": width, "height": 844}
    with Visitor.open(browser, studied, CNN, viewport=size, has_touch=True, is_mobile=True) as visitor:
        page = visitor.page
        expect(map_of(page, 0)).to_be_visible()  # a layer that is scrolled past before it is there is not fetched
        page.get_by_role("button", name="ReLU").click()
        units = page.locator("[data-layer=relu1] .unit")
        expect(units.first.locator(".unit-value")).not_to_have_text("\u00a0")
        boxes = [
            target.bounding_box()
            for target in (
                units.first,
                page.locator("[data-layer=dense2] .unit").first,
                page.locator(".out-label").first,
            )
        ]
        if width == 390:
            boxes.append(map_of(page, 0).bounding_box())
        for box in boxes:
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
        tops = [unit.bounding_box() for unit in units.all()[:30]]
        first = next(at for at, box in enumerate(tops) if box and tops[0] and box["y"] > tops[0]["y"])
        focus(units.first)
        page.keyboard.press("ArrowDown")
        expect(units.nth(first)).to_be_focused()
        assert not visitor.has_sideways_scroll()


def test_the_diagram_is_a_link(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, CNN) as visitor:
        visitor.expect_complaint("favicon.ico")  # Chromium asks for one beside a picture
        visitor.page.get_by_role("link", name="Diagram with parameters (SVG)").click()
        expect(visitor.page).to_have_url(re.compile(r"/api/v1/models/mnist_cnn/diagram\.svg$"))
        assert "605,824" in visitor.page.content()


def test_many_maps_are_shown_when_asked_for(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, "#/inside?model=fashion_cnn") as visitor:
        page = visitor.page
        page.get_by_role("button", name="Convolution 3").click()
        maps = page.locator("[data-layer=conv3] .maps button")
        expect(maps).to_have_count(64)
        page.locator("[data-layer=conv3]").get_by_role("button", name="Show all 128").click()
        expect(maps).to_have_count(128)
        expect(maps.nth(64)).to_be_focused()
        visitor.visit(f"{studied}#/inside?model=fashion_cnn&layer=conv2&map=63")
        expect(panel_of(page).locator("h2")).to_have_text("Map 63 of convolution 2")


def test_the_weights_of_a_single_neuron_are_a_picture(browser: Browser, studied: str) -> None:
    kernel = ask(studied, "models/mnist_neuron/kernels?map=0")["values"][0][0]
    with Visitor.open(browser, studied, "#/inside?model=mnist_neuron") as visitor:
        section = panel_of(visitor.page).locator(".kernel-section")
        expect(section).to_contain_text("Learned, 28 × 28.")
        focus(section.locator(".value-frame"))
        visitor.page.keyboard.press("ArrowRight")
        expect(section.locator(".value-readout")).to_have_text(f"Row 15, column 15: {decimal(kernel[14][14])}")


def test_only_layers_in_view_are_asked_for(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, "about:blank") as visitor:
        page = visitor.page
        asked: list[str] = []
        page.on(
            "request", lambda request: asked.extend(re.findall(r"mnist_cnn/feature-maps\?layer=(\w+)", request.url))
        )
        visitor.visit(studied + CNN)
        expect(map_of(page, 27)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert "dense2" not in asked
        assert asked.count("pool1") == 1
        page.locator("[data-layer=dense2]").scroll_into_view_if_needed()
        expect(page.locator("[data-layer=dense2] .unit-value").first).not_to_have_text("\u00a0")
        assert asked.count("dense2") == 1


def test_a_phone_shows_the_map_under_its_layer(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, CNN, viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        page = visitor.page
        map_of(page, 9).tap()
        expect(panel_of(page).locator("h2")).to_have_text("Map 9 of convolution")
        expect(page.locator("[data-layer=conv1] + .panel")).to_be_visible()
        visitor.settle()  # the panel has its height
        page.locator("[data-layer=pool1]").scroll_into_view_if_needed()
        expect(map_of(page, 4, "pool1")).to_be_visible()
        map_of(page, 4, "pool1").scroll_into_view_if_needed()
        before = map_of(page, 4, "pool1").bounding_box()
        assert before is not None
        map_of(page, 4, "pool1").tap()
        expect(panel_of(page).locator("h2")).to_have_text("Map 4 of max pooling")
        expect(page.locator("[data-layer=pool1] + .panel")).to_be_visible()
        after = map_of(page, 4, "pool1").bounding_box()
        assert after is not None
        assert after["y"] == pytest.approx(before["y"], abs=1), "what was pressed stays under the finger"


@pytest.mark.parametrize("width", sampled([320, 390, 721, 820, 1120], 3))
@pytest.mark.parametrize("at", [CNN, RNN])
def test_nothing_scrolls_sideways(browser: Browser, studied: str, width: int, at: str) -> None:
    with Visitor.open(browser, studied, at, viewport={"width": width, "height": 844}) as visitor:
        expect(panel_of(visitor.page).locator("h2")).to_contain_text(" 0 of ")
        visitor.page.wait_for_load_state("networkidle")
        assert not visitor.has_sideways_scroll()


def test_what_is_not_there_is_said(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, "#/inside?model=untested_bands") as visitor:
        visitor.expect_complaint("404")
        note = visitor.page.locator(".inside-note")
        expect(note).to_contain_text("untested_bands does not show its inside.")
        visitor.page.get_by_role("combobox", name="Model", exact=True).select_option("mnist_cnn")
        expect(map_of(visitor.page, 0)).to_be_visible()
        expect(note).to_be_empty()
    with Visitor.open(browser, studied, f"{CNN}&sample=mnist/99999&layer=nothing&map=999") as visitor:
        visitor.expect_complaint("404")
        expect(visitor.page.locator(".inside-note")).to_contain_text("There is no such test picture.")
        visitor.page.get_by_role("spinbutton", name="Test picture").fill("4444")
        visitor.page.get_by_role("button", name="Show", exact=True).click()
        expect(panel_of(visitor.page).locator("h2")).to_have_text("Map 0 of convolution")


def test_a_lost_connection_keeps_what_stands(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, CNN) as visitor:
        visitor.expect_complaint("ERR_FAILED|ERR_INTERNET")
        page = visitor.page
        expect(map_of(page, 0)).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.context.set_offline(True)
        page.get_by_role("spinbutton", name="Test picture").fill("7")
        page.keyboard.press("Enter")
        expect(page.locator(".inside-note")).to_contain_text("No connection to the service.")
        expect(page.locator(".inside-caption")).to_contain_text("4444")
        page.context.set_offline(False)
        expect(page.locator(".inside-caption")).to_contain_text("Test picture 7 of mnist")
        expect(page.locator(".inside-note")).to_be_empty()


def test_the_first_maps_are_on_a_phones_first_screen(browser: Browser, studied: str) -> None:
    with Visitor.open(browser, studied, "#/inside", viewport=PHONE, has_touch=True, is_mobile=True) as visitor:
        maps = visitor.page.locator(".maps-canvas").first
        expect(maps).to_be_visible()
        box = maps.bounding_box()
        assert box is not None
        assert box["y"] < PHONE["height"] - 100
