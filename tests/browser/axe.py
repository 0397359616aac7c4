"""The accessibility check: axe-core in a real page, WCAG 2.2 AA and best practice."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.suites import AXE

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
RUN = """async tags => (await axe.run(document, {
  runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]
})).violations.flatMap(rule => rule.nodes.map(node => (
  {rule: rule.id, impact: rule.impact || "", target: String(node.target), markup: node.html,
   why: node.failureSummary || ""}
)))"""


@dataclass(frozen=True, slots=True)
class Violation:
    """One element that breaks one rule."""

    rule: str
    impact: str
    target: str
    markup: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule} ({self.impact}) at {self.target}: {self.markup}\n{self.why}"


def axe_violations(page: Page) -> list[Violation]:
    """Every violation on the page as it stands now; an empty list is what we want.

    axe is put in through the debugger's side, so that the page's own script policy stays in force.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return [Violation(**found) for found in page.evaluate(RUN, list(TAGS))]


def assert_accessible(page: Page) -> None:
    """Fails with every violation in words."""
    found = axe_violations(page)
    assert not found, f"{page.url}\n" + "\n\n".join(map(str, found))
