"""Where a workflow goes, as plain data: settings for lowering it, images, and how a cluster is reached.

Nothing here reads a file or opens a connection; what needs the cluster does that when it is called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from flytetypes._record import Record

__all__ = [
    "Config",
    "FastSerializationSettings",
    "Image",
    "ImageConfig",
    "PlatformConfig",
    "SerializationSettings",
    "changed",
]

_SANDBOX: Final = "localhost:30080"


class PlatformConfig(Record):
    """How a Flyte cluster is reached.

    Attributes:
        endpoint: Host and port of the registry.
        insecure: Without TLS.
        insecure_skip_verify: With TLS, its certificate unchecked.
        ca_cert_file_path: Certificates to check it by.
        console_endpoint: Where people look, if elsewhere.
        client_id: Whom to log in as, without a person.
        client_credentials_secret: The secret for it.
        auth_mode: How to log in.
    """

    endpoint: str = _SANDBOX
    insecure: bool = False
    insecure_skip_verify: bool = False
    ca_cert_file_path: str | None = None
    console_endpoint: str | None = None
    client_id: str | None = None
    client_credentials_secret: str | None = None
    auth_mode: str = "standard"


class Config(Record):
    """Which cluster, and the file that says more about it.

    Attributes:
        platform: What is known without the file.
        config_file: Read when the cluster is first needed; what it says wins over `platform`.
        local_sandbox: Whether it is the sandbox of this machine, which asks for no secret.
    """

    platform: PlatformConfig = PlatformConfig()
    config_file: str | None = None
    local_sandbox: bool = False

    @classmethod
    def auto(cls, config_file: str | os.PathLike[str] | None = None) -> Config:
        """The cluster that a file, or else the environment, names; neither is read yet."""
        return cls(config_file=None if config_file is None else os.fspath(config_file))

    @classmethod
    def for_sandbox(cls) -> Config:
        """The sandbox of this machine."""
        return cls(PlatformConfig(_SANDBOX, insecure=True, auth_mode="Pkce"), local_sandbox=True)

    @classmethod
    def for_endpoint(cls, endpoint: str, insecure: bool = False) -> Config:
        """The cluster at an address."""
        return cls(PlatformConfig(endpoint, insecure))


class Image(Record):
    """A container image under a name.

    Attributes:
        name: What tasks call it: `{{.image.NAME.fqn}}`.
        fqn: Registry and repository.
        tag: Its version.
        digest: Its digest, instead of the tag.
    """

    name: str
    fqn: str
    tag: str | None = None
    digest: str | None = None

    @property
    def full(self) -> str:
        """The text that Kubernetes takes."""
        if self.digest is not None:
            return f"{self.fqn}@{self.digest}"
        return f"{self.fqn}:{self.tag}" if self.tag is not None else self.fqn

    @property
    def version(self) -> str | None:
        """Its tag, or its digest."""
        return self.tag if self.digest is None else self.digest

    @classmethod
    def parsed(cls, name: str, text: str) -> Image:
        """An image from its full text: the tag is behind the last colon that no slash follows."""
        repository, at, digest = text.partition("@")
        fqn, colon, tag = repository.rpartition(":")
        if not colon or "/" in tag:
            fqn, tag = repository, ""
        return cls(name, fqn, tag or None, digest if at else None)

    @classmethod
    def look_up_image_info(cls, name: str, image_identifier: str) -> Image:
        """The same under its flytekit name."""
        return cls.parsed(name, image_identifier)


class ImageConfig(Record):
    """The images that tasks may name.

    Attributes:
        default_image: Of tasks that name none.
        images: The others.
    """

    default_image: Image | None = None
    images: tuple[Image, ...] = ()

    @classmethod
    def auto(cls, img_name: str | None = None, **images: str) -> ImageConfig:
        """From texts: the default one, and others by name."""
        default = None if img_name is None else Image.parsed("default", img_name)
        return cls(default, tuple(Image.parsed(name, text) for name, text in images.items()))

    @classmethod
    def from_images(cls, default_image: str, m: Mapping[str, str] | None = None) -> ImageConfig:
        """From texts, the others in a mapping."""
        named: dict[str, str] = {} if m is None else dict(m)
        return cls.auto(default_image, **named)

    @classmethod
    def auto_default_image(cls) -> ImageConfig:
        """Without a default image: whoever packages names one."""
        return cls()

    def find(self, name: str) -> Image | None:
        """The image of a name; `default` is the default one unless another has that name."""
        found = next((image for image in self.images if image.name == name), None)
        return self.default_image if found is None and name == "default" else found


class FastSerializationSettings(Record):
    """Code that travels apart from the image.

    Attributes:
        enabled: Whether it does.
        destination_dir: Where the container unpacks it.
        distribution_location: Where the archive is; None when only the registering tool will know.
    """

    enabled: bool = False
    destination_dir: str | None = None
    distribution_location: str | None = None


class SerializationSettings(Record):
    """What lowering needs to know besides the workflow.

    Attributes:
        image_config: The images.
        project: Empty when the registering tool fills it in.
        domain: As above.
        version: As above.
        env: Environment variables of every task.
        python_interpreter: Of the container.
        flytekit_virtualenv_root: Its virtual environment.
        fast_serialization_settings: Whether the code travels apart from the image.
        source_root: The directory of the code.
        git_repo: Where the source can be looked at.
    """

    image_config: ImageConfig = ImageConfig()
    project: str | None = None
    domain: str | None = None
    version: str | None = None
    env: Mapping[str, str] | None = None
    python_interpreter: str = "/opt/venv/bin/python3"
    flytekit_virtualenv_root: str | None = "/opt/venv"
    fast_serialization_settings: FastSerializationSettings | None = None
    source_root: str | None = None
    git_repo: str | None = None

    @classmethod
    def for_image(cls, image: str, version: str, project: str = "", domain: str = "") -> SerializationSettings:
        """With one image, for everything."""
        return cls(ImageConfig.auto(image), project, domain, version)

    @property
    def fast(self) -> FastSerializationSettings | None:
        """The fast settings, if they are enabled."""
        fast = self.fast_serialization_settings
        return fast if fast is not None and fast.enabled else None


def changed(settings: SerializationSettings, **fields: Any) -> SerializationSettings:
    """The same settings but for some fields."""
    values: dict[str, Any] = {name: getattr(settings, name) for name in settings.__match_args__}
    values.update(fields)
    return SerializationSettings(**values)
