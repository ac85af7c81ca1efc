"""The report in a real browser: Debian's chromium, which the set-up installs as root; elsewhere this is skipped."""

import os
from pathlib import Path

import pytest
from MicroCTSuperResTrainingLib.report.report_file import write_report
from sample_reports import SHA, evaluated, specimen_of

CHROMIUM = Path("/usr/bin/chromium")
TELEPHONE, DESK, LONG_NAME = 390, 1200, "femur-" * 15
# The width of an A4 page less its margins of 12 mm, in CSS pixels of 1/96 inch: 186 / 25.4 * 96.
PAPER = 703
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
IMAGES = "[...document.images].map(image => image.complete && image.naturalWidth > 0)"
WIDTH = "document.documentElement.scrollWidth"
BOXES = "[...document.querySelectorAll('.scroll')].map(box => [box.scrollWidth, box.clientWidth])"
DRAWINGS = "[...document.querySelectorAll('.drawing')].map(box => [box.scrollWidth, box.clientWidth])"
NUMBER_HEIGHTS = """[...document.querySelectorAll('.number')].map(one => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return range.getBoundingClientRect().height; })"""
TABLES = "[...document.querySelectorAll('table')].map(table => table.scrollWidth)"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser {CHROMIUM}; see .ci/set-up")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report with several sites, models and long names, some of which are HTML."""
    from MicroCTSuperResTrainingLib.evaluation.methods import all_methods

    code = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
    areas = ([0.4, 0.5], [0.3, 0.4], [0.3, 0.4], [0.39, 0.49], [0.35, 0.45])
    wide = {"psnr": (20.0, 21.0, 24.0, 23.0), "ssim": (0.5, 0.55, 0.6, 0.58), "areas": areas, "simulated": True}
    results = [
        specimen_of(f"{LONG_NAME}{number}", site=site, animal=f"{code}{number}", warnings=[code], **wide)
        for number, site in enumerate(["femur", "femur", "spine", "spine"])
    ]
    cards = [{"name": name, "version": "1.0.0", "sha256": SHA, "sites": ["femur"]} for name in ("one", "two")]
    folder = tmp_path_factory.mktemp("browser") / "evaluation"
    evaluated(folder, results, all_methods([(Path(card["name"]), card) for card in cards]))
    return write_report(folder)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, headless=True, args=[*QUIET, *sandbox])
        yield chromium
        chromium.close()


class Shown:
    """A page that is open, and what the browser said about it."""

    def __init__(self, browser, path, width):
        self.said, self.asked_for = [], []
        self.page = browser.new_page(viewport={"width": width, "height": 844})
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked_for.append(request.url))
        self.page.goto(path.as_uri(), wait_until="load")


@pytest.fixture
def show(browser, report):
    """A function that opens the report in a window of this width."""
    opened = []

    def one(width):
        opened.append(Shown(browser, report, width))
        return opened[-1]

    yield one
    for shown in opened:
        shown.page.close()


def test_it_shows_all_figures_without_an_error_or_a_request(show, report):
    shown = show(DESK)
    images = shown.page.evaluate(IMAGES)
    # A, B, C, C 2 and the tissue areas of four specimens.
    assert images == [True] * 8
    assert shown.said == []
    assert [url for url in shown.asked_for if not url.startswith("data:")] == [report.as_uri()]
    assert shown.page.get_by_role("heading", name="Methods").is_visible()


def test_nothing_in_it_is_run(show):
    shown = show(DESK)
    assert shown.page.evaluate("window.ran") is None
    assert shown.page.locator("script").count() == 0


def test_a_telephone_scrolls_the_tables_and_not_the_page(show):
    page = show(TELEPHONE).page
    assert page.evaluate(WIDTH) <= TELEPHONE
    boxes = page.evaluate(BOXES)
    assert any(content > box for content, box in boxes)
    assert all(box <= TELEPHONE for _, box in boxes)
    page.locator(".scroll").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    # Drawings keep a size at which their letters can be read, and scroll in their boxes.
    widths = page.evaluate(DRAWINGS)
    assert widths
    assert all(content > 500 and box <= TELEPHONE for content, box in widths)


def test_it_prints_on_pages_that_hold_all_of_it(show):
    page = show(PAPER).page
    page.emulate_media(media="print")
    assert page.evaluate(WIDTH) <= PAPER
    assert max(page.evaluate(TABLES)) <= PAPER
    assert not page.locator("nav").is_visible()
    # A number on two lines is read as two; a line of 7 pt is 9.3 CSS pixels times 1.35 high.
    assert max(page.evaluate(NUMBER_HEIGHTS)) < 1.5 * 9.3 * 1.35
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 2
