"""What the models folder holds: networks and kernels, each file with its hash, which is checked before it is used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from src.pipeline.errors import ModelError
from src.pipeline.models import recognizer
from src.pipeline.settings import Settings

NAME = "manifest.json"
EXPORT = "python -m src.pipeline.export"
AGAIN = f"Export the models again: {EXPORT}"
PREFERRED, FALLBACK = "facenet-vggface2", "dlib"
PREPARED, PROCESSOR = ".blob", "processor"  # a network prepared for one kind of processor, and where that is said
ELSEWHERE = {FALLBACK}  # its weights come with a package, not from the models folder


@dataclass(frozen=True)
class Manifest:
    """networks: name → {file name: sha256}; the first file is the one to load. made_with: package → version, and
    ``PROCESSOR`` → the kind that networks are prepared for."""

    networks: Mapping[str, Mapping[str, str]]
    made_with: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read ``manifest.json``. Raises ModelError when it is not there or not whole."""
        path = folder / NAME
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            networks, made_with = value["networks"], value["made_with"]
            if not all(isinstance(part, dict) for part in (networks, made_with)):
                raise TypeError("networks and made_with must be objects")
            if not all(isinstance(files, dict) and files for files in networks.values()):
                raise TypeError("a network without files")
            return cls(networks, made_with)
        except FileNotFoundError:
            raise ModelError(f"{path} does not exist. Export the models: make models") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path} cannot be read ({error}). {AGAIN}") from None

    def save(self, folder: Path) -> None:
        text = json.dumps({"networks": self.networks, "made_with": self.made_with}, indent=2)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")

    def verified(self, folder: Path, network: str) -> Path:
        """The file to load a network from, all its files checked. Raises ModelError naming what is wrong."""
        if network not in self.networks:
            raise ModelError(f"{folder / NAME} lists no {network}. {AGAIN}")
        for name, wanted in self.networks[network].items():
            if sha256_of(folder / name) != wanted:
                raise ModelError(f"{folder / name} is not the file that was exported. {AGAIN}")
        return folder / next(iter(self.networks[network]))


def file_entry(folder: Path, *names: str) -> dict[str, str]:
    """The manifest's entry of one network."""
    return {name: sha256_of(folder / name) for name in names}


def sha256_of(path: Path) -> str:
    """Of a file, as hexadecimal text. Raises ModelError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}. {AGAIN}") from None


def resolve_recognizer(settings: Settings) -> str:
    """The recognizer in use: the one that is asked for, or, for ``auto``, the best that is here.

    Raises ModelError when the one that is asked for was not exported.
    """
    wanted = settings.recognizer
    exported = Manifest.load(settings.models_dir).networks
    if wanted == "auto":
        return PREFERRED if PREFERRED in exported else FALLBACK
    if recognizer(wanted).id not in ELSEWHERE and wanted not in exported:
        raise ModelError(
            f"{wanted} was not exported: its weights could not be fetched. Try again with a network: {EXPORT}; "
            f"or download its checkpoint and run: python -m src.pipeline.export --checkpoint {wanted}=FILE"
        )
    return wanted
