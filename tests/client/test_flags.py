"""The client's command line, before anything is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from src.client.__main__ import main, parser


@pytest.mark.parametrize("words", [["here", "--existing"], ["--existing", "here"]])
def test_watch_takes_its_folder_before_or_after_flags(words: list[str]) -> None:
    options = parser(watching=True).parse_args(words)
    assert (options.watch, options.existing, options.input) == (Path("here"), True, None)
    assert parser().parse_args(["--watch", "here"]).watch == Path("here")


def test_watch_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["watch", "--help"])
    assert ended.value.code == 0
    assert "usage: python -m src.client watch [-h]" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["watch"])
    assert ended.value.code == 2
    assert "required: FOLDER" in capsys.readouterr().err
