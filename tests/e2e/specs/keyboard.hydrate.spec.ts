import type { Locator, Page } from "@playwright/test";

import { signInLink } from "../support/process.js";
import { PASSWORD, invitePath, unique } from "../support/team.js";
import { SIGNED_OUT, expect, takenOver, test } from "../support/team-test.js";

const TABS_MAX = 60;

test.use({ storageState: SIGNED_OUT });

test("sign in, find a service and call it with the keyboard alone", async ({ page }) => {
  await page.goto(await signInLink());
  await tabTo(page, page.getByRole("button", { name: "Sign in" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await takenOver(page);

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("/");
  await page.keyboard.type("hellow");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/services\?q=hellow$/);
  await tabTo(page, page.getByRole("link", { name: "helloworld", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "helloworld" })).toBeFocused();

  const hello = page.getByRole("main").getByRole("link", { name: "Hello", exact: true });
  await hello.waitFor();
  await page.keyboard.press("j");
  await expect(hello).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Hello" })).toBeFocused();

  await tabTo(page, page.getByRole("textbox", { name: "name", exact: true }));
  await page.keyboard.type("Ann");
  await page.keyboard.press("Control+Enter");
  const response = page.getByRole("region", { name: "Response", exact: true });
  await expect(response).toContainText("Hello, Ann");
  await tabTo(page, response.getByLabel("response", { exact: true }));
});

test("accept an invite with the keyboard alone", async ({ page, teams }) => {
  await page.goto(invitePath(await teams.anybody()));
  await tabTo(page, page.getByLabel("Account name"));
  await page.keyboard.type(unique("key"));
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
});

/** Presses Tab until `wanted` has the focus, which must be visible on the way. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let pressed = 0; pressed < TABS_MAX; pressed += 1) {
    await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate(focusIsSeen)).toBe(true);
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab never reached ${String(wanted)}`);
}

/** Whether what has the focus is in sight; nothing has it for a moment where a page that arrives takes another's place. */
function focusIsSeen(): boolean {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return true;
  const { top, right, bottom, left } = focused.getBoundingClientRect();
  return bottom > 0 && right > 0 && top < window.innerHeight && left < window.innerWidth;
}
