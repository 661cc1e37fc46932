"""The report in a real headless Chromium."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from src.client.report.command import main as report
from tests.browser import complaints, opened
from tests.client.report_run import EVIL, EVIL_FILE, ROWS, Row, write_appearances, write_frames, write_run
from tests.conftest import SAMPLES, Stack
from tests.integration.test_main_job import EXPECTED, client

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    write_run(out, ROWS, frames=write_frames(out / "frames", ROWS))
    assert report(["--out", str(out)]) == 0
    return out / "report.html"


@pytest.fixture
def shown(page: Path, browser: Chrome) -> Chrome:
    return opened(browser, page)


def all_of(within: Chrome | WebElement, selector: str) -> list[WebElement]:
    return within.find_elements(By.CSS_SELECTOR, selector)


def one(within: Chrome | WebElement, selector: str) -> WebElement:
    return within.find_element(By.CSS_SELECTOR, selector)


def texts(within: Chrome | WebElement, selector: str) -> list[str]:
    return [str(found.get_property("textContent")) for found in all_of(within, selector)]


def cards(browser: Chrome) -> list[str]:
    return texts(browser, ".frame .caption .name")


def statuses(browser: Chrome) -> dict[str, int]:
    return {str(key.get_attribute("data-status")): int(one(key, "b").text.replace(",", ""))
            for key in all_of(browser, "button.key")}  # fmt: skip


def test_a_real_run_shows_its_names_and_counts(stack: Stack, browser: Chrome, tmp_path: Path) -> None:
    assert client(stack.record, tmp_path, "--input", str(SAMPLES)).returncode == 0
    assert report(["--out", str(tmp_path)]) == 0
    opened(browser, tmp_path / "report.html")
    assert statuses(browser) == Counter(frame["status"] for frame in EXPECTED.values())
    wanted = Counter(name for frame in EXPECTED.values() for name in set(frame["names"]))
    found = dict(zip(texts(browser, ".person .name"), texts(browser, ".person .who small"), strict=True))
    assert found.keys() == wanted.keys()
    for name, frames in wanted.items():
        assert found[name].startswith(f"{frames} frame")
    assert cards(browser) == list(EXPECTED)
    for card, frame in zip(all_of(browser, ".frame"), EXPECTED.values(), strict=True):
        assert texts(card, ".box .name") == frame["names"]
    detect = json.loads((tmp_path / "summary.json").read_text())["stages"]["detect_s"]["p50"]
    said = texts(browser, "tr[data-stage=detect_s] .p50")[0]
    assert said == (f"{detect * 1000:.0f} ms" if detect < 0.9995 else f"{detect:.2f} s")
    assert complaints(browser) == []


def test_counts_names_and_file_names_are_read_as_text(shown: Chrome) -> None:
    assert statuses(shown) == Counter(row[1] for row in ROWS)
    assert texts(shown, ".person .name") == ["Ada", EVIL, "Grace \u202e\u00e9\U0001f600", "unknown"]
    assert [name for name in cards(shown) if name == EVIL_FILE]
    assert "bad?.jpg" in cards(shown)
    assert all_of(shown, "img[src=x]") == []
    assert complaints(shown) == []


def test_a_script_that_got_into_the_page_would_not_run(shown: Chrome) -> None:
    shown.execute_script(
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=\"window.ran = 1\">')"
    )
    shown.execute_async_script("setTimeout(arguments[0], 300)")
    assert shown.execute_script("return window.ran") is None
    assert any("Content Security Policy" in line for line in complaints(shown))


def test_boxes_lie_where_the_faces_are(shown: Chrome) -> None:
    card = all_of(shown, ".frame")[1]
    fitted, first = one(card, ".fitted").rect, all_of(card, ".box")[0].rect
    assert first["x"] - fitted["x"] == pytest.approx(fitted["width"] * 20 / 300, abs=2)
    assert first["height"] == pytest.approx(fitted["height"] * 80 / 150, abs=3)
    assert fitted["width"] / fitted["height"] == pytest.approx(2, rel=0.02)


def test_pictures_come_as_one_gets_near_them(shown: Chrome) -> None:
    first = one(shown, ".frame img")
    shown.execute_script("arguments[0].scrollIntoView()", first)
    WebDriverWait(shown, 60).until(lambda b: b.execute_script("return arguments[0].naturalWidth", first) > 0)
    assert str(first.get_attribute("src")).startswith("data:image/jpeg;base64,")


def test_appearances_are_runs_of_frames(shown: Chrome) -> None:
    ada = one(shown, '.person[data-person="0"]')
    titles = [str(bar.get_attribute("title")) for bar in all_of(ada, ".bar")]
    assert titles == ["Ada: frames 1 to 2, in 2 frames", "Ada: frame 4, in 1 frame"]


def test_the_timeline_of_a_video_is_in_minutes_and_seconds(browser: Chrome, tmp_path: Path) -> None:
    write_run(tmp_path, ROWS, frames=tmp_path / "gone")
    write_appearances(tmp_path)
    assert report(["--out", str(tmp_path)]) == 0
    opened(browser, tmp_path / "report.html")
    titles = [bar.get_attribute("title") for bar in all_of(browser, ".bar")]
    assert titles == ["Ada: 0:00.0 to 0:02.0, in 3 frames, confidence 0.90"]
    assert texts(browser, ".axis .track span") == ["0:00.0", "0:01.0", "0:02.0", "0:03.0", "0:04.0", "0:05.0"]
    assert complaints(browser) == []


def test_filters_by_person_status_and_file_name(shown: Chrome) -> None:
    person = Select(one(shown, "#person"))
    assert [option.text for option in person.options][:2] == ["Everyone", "Ada (3)"]
    person.select_by_visible_text("Ada (3)")
    assert cards(shown) == ["a1.jpg", "a2.jpg", "a4.jpg"]
    assert one(shown, "#count").text == "3 of 10 frames"
    one(shown, "#clear").click()
    assert len(cards(shown)) == len(ROWS)
    for status in ("failed", "missing"):
        one(shown, f".chip[data-status={status}]").click()
    assert cards(shown) == ["b2.jpg", "b4.jpg"]
    one(shown, "#text").send_keys("B4")
    assert cards(shown) == ["b4.jpg"]
    one(shown, "#text").send_keys("nothing")
    assert cards(shown) == [] and "No frame fits" in one(shown, "#frames").text
    one(shown, "#clear").click()
    Select(one(shown, "#order")).select_by_visible_text("Slowest first")
    assert cards(shown)[0] == "a4.jpg"
    who = all_of(shown, ".person .who")[1]
    shown.execute_script("arguments[0].scrollIntoView({block: 'center'})", who)
    who.click()
    assert cards(shown) == ["a4.jpg", EVIL_FILE]
    assert complaints(shown) == []


def test_failed_and_slow_frames_are_listed(shown: Chrome) -> None:
    assert texts(shown, "#failures .words > .name") == ["b2.jpg", "b3.jpg", "b4.jpg"]
    assert texts(shown, "#failures small bdi") == [f"It broke: {EVIL}", "The file is empty.", "No answer came."]
    assert texts(shown, "#slowest .words > .name")[0] == "a4.jpg"
    assert texts(shown, "#slowest .lasting b")[0] == "2.50 s"


def test_a_frame_opens_large_and_the_arrow_keys_go_on(shown: Chrome) -> None:
    all_of(shown, ".frame")[1].click()
    viewer = one(shown, "#viewer")
    assert viewer.is_displayed()
    assert texts(viewer, "h3") == ["a2.jpg"]
    assert texts(viewer, ".faces .name") == ["Ada", "unknown"]
    viewer.send_keys(Keys.ARROW_RIGHT)
    assert texts(viewer, "h3") == ["a3.jpg"]
    one(viewer, "[aria-label='Next frame']").click()
    ActionChains(shown).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT).perform()
    assert texts(viewer, "h3") == ["a2.jpg"]
    viewer.send_keys(Keys.ESCAPE)
    assert not viewer.is_displayed()
    assert complaints(shown) == []


def test_light_and_dark(shown: Chrome) -> None:
    def ground() -> str:
        return str(shown.execute_script("return getComputedStyle(document.body).backgroundColor"))

    seen = {}
    for theme in ("light", "dark"):
        shown.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        )
        seen[theme] = ground()
    assert seen["light"] != seen["dark"]
    one(shown, "#theme").click()
    assert ground() == seen["light"], "asked for, against the system"
    one(shown, "#theme").click()
    assert ground() == seen["dark"]


def test_nothing_is_wider_than_a_telephone(shown: Chrome) -> None:
    size: dict[str, Any] = {"width": 380, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    shown.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert shown.execute_script("return document.documentElement.scrollWidth") <= 380
    finally:
        shown.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_without_the_frames_there_are_placeholders(browser: Chrome, tmp_path: Path) -> None:
    write_run(tmp_path, ROWS, frames=tmp_path / "gone")
    assert report(["--out", str(tmp_path)]) == 0
    opened(browser, tmp_path / "report.html")
    assert len(all_of(browser, ".frame")) == len(ROWS)
    assert all_of(browser, "img") == []
    assert texts(all_of(browser, ".frame")[1], ".box .name") == ["Ada", "unknown"]
    assert complaints(browser) == []


def test_5000_frames_are_drawn_as_one_scrolls(browser: Chrome, tmp_path: Path) -> None:
    rows: list[Row] = [
        (f"{n:05}.jpg", "recognized", [f"Person {n // 100 % 60}"], None, 0.5 + n / 10_000) for n in range(5000)
    ]
    write_run(tmp_path, rows, frames=tmp_path / "gone")
    assert report(["--out", str(tmp_path)]) == 0
    opened(browser, tmp_path / "report.html")
    assert statuses(browser) == {"recognized": 5000}
    assert len(cards(browser)) < 500
    assert len(all_of(browser, ".person[data-person]")) == 12
    for _ in range(3):
        before = len(cards(browser))
        browser.execute_script("scrollTo(0, document.documentElement.scrollHeight)")
        WebDriverWait(browser, 60).until(lambda b, before=before: len(cards(b)) > before)
    one(browser, "#text").send_keys("04999")
    assert cards(browser) == ["04999.jpg"]
    assert complaints(browser) == []


def test_a_run_of_nothing_is_a_page_too(browser: Chrome, tmp_path: Path) -> None:
    write_run(tmp_path, [], frames=tmp_path)
    assert report(["--out", str(tmp_path)]) == 0
    opened(browser, tmp_path / "report.html")
    assert "No face was found" in one(browser, "#people").text
    assert complaints(browser) == []
