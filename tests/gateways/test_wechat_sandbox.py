"""WeChat's stand-in keeps the platform's own rules for tokens and requests."""

from datetime import timedelta

from service.gateways.wechat import wire
from tests.gateways.wechat_platform import APP, Scene

pytest_plugins = ["tests.gateways.wechat_platform"]


def test_sandbox_classic_token_kills_the_older_one_and_leaves_the_stable_one(scene: Scene) -> None:
    def classic() -> str:
        token: str = scene.ask(
            wire.TOKEN, grant_type="client_credential", appid=APP.app_id, secret=APP.secret
        )["access_token"]
        return token

    def verdict(token: str) -> int:
        url = f"{scene.url}/wechat/{wire.SUBSCRIBE_SEND}"
        errcode: int = scene.http.post(url, params={"access_token": token}, json={}).json()[
            "errcode"
        ]
        return errcode

    stable, first, second = scene.stable_token()["access_token"], classic(), classic()
    assert [verdict(token) for token in (first, second, stable, "")] == [40001, 40003, 40003, 41001]
    scene.now += timedelta(hours=2)
    assert verdict(stable) == 42001


def test_sandbox_stable_token_stays_until_shortly_before_its_end(scene: Scene) -> None:
    first = scene.stable_token()
    assert first["expires_in"] == 7200
    assert scene.stable_token(force_refresh=True) == first
    scene.now += timedelta(minutes=114)
    assert scene.stable_token() == {**first, "expires_in": 360}
    scene.now += timedelta(minutes=2)
    assert scene.stable_token()["access_token"] != first["access_token"]
    for _ in range(20):
        scene.now += timedelta(seconds=30)
        assert "access_token" in scene.stable_token(force_refresh=True)
    scene.now += timedelta(seconds=30)
    assert scene.stable_token(force_refresh=True)["errcode"] == 45009


def test_sandbox_names_what_a_request_lacks(scene: Scene) -> None:
    def errcode(path: str, **query: str) -> int:
        code: int = scene.ask(path, **query)["errcode"]
        return code

    app = {"appid": APP.app_id, "secret": APP.secret}
    assert errcode(wire.JSCODE2SESSION) == 41002
    assert errcode(wire.JSCODE2SESSION, appid=APP.app_id) == 41004
    assert errcode(wire.TOKEN, **app, grant_type="other") == 40002
    assert errcode(wire.JSCODE2SESSION, **app, grant_type="authorization_code") == 41008
    first, second = scene.code(), scene.code()
    question = {**app, "grant_type": "authorization_code"}
    keys = [
        scene.ask(wire.JSCODE2SESSION, **question, js_code=code)["session_key"]
        for code in (first, second)
    ]
    assert keys[0] != keys[1]
