"""One file of one published JavaScript package, for tests that ask a browser: pinned by version and checksum."""

import base64
import hashlib
import io
import subprocess
import tarfile
from dataclasses import dataclass

SECONDS = 300


@dataclass(frozen=True)
class Pinned:
    """A package in one version; ``sha512`` is the checksum that the registry gives for its archive, in base64."""

    name: str
    version: str
    sha512: str
    path: str
    """The file wanted, inside of the archive."""


MERMAID = Pinned(
    name="mermaid",
    version="11.12.0",  # of the line that GitHub draws with
    sha512="ZudVx73BwrMJfCFmSSJT84y6u5brEoV8DOItdHomNLz32uBjNrelm7mg95X7g+C6UoQH/W6mBLGDEDv73JdxBg==",
    path="package/dist/mermaid.min.js",
)
AXE = Pinned(
    name="axe-core",
    version="4.14.1",
    sha512="FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    path="package/axe.min.js",
)


def fetched(pinned, *, npm, folder):
    """The text of that file, through ``npm``, which keeps what it fetched once; any other archive fails the test."""
    command = [npm, "pack", f"{pinned.name}@{pinned.version}", "--silent", "--prefer-offline"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
    data = (folder / f"{pinned.name}-{pinned.version}.tgz").read_bytes()
    assert base64.b64encode(hashlib.sha512(data).digest()).decode() == pinned.sha512
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.extractfile(pinned.path).read().decode()
