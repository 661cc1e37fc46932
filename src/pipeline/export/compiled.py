"""The loops over pixels, compiled for every processor that Facelane may run on.

Zig's C compiler needs nothing else on the machine, and compiles for other machines than its own as well as for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from src.pipeline.errors import ModelError
from src.pipeline.manifest import file_entry

SOURCE = Path(__file__).with_name("kernels.c")
TARGETS = {  # by how Python names system and processor: the compiler's name for both, and how such a file's name ends
    "linux-x86_64": ("x86_64-linux-gnu", "so"),
    "linux-aarch64": ("aarch64-linux-gnu", "so"),
    "darwin-x86_64": ("x86_64-macos", "dylib"),
    "darwin-aarch64": ("aarch64-macos", "dylib"),
    "win32-x86_64": ("x86_64-windows-gnu", "dll"),
}
# No library at all: each C library would be a target of its own. Nothing then probes the stack, which grows by a page
# (4,096 bytes) at a time on Windows: no function may take more at once. No fused products: all processors round alike.
FLAGS = ("-O3", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-ffreestanding", "-fno-builtin", "-nostdlib",
         "-mno-stack-arg-probe", "-Wframe-larger-than=3840", "-shared", "-fPIC", "-s")  # fmt: skip


def save_kernels(folder: Path) -> dict[str, dict[str, str]]:
    """Write ``kernels-<system>-<processor>`` for each; their manifest entries. Raises ModelError when one fails."""
    entries = {}
    for machine, (target, ending) in TARGETS.items():
        name = f"kernels-{machine}"
        _compile(target, folder / f"{name}.{ending}")
        entries[name] = file_entry(folder, f"{name}.{ending}")
    return entries


def _compile(target: str, path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "ziglang", "cc", "-target", target, *FLAGS, "-o", path.name, str(SOURCE)],
            cwd=name,  # the compiler writes the name it is given into some files, and more files beside them
            env=os.environ | {"ZIG_GLOBAL_CACHE_DIR": name, "ZIG_LOCAL_CACHE_DIR": name},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ModelError(f"{SOURCE.name} cannot be compiled for {target}: {done.stderr.strip()}")
        # Not written over: a process that has the one of before loaded would crash.
        new = path.with_name(f"{path.name}.new")
        shutil.copyfile(Path(name) / path.name, new)
        new.replace(path)
