"""Pictures from files: chosen, dropped, pasted; one or many; and what is said of those that are none."""

import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web.pictures import blank, digit_file, phone_photograph, photograph, text_file
from tests.web.visitor import Visitor

_PASTE = """([name, content]) => {
  const clipboardData = new DataTransfer();
  if (name) clipboardData.items.add(new File([Uint8Array.from(content)], name, { type: "image/png" }));
  else clipboardData.setData("text/plain", "some words");
  document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData }));
}"""


@pytest.mark.parametrize("index", range(5))
def test_reads_a_chosen_digit(visitor: Visitor, tmp_path: Path, index: int) -> None:
    path, label = digit_file(tmp_path, index)
    visitor.choose(path)
    visitor.reads(label)
    expect(visitor.page.locator("#title")).to_have_text("Read a picture")
    expect(visitor.page.locator("#file-name")).to_have_text(path.name)
    expect(visitor.page.locator("#pad")).to_be_hidden()


def test_reads_a_photograph_and_shows_what_was_cut_out(visitor: Visitor, tmp_path: Path) -> None:
    path, label = photograph(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    expect(visitor.step(2)).to_contain_text("Dark on light.")
    held, box = (visitor.page.locator(name).bounding_box() for name in ("#held", "#boxes .box"))
    assert held is not None
    assert box is not None
    scale = held["width"] / 640
    assert box["x"] - held["x"] == pytest.approx(372 * scale, abs=3)
    assert box["width"] == pytest.approx(116 * scale, abs=3)


def test_a_phones_photograph_is_sent_as_a_smaller_copy(visitor: Visitor, tmp_path: Path) -> None:
    path, label = phone_photograph(tmp_path, 0)
    assert path.stat().st_size > 10 * 2**20
    visitor.choose(path)
    visitor.reads(label)
    expect(visitor.page.locator("#file-name")).to_have_text(f"{path.name} · sent as a smaller copy")


def test_the_file_dialogue_asks_for_formats_that_are_served(visitor: Visitor) -> None:
    """Where HEIC is not among them, iOS converts by itself."""
    for name in ("files", "photo"):
        asked = visitor.page.locator(f"#{name}").get_attribute("accept")
        assert asked is not None
        assert set(asked.split(",")) <= {f"image/{kind}" for kind in ("jpeg", "png", "webp", "gif", "bmp")}


def test_draw_instead_brings_the_pad_back(visitor: Visitor, tmp_path: Path) -> None:
    visitor.reads("4")
    path, label = digit_file(tmp_path, 0)
    visitor.choose(path)
    visitor.reads(label)
    visitor.page.get_by_role("button", name="Draw instead").click()
    visitor.reads("4")
    expect(visitor.page.locator("#pad")).to_be_focused()
    expect(visitor.page.locator("#title")).to_have_text("Draw a digit")


def test_a_file_is_not_pushed_aside_by_the_sample_that_is_being_written(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    path, label = digit_file(tmp_path, 0)
    with Visitor.open(browser, address, reduced_motion="no-preference") as visitor:
        visitor.choose(path)
        visitor.settle()
        visitor.reads(label)
        expect(visitor.page.locator("#file-name")).to_have_text(path.name)


def test_a_dropped_picture_is_read(visitor: Visitor, tmp_path: Path) -> None:
    path, label = digit_file(tmp_path, 0)
    drop = visitor.drag_over(path)
    expect(visitor.page.get_by_text("Drop to read")).to_be_visible()
    drop.evaluate("drop => drop()")
    expect(visitor.page.get_by_text("Drop to read")).to_be_hidden()
    visitor.reads(label)


def test_a_pasted_picture_is_read(visitor: Visitor, tmp_path: Path) -> None:
    path, label = digit_file(tmp_path, 1)
    visitor.page.evaluate(_PASTE, [path.name, list(path.read_bytes())])
    visitor.reads(label)


def test_a_paste_without_a_picture_says_so(visitor: Visitor, tmp_path: Path) -> None:
    note = visitor.page.locator("#source-note")
    visitor.page.evaluate(_PASTE, ["", []])
    expect(note).to_have_text("The clipboard holds no picture. Copy one, then paste again.")
    visitor.choose(digit_file(tmp_path, 0)[0])
    expect(note).to_be_hidden()


def test_the_paste_button_takes_the_clipboards_picture(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    path, label = digit_file(tmp_path, 2)
    page.bring_to_front()
    page.evaluate(
        """async (bytes) => navigator.clipboard.write([
        new ClipboardItem({ "image/png": new Blob([Uint8Array.from(bytes)], { type: "image/png" }) })])""",
        list(path.read_bytes()),
    )
    page.get_by_role("button", name="Paste").click()
    visitor.reads(label)
    expect(page.locator("#file-name")).to_have_text("pasted.png")


def test_a_forbidden_clipboard_is_explained(visitor: Visitor) -> None:
    visitor.page.context.clear_permissions()
    visitor.page.get_by_role("button", name="Paste").click()
    expect(visitor.page.locator("#source-note")).to_contain_text("Press Ctrl+V")


def test_several_pictures_each_have_an_answer(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect_complaint("415")
    digits = [digit_file(tmp_path, index) for index in range(3)]
    visitor.choose(*(path for path, _ in digits), blank(tmp_path), text_file(tmp_path))
    options = visitor.tiles
    expect(options).to_have_text([*(label for _, label in digits), "empty", "not read"])
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    expect(visitor.page.locator("#file-name")).to_have_text("digit-0.png · 1 of 5")
    visitor.reads(digits[0][1])

    options.nth(1).click()
    visitor.reads(digits[1][1])
    visitor.press("ArrowRight")
    visitor.reads(digits[2][1])
    visitor.press("End")
    expect(visitor.note).to_contain_text("notes.png was not read.")
    expect(options.nth(4)).to_be_focused()
    visitor.press("Home")
    visitor.reads(digits[0][1])


def test_many_pictures_are_shown_in_portions(visitor: Visitor, tmp_path: Path) -> None:
    digits = [digit_file(tmp_path, index) for index in range(30)]
    visitor.choose(*(path for path, _ in digits))
    options = visitor.tiles
    expect(options).to_have_count(24)
    visitor.page.get_by_role("button", name="and 6 more pictures").click()
    expect(options).to_have_count(30)
    expect(options.filter(has_text="…")).to_have_count(0)
    right = sum(option.inner_text() == label for option, (_, label) in zip(options.all(), digits, strict=True))
    assert right >= 28


def test_a_blank_picture_is_refused_not_read(visitor: Visitor, tmp_path: Path) -> None:
    visitor.choose(blank(tmp_path))
    expect(visitor.note).to_contain_text("The picture is empty. No ink was found.")
    expect(visitor.note).to_have_attribute("data-kind", "refusal")
    expect(visitor.verdict.locator(".said")).to_have_count(0)
    expect(visitor.page.locator("#bars")).to_have_attribute("data-tone", "none")
    assert set(visitor.probabilities().values()) == {"–"}


def test_a_text_file_named_png_is_explained_and_the_last_answer_kept(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect_complaint("415")
    visitor.reads("4")
    visitor.choose(text_file(tmp_path))
    expect(visitor.note).to_contain_text("notes.png was not read.")
    expect(visitor.note).to_contain_text("PNG")
    expect(visitor.note).to_have_attribute("role", "alert")
    expect(visitor.verdict).to_contain_text("Your last answer is kept below.")
    expect(visitor.page.get_by_text("The browser cannot show this file.")).to_be_visible()
    assert visitor.probabilities()["4"].endswith("%")
    expect(visitor.page.locator("#agreement")).to_be_empty()


def test_a_file_without_bytes_is_named(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect_complaint("422")
    visitor.reads("4")
    (tmp_path / "empty.png").touch()
    visitor.choose(tmp_path / "empty.png")
    expect(visitor.note).to_contain_text("empty.png was not read. The picture is empty")


def test_a_damaged_picture_is_named(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect_complaint("422")
    path, _ = photograph(tmp_path, 0)
    path.write_bytes(path.read_bytes()[:2000])
    visitor.choose(path)
    expect(visitor.note).to_contain_text(f"{path.name} is damaged.")


def test_a_picture_of_too_many_pixels_is_named(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect_complaint("413")
    path = tmp_path / "scan.png"
    path.write_bytes(_png_header(20_000, 20_000))
    visitor.choose(path)
    expect(visitor.note).to_contain_text("scan.png is too large.")


def test_a_file_beyond_the_bodys_limit_is_named(visitor: Visitor, tmp_path: Path) -> None:
    visitor.expect_complaint("413|ERR_CONNECTION|ERR_HTTP")
    path = tmp_path / "holiday.png"
    path.write_bytes(_png_header(100, 100) + bytes(30 * 2**20))
    visitor.choose(path)
    expect(visitor.note).to_contain_text("too large")
    expect(visitor.note).to_contain_text("holiday.png")
    expect(visitor.page.locator("#page-bar")).to_be_hidden()


def test_a_vanished_file_is_no_lost_connection(visitor: Visitor, tmp_path: Path) -> None:
    visitor.reads("4")
    gone, label = digit_file(tmp_path, 0)
    visitor.choose(gone)
    visitor.reads(label)
    visitor.settle()  # what is being sent would miss it
    gone.unlink()
    visitor.page.get_by_role("radio", name="Clothes").check()
    expect(visitor.note).to_contain_text("digit-0.png cannot be opened.")
    expect(visitor.page.locator("#page-bar")).to_be_hidden()


def test_a_hostile_file_name_stays_text(visitor: Visitor, tmp_path: Path) -> None:
    path, label = digit_file(tmp_path, 0)
    hostile = path.rename(tmp_path / "<img src=x onerror=alert(1)>.png")
    visitor.choose(hostile)
    visitor.reads(label)
    expect(visitor.page.locator("#file-name")).to_have_text(hostile.name)
    expect(visitor.page.locator("img[src=x]")).to_have_count(0)


def _png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is and ends there."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
