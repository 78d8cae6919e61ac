// Accessibility and reflow of what a page shows, in both themes and at three widths.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect } from "./test.js";

// Without the tags axe leaves out the rules of WCAG 2.2.
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = [1280, 390, 320];
const SCHEMES = ["light", "dark"] as const;
const HEIGHT = 800;
const HEIGHT_MAX = 40_000;

interface Options {
  /** Brings a state about again that a change of the width ends, such as an open menu. */
  again?: () => Promise<void>;
  widths?: number[];
}

/** Finds nothing wrong in {light, dark} x {1280, 390, 320}. */
export async function audit(page: Page, { again, widths = WIDTHS }: Options = {}): Promise<void> {
  const found: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: HEIGHT });
    // As tall as the page: axe measures what a sticky bar happens to cover by its visible part, and that depends on how
    // far the page is scrolled, not on the page.
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(Math.max(whole, HEIGHT), HEIGHT_MAX) });
    await again?.();
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const { violations } = await axe(page).analyze();
      for (const { id, nodes } of violations) {
        for (const node of nodes) found.push(`${width} ${colorScheme} ${id}: ${node.target.join(" ")}: ${summary(node)}`);
      }
    }
    found.push(...(await overflowing(page)).map((text) => `${width} reflow: ${text}`));
  }
  expect(found, "no violation, no horizontal scroll").toEqual([]);
}

function axe(page: Page): AxeBuilder {
  const builder = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).withTags(TAGS);
  // The other mode is for frames, of which there are none, and opens a page for each result.
  return builder.setLegacyMode();
}

function summary(node: { failureSummary?: string; html: string }): string {
  return `${node.failureSummary?.replace(/\s+/g, " ")} ${node.html.slice(0, 160)}`;
}

/** What makes the page wider than its window: nothing, where it reflows. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.right > clientWidth + 1;
    });
    const name = (element: Element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`;
    return [`${scrollWidth} px wide: ${wide.slice(0, 6).map(name).join(", ")}`];
  });
}
