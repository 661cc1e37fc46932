"""Builds the functions' packages for real, runs both functions out of them, and drives the sample frames through.

``python -m tests.image.check [zip] [image] [torch]`` (``make image-check``: zip and image). What each needs:

zip    pip and a network; python3.12 with pip, or Docker and the base image, to run it in. The zip alone is on the path.
image  a running Docker that this user may use, and the two images that src/lambda/Dockerfile starts from; where no
       registry can be reached, tests/image/stand_in_bases.sh makes stand-ins. Where Docker has no bridge network:
       BUILD_NETWORK=host. The functions run as Lambda runs them: read-only, as another user, with a /tmp of 512 MB.
torch  as image; adds torch, torchvision and facenet-pytorch to the image, to compare the sizes.

Nothing is pushed or kept but the images facelane-functions:check and :torch. Exit code 0: everything is as expected.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from src.aws.account import Account
from src.aws.packages import docker, sbom, wheels, zipped
from src.aws.packages.image import build_image
from src.aws.packages.package import HANDLERS
from src.aws.packages.trim import size_of
from src.pipeline.errors import FacelaneError
from src.pipeline.settings import PROJECT_ROOT, Settings
from tests.image.rails import Start, rails
from tests.supply.bill import unlisted

BASE = os.environ.get("BASE", "amazon/aws-lambda-python:3.12")
IMAGE, WITH_TORCH = "facelane-functions:check", "facelane-functions:torch"
NOBODY = "993:990"  # as little as Lambda's own user is, root or whoever owns the files
BARE = "import sys; sys.path[:0] = sys.argv[1:3]; from awslambdaric.__main__ import main; main(['', sys.argv[3]])"
MAIN_JOB = (sys.executable, "-m", "src.client", "--input", "input_folder/", "--timeout", "60", "--out")


def check_zip(folder: Path) -> None:
    """Build the zip as ``--package zip`` does for AWS, unpack it, and run the sample frames through it."""
    aws = Account(replace(Settings.load({}, package="zip", recognizer="dlib")))
    begun = time.monotonic()
    path = zipped.build(folder, aws, print)
    print(f"zip: built in {time.monotonic() - begun:.0f} s, {path.stat().st_size / 1e6:.0f} MB")
    root = folder / "unpacked"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(root)
    print(f"zip: {size_of(root) / 2**20:.0f} MB unzipped; Lambda takes 250")
    check_bill("zip", root)
    python = wheels.interpreter(zipped.PYTHON)
    if python:
        main_job("zip", "zip", bare(root, python, folder / "runtime"), folder)
    if docker_is_here():
        main_job("zip, on the base image", "zip", container(BASE, "--volume", f"{root}:/var/task:ro"), folder)
    elif not python:
        raise FacelaneError(f"To run the zip, python{zipped.PYTHON} or Docker with {BASE} is needed.")


def check_image(folder: Path) -> None:
    """Build the image as ``--package image`` does, and run the sample frames through it."""
    begun = time.monotonic()
    build_image(IMAGE, "x86_64", "dlib", print)
    size, base = docker.image_bytes(IMAGE), docker.image_bytes(BASE)
    print(f"image: built in {time.monotonic() - begun:.0f} s")
    print(f"image: {size / 1e6:.0f} MB, of which the base {base / 1e6:.0f} and the task root {(size - base) / 1e6:.0f}")
    forbid_torch()
    task = folder / "task"
    copied = f"facelane-bill-{os.getpid()}"
    subprocess.run(["docker", "create", "--name", copied, IMAGE], capture_output=True, check=True)
    subprocess.run(["docker", "cp", "--quiet", f"{copied}:/var/task", str(task)], check=True)
    subprocess.run(["docker", "rm", copied], capture_output=True, check=True)
    check_bill("image", task)
    main_job("image", "image", container(IMAGE), folder)


def check_torch(folder: Path) -> None:
    """How large the image would be with torch in it."""
    pins = (PROJECT_ROOT / "requirements.txt").read_text().splitlines()
    names = ("torch==", "torchvision==", "facenet-pytorch==", "numpy==", "Pillow==")
    wanted = " ".join(line.split()[0] for line in pins if line.startswith(names))
    index = f"--extra-index-url {os.environ['TORCH_INDEX']}" if os.environ.get("TORCH_INDEX") else ""
    (folder / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN python -m pip install -q --no-cache-dir {index} {wanted}\n")
    network = ["--network", os.environ["BUILD_NETWORK"]] if os.environ.get("BUILD_NETWORK") else []
    subprocess.run(["docker", "build", "--quiet", *network, "--tag", WITH_TORCH, str(folder)], check=True)
    print(f"image: {docker.image_bytes(IMAGE) / 1e6:.0f} MB; with torch {docker.image_bytes(WITH_TORCH) / 1e6:.0f} MB")


def main_job(name: str, package: str, start: Start, folder: Path) -> None:
    """``python -m src.client`` on input_folder/, its answers compared with what the samples must give."""
    record, out = folder / "deployment.json", Path(tempfile.mkdtemp(dir=folder))
    with rails(package, start, record) as ready:
        for duty, seconds in ready.items():
            print(f"{name}: face-{duty} was ready for its first event after {seconds:.2f} s")
        done = subprocess.run(
            [*MAIN_JOB, str(out)], cwd=PROJECT_ROOT, env=os.environ | {"FACELANE_DEPLOYMENT_FILE": str(record)}
        )
    found = {
        answer["filename"]: {"status": answer["status"], "names": [face["name"] for face in answer["faces"]]}
        for answer in json.loads((out / "detections_aws.json").read_text())
    }
    expected = json.loads((PROJECT_ROOT / "tests" / "data" / "expected.json").read_text())
    wrong = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
    if wrong or done.returncode:
        raise FacelaneError(f"{name}: not as expected: {', '.join(wrong) or f'exit code {done.returncode}'}")
    print(f"{name}: all {len(found)} frames have the expected names")


def bare(root: Path, python: str, runtime: Path) -> Start:
    """Functions in a Python that has nothing but its standard library, the zip's content and the runtime client."""
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(runtime)]
    subprocess.run([*pip, "awslambdaric==4.2.2"], check=True)

    def start(duty: str, environment: dict[str, str]) -> Callable[[], None]:
        command = [python, "-I", "-S", "-c", BARE, str(root), str(runtime), HANDLERS[duty]]
        process = subprocess.Popen(command, cwd=root, env=environment | {"LAMBDA_TASK_ROOT": str(root)})

        def end() -> None:
            process.terminate()
            process.wait()

        return end

    return start


