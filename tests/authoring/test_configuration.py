"""Settings, images and clusters are plain data; what needs a cluster says so."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from flytetypes import Config, FastSerializationSettings, FlyteRemote, Image, ImageConfig, SerializationSettings
from flytetypes.configuration import PlatformConfig, changed

# --- clusters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["config.yaml", Path("config.yaml")])
def test_a_configuration_file_is_named_and_not_read(file: Any) -> None:
    assert Config.auto(config_file=file) == Config(config_file="config.yaml")


def test_without_a_file_it_is_the_environment_s() -> None:
    assert Config.auto() == Config(PlatformConfig(), None, False)


def test_the_sandbox_needs_no_secret() -> None:
    sandbox = Config.for_sandbox()
    assert (sandbox.platform.endpoint, sandbox.platform.insecure, sandbox.local_sandbox) == (
        "localhost:30080",
        True,
        True,
    )


def test_an_endpoint() -> None:
    assert Config.for_endpoint("flyte.example.org", insecure=True).platform == PlatformConfig("flyte.example.org", True)


def test_a_remote_is_plain_data() -> None:
    remote = FlyteRemote(
        config=Config.auto(config_file="config.yaml"), default_project="flytesnacks", default_domain="development"
    )
    assert remote == FlyteRemote(Config(config_file="config.yaml"), "flytesnacks", "development")
    assert repr(remote).startswith("FlyteRemote(config=Config(platform=PlatformConfig(endpoint='localhost:30080'")


def test_a_remote_can_be_pickled() -> None:
    remote = FlyteRemote.for_sandbox(default_project="p")
    assert pickle.loads(pickle.dumps(remote)) == remote


@pytest.mark.parametrize(
    ("made", "config"),
    [
        (FlyteRemote.auto("config.yaml", default_domain="d"), Config(config_file="config.yaml")),
        (FlyteRemote.for_sandbox(default_domain="d"), Config.for_sandbox()),
        (FlyteRemote.for_endpoint("host:1", default_domain="d"), Config.for_endpoint("host:1")),
    ],
)
def test_ways_to_name_a_remote(made: FlyteRemote, config: Config) -> None:
    assert (made.config, made.default_domain, made.default_project) == (config, "d", None)


@pytest.mark.parametrize("method", ["execute", "fetch_workflow", "register_workflow", "wait", "sync", "upload_file"])
def test_what_needs_a_cluster_says_so(method: str) -> None:
    remote = FlyteRemote.for_sandbox()
    with pytest.raises(NotImplementedError) as caught:
        getattr(remote, method)("name", version="v")
    assert str(caught.value) == (
        f"`FlyteRemote.{method}` needs a Flyte cluster, and this version of flytetypes cannot reach one: "
        "package the workflow with `flytetypes package`, and register it with flytectl"
    )


def test_a_remote_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = FlyteRemote.for_sandbox().fly
    assert str(caught.value) == "FlyteRemote has no `fly`"


# --- images -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "image", "version"),
    [
        ("repo/image:v1", Image("x", "repo/image", "v1"), "v1"),
        ("repo/image", Image("x", "repo/image"), None),
        ("image", Image("x", "image"), None),
        ("localhost:30000/image:v1", Image("x", "localhost:30000/image", "v1"), "v1"),
        ("localhost:30000/image", Image("x", "localhost:30000/image"), None),
        ("repo/image@sha256:abc", Image("x", "repo/image", digest="sha256:abc"), "sha256:abc"),
        ("host:5/image@sha256:abc", Image("x", "host:5/image", digest="sha256:abc"), "sha256:abc"),
    ],
)
def test_an_image_is_read_from_its_text(text: str, image: Image, version: str | None) -> None:
    assert Image.look_up_image_info("x", text) == Image.parsed("x", text) == image
    assert (image.full, image.version) == (text, version)


def test_a_digest_wins_over_a_tag() -> None:
    image = Image.parsed("x", "repo/image:v1@sha256:abc")
    assert (image.fqn, image.tag, image.digest, image.full) == (
        "repo/image",
        "v1",
        "sha256:abc",
        "repo/image@sha256:abc",
    )


def test_images_by_name() -> None:
    images = ImageConfig.auto("repo/default:v1", trainer="repo/trainer:v2")
    assert images == ImageConfig(Image("default", "repo/default", "v1"), (Image("trainer", "repo/trainer", "v2"),))
    assert ImageConfig.from_images("repo/default:v1", {"trainer": "repo/trainer:v2"}) == images
    assert ImageConfig.auto(img_name="repo/default:v1").images == ()
    assert ImageConfig.auto() == ImageConfig()


@pytest.mark.parametrize(
    ("name", "found"), [("default", "repo/default:v1"), ("trainer", "repo/trainer:v2"), ("other", None)]
)
def test_an_image_is_found_by_its_name(name: str, found: str | None) -> None:
    image = ImageConfig.auto("repo/default:v1", trainer="repo/trainer:v2").find(name)
    assert (image and image.full) == found


def test_an_image_called_default_is_the_default_one() -> None:
    images = ImageConfig(Image("x", "a"), (Image("default", "b"),))
    found = images.find("default")
    assert found is not None
    assert found.fqn == "b"


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings_have_defaults() -> None:
    settings = SerializationSettings()
    assert (settings.image_config, settings.project, settings.env, settings.fast) == (ImageConfig(), None, None, None)


def test_flytekit_users_say_the_images_first() -> None:
    settings = SerializationSettings(ImageConfig.auto("i:v1"), "p", "d", "v", {"A": "1"})
    assert (settings.project, settings.domain, settings.version, settings.env) == ("p", "d", "v", {"A": "1"})


@pytest.mark.parametrize("enabled", [True, False])
def test_fast_settings_count_when_they_are_enabled(enabled: bool) -> None:
    fast = FastSerializationSettings(enabled, "/root", "s3://code")
    assert SerializationSettings(fast_serialization_settings=fast).fast == (fast if enabled else None)


def test_changed_settings_are_new_ones() -> None:
    settings = SerializationSettings(project="p")
    assert changed(settings, version="v") == SerializationSettings(project="p", version="v")
    assert settings.version is None


@pytest.mark.parametrize("record", [Config(), ImageConfig(), SerializationSettings(), FlyteRemote(Config())])
def test_settings_never_change(record: Any) -> None:
    with pytest.raises(AttributeError, match="never changes: make a new one"):
        record.project = "p"


def test_settings_for_one_image() -> None:
    settings = SerializationSettings.for_image("registry.example/app:2", "v3", "p", "d")
    default = settings.image_config.default_image
    assert default is not None
    assert (default.full, settings.version, settings.project, settings.domain) == (
        "registry.example/app:2",
        "v3",
        "p",
        "d",
    )
    assert ImageConfig.auto_default_image() == ImageConfig()
