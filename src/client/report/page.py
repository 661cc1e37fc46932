"""The page: template, style, script and data in one file that loads nothing from anywhere."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from src.client.outputs import replaced
from src.client.report.data import PER_BLOCK
from src.client.report.thumbnails import Thumbnails

PARTS = Path(__file__).with_name("template")
SCRIPTS = ("data", "elements", "picture", "summary", "people", "stages", "trouble", "frames", "viewer", "start")


def write_page(target: Path, data: Mapping[str, Any], thumbnails: Thumbnails) -> int:
    """Write the page, whole or not at all; its size in bytes. Raises OutputError when it cannot be written."""
    style, script = _read("page.css"), "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    # The data goes into blocks that nothing executes, and what is executed is known by its hash: even a name that
    # got past the escaping could not run.
    policy = f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    head, tail = _read("page.html").split("<!-- data -->")
    with replaced(target) as file:
        file.write(head.replace("POLICY", policy).replace("/* style */", style))
        file.write(_block("data", data))
        for first in range(0, len(thumbnails.pictures), PER_BLOCK):
            block = [picture and picture.jpeg for picture in thumbnails.pictures[first : first + PER_BLOCK]]
            if any(block):
                file.write(_block(f"pictures-{first // PER_BLOCK}", block))
        file.write(tail.replace("/* script */", script))
    return target.stat().st_size


def inert(value: Any) -> str:
    """JSON in which nothing can end or begin an HTML element or comment."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _block(name: str, value: Any) -> str:
    return f'<script type="application/json" id="{name}">{inert(value)}</script>\n'


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _read(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")