def container(image: str, *flags: str) -> Start:
    """Functions in containers that are as closed as Lambda's."""

    def start(duty: str, environment: dict[str, str]) -> Callable[[], None]:
        name = f"facelane-check-{duty}-{os.getpid()}"
        closed = ["--network", "host", "--read-only", "--tmpfs", "/tmp:size=512m", "--user", NOBODY]
        told = [part for key, value in environment.items() for part in ("--env", f"{key}={value}")]
        process = subprocess.Popen(
            ["docker", "run", "--rm", "--name", name, *closed, *flags, *told, image, HANDLERS[duty]]
        )

        def end() -> None:
            subprocess.run(["docker", "kill", name], capture_output=True, check=False)
            process.wait()

        return end

    return start


def forbid_torch() -> None:
    """Nothing that can train is in the image."""
    code = (
        "import importlib.util as u; print([n for n in ('torch', 'torchvision', 'facenet_pytorch') if u.find_spec(n)])"
    )
    done = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python", IMAGE, "-c", code],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if done.stdout.strip() != "[]":
        raise FacelaneError(f"The image holds {done.stdout.strip()}.")


def check_bill(name: str, root: Path) -> None:
    """The bill of materials in a task root names all that is in it."""
    bill = json.loads((root / sbom.NAME).read_text(encoding="utf-8"))
    missing = unlisted(root, bill)
    if missing:
        raise FacelaneError(f"{name}: not in {sbom.NAME}: {', '.join(missing)}")
    print(f"{name}: {sbom.NAME} names all that is in it, {len(bill['components'])} components")


def docker_is_here() -> bool:
    try:
        docker.check_docker()
        docker.image_bytes(BASE)
    except FacelaneError:
        return False
    return True


def main() -> int:
    checks = {"zip": check_zip, "image": check_image, "torch": check_torch}
    parser = argparse.ArgumentParser(prog="python -m tests.image.check", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", help=f"{', '.join(checks)}; default: zip image. What each needs is told "
                        "at the head of tests/image/check.py")  # fmt: skip
    wanted = parser.parse_args().what or ["zip", "image"]
    unknown = [name for name in wanted if name not in checks]
    if unknown:
        parser.error(f"{unknown[0]!r} is none of {', '.join(checks)}")
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="facelane-check-") as folder:
            Path(folder).chmod(0o755)  # the containers' user must find the way
            try:
                checks[name](Path(folder))
            except FacelaneError as error:
                print(error, file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
