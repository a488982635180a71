"""Names of uploads: back as they were sent, but for what could harm a page or a log."""

import unicodedata

import pytest

from service.api.requests.filenames import LONGEST_NAME, file_name, shown_name

SENT = [
    "a.png",
    "s\u00e9v\u00e9n (1) [2] <b>.png",
    "Screenshot 2024-01-30 at 10.32.07\u202fAM.png",  # as macOS names them
    "a\u00a0b.png",
    "\u753b\u50cf\u3000\uff11.png",
    "\U0001f468\u200d\U0001f469.png",
    "\u0915\u094d\u200d\u0937.png",
    "\u0645\u06cc\u200c\u062e.png",  # Persian with its non-joiner
    "\u200eWhatsApp Image.jpeg",  # begins with a direction mark, which turns nothing
    "\u2764\ufe0f.png",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.png",  # the flag of England, in tags
    "\uf8ff.png",  # private use: Apple's logo
    "\U0001fae9.png",  # newer than some Pythons
    "soft\u00adhyphen\u200b\ufeff.png",
]


@pytest.mark.parametrize("name", SENT)
def test_a_name_comes_back_as_it_was_sent(name: str) -> None:
    assert shown_name(name) == name
    assert file_name({b"filename": name.encode()}) == name


def test_what_could_harm_becomes_a_question_mark() -> None:
    controls = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in ("Cc", "Zl", "Zp")]
    assert len(controls) == 67
    turning = [
        chr(c)
        for c in range(0x110000)
        if unicodedata.bidirectional(chr(c)) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    assert len(turning) == 9
    for unsafe in controls + turning:
        assert shown_name(f"a{unsafe}b") == "a?b", ascii(unsafe)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({}, None),
        ({b"filename": b""}, ""),
        ({b"filename": b"\xe9.png"}, "\ufffd.png"),
        ({b"filename*": b"utf-8''%D1%84.png"}, "\u0444.png"),
        ({b"filename*": b"UTF-8'en'%e2%82%ac%20rates"}, "\u20ac rates"),
        ({b"filename*": b"iso-8859-1'en'%A3%20rates"}, "\u00a3 rates"),
        ({b"filename*": b"utf-8''a%0d%0ab%E2%80%AEc"}, "a??b?c"),
        ({b"filename*": b"utf-8''%ff"}, "\ufffd"),
        # Where both are sent the extended one goes first, RFC 6266: the other is for those who cannot read it.
        ({b"filename": b"=?utf-8?B?0YQucG5n?=", b"filename*": b"utf-8''%D1%84.png"}, "\u0444.png"),
        ({b"filename": b"a.png", b"filename*": b"koi8-r''%C6"}, "a.png"),
        ({b"filename": b"a.png", b"filename*": b"nonsense"}, "a.png"),
        ({b"filename": b"a.png", b"filename*": b"\xff\xfe''x"}, "a.png"),
        ({b"filename": b"a.png", b"filename*": b"utf-8''"}, "a.png"),
        ({b"filename*": b"nonsense"}, None),
    ],
)
def test_the_name_is_that_of_rfc_6266(parameters: dict[bytes, bytes], name: str | None) -> None:
    assert file_name(parameters) == name


@pytest.mark.parametrize(
    "character",
    [
        "x",
        "\u753b",
        "e\u0301",  # decomposed, as macOS sends it
        "\u1112\u1161\u11ab",  # Hangul, decomposed
        "\u0915\u094d\u200d\u0937",
        "\U0001f44d\U0001f3fd",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u2764\ufe0f",
        "\U0001f1ee\U0001f1f8",
    ],
)
@pytest.mark.parametrize("before", range(6))
def test_a_long_name_is_cut_between_two_characters(character: str, before: int) -> None:
    shown = shown_name("-" * before + character * LONGEST_NAME)
    assert LONGEST_NAME - len(character) < len(shown) <= LONGEST_NAME
    assert shown == "-" * before + character * ((len(shown) - before) // len(character))


def test_a_name_that_is_one_endless_character_is_cut_all_the_same() -> None:
    assert len(shown_name("e" + "\u0301" * 5000)) == LONGEST_NAME
    assert shown_name("x" * LONGEST_NAME) == "x" * LONGEST_NAME
