"""Who may call, and how often."""

import os
import time
from pathlib import Path

import httpx
import pytest

from service.api.guard import Keys, Rate
from service.errors import ConfigurationError, TooManyRequests
from service.settings import Settings
from tests.service.api.conftest import MakeClient, png

KEY, OTHER, THIRD = "first-key-of-this-test", "second-key-of-this-test", "third-key-of-this-test"
URL = "/api/v1/models/bands/predict"
GUARDED = [
    "/api/v1/models",
    "/api/v1/limits",
    "/v1/models/bands",
    "/v2",
    "/v2/models/bands",
    "/metrics",
    "/api/v1/nothing",
]
OPEN = ["/", "/docs", "/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready", "/openapi.json"]


def test_calls_need_a_key(make_client: MakeClient) -> None:
    with make_client(api_keys=f"{KEY}, {OTHER}") as client:
        for address in GUARDED:
            assert client.get(address).status_code == 401
            refused = client.get(address, headers={"x-api-key": KEY + "x"})
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            for headers in ({"x-api-key": KEY}, {"authorization": f"Bearer {OTHER}"}):
                assert client.get(address, headers=headers).status_code in (200, 404)
        for address in OPEN:
            assert client.get(address).status_code == 200
        assert list(client.get("/v2/models/bands").json()) == ["error"]
        assert client.post(URL, content=png(1)).status_code == 401
        assert client.post(URL, content=png(1), headers={"x-api-key": KEY}).json()["predictions"][0]["index"] == 1


def test_keys_of_a_file_are_rotated_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.guard._LOOK_EVERY_S", 0.0)
    file = tmp_path / "keys"
    file.write_text(f"{KEY}\n{OTHER}\n")
    keys = Keys(Settings(_env_file=None, api_keys_file=str(file)))
    assert [keys.allows(key) for key in (KEY, OTHER, THIRD, "")] == [True, True, False, False]
    file.write_text(f"{THIRD}\n")
    os.utime(file, (time.time() + 5, time.time() + 5))
    assert [keys.allows(key) for key in (KEY, OTHER, THIRD)] == [False, False, True]
    file.write_text("")  # as it is while it is being written
    assert keys.allows(THIRD)
    file.unlink()
    assert keys.allows(THIRD)


@pytest.mark.parametrize(("given", "said"), [
    ({"api_keys": "short"}, "16 characters"), ({"api_keys_file": "/nowhere"}, "cannot be read"),
    ({"api_keys": KEY, "api_keys_file": "/nowhere"}, "not both"), ({"api_keys": KEY, "grpc_port": 9000}, "HTTP alone"),
], ids=str)  # fmt: skip
def test_keys_that_cannot_be(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Settings(_env_file=None, **given).read_api_keys()  # type: ignore[arg-type]


def test_no_key_is_shown() -> None:
    assert KEY not in repr(Settings(_env_file=None, api_keys=KEY))


def test_a_rate() -> None:
    now = 0.0
    rate = Rate(per_s=2.0, burst=3, clock=lambda: now)
    for _ in range(3):
        rate.take("a")
    with pytest.raises(TooManyRequests) as caught:
        rate.take("a")
    assert caught.value.retry_after == 1
    rate.take("b")
    now = 0.5
    rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")
    now = 100.0
    for _ in range(3):
        rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")


def test_who_is_over_the_rate_is_told_when_to_come_again(make_client: MakeClient) -> None:
    with make_client(rate_per_s=0.01, rate_burst=5) as client:
        answers = [client.post(URL, content=png(1)) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert 90 <= int(answers[-1].headers["retry-after"]) <= 100
        assert client.get("/health/ready").status_code == 200


def test_pages_may_be_shown_where_it_is_said(make_client: MakeClient) -> None:
    def policy(client: httpx.Client) -> str:
        return client.get("/").headers["content-security-policy"]

    with make_client() as client:
        assert policy(client).endswith("frame-ancestors 'self'")
    with make_client(frame_ancestors="'self' https://school.example") as client:
        assert policy(client).endswith("frame-ancestors 'self' https://school.example")
