"""The serving runtime's compiled module, loaded without the package around it."""

import subprocess
import sys

LOADED = """
import sys

seen = []

def watch(event, arguments):
    if event == "import" and arguments[0].startswith("openvino"):
        seen.append("openvino" in sys.modules)

sys.addaudithook(watch)
from src.pipeline.runtime import _core

core = _core()
assert seen and not any(seen), seen
import openvino

assert openvino.Core and isinstance(core, sys.modules["openvino._pyopenvino"].Core)
assert "CPU" in openvino.Core().available_devices
"""


def test_no_other_thread_can_take_what_is_loaded_for_the_whole_package() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
