// Linking a chat user: the page shows a code once, the chat user types it, the settings page ends it.

import type { Locator, Page } from "@playwright/test";

import { overflowing } from "../support/audit.js";
import { Bot, slackUser } from "../support/chat.js";
import { signInLink } from "../support/process.js";
import { SIGNED_OUT, expect, test as base } from "../support/test.js";

const PHONE = { width: 360, height: 740 };
const GONE = "This link is not valid any more";

const test = base.extend<{ bot: Bot }>({
  bot: async ({}, use) => {
    const bot = await Bot.start();
    await use(bot);
    await bot.stop();
  },
});

test("a chat user is linked by the code they type, and unlinked on the settings page", async ({ page, open, bot }) => {
  const ann = slackUser("ann");
  const path = await bot.page(ann);
  await open(path);
  await expect(page).toHaveTitle("Link your chat user · Micro");
  const main = page.getByRole("main");
  for (const text of ["Slack", "Acme", "T0ACME", "ann", ann.person.split("/")[2]!, "You are signed in as", "It cannot make tokens or links."]) {
    await expect(main).toContainText(text);
  }
  await expect(main).toContainText("If that is not you, close this page");

  const code = await showCode(page);
  // Whoever only has the code links nobody else.
  expect((await bot.redeem(slackUser("mallory"), code)).status).toBe(400);
  expect(await bot.speaks(ann)).toBe(401);
  const redeemed = await bot.redeem(ann, code);
  expect(redeemed.status).toBe(200);
  expect(await bot.speaks(ann)).toBe(200);

  await open("/settings");
  const row = rowOf(page, ann.person);
  await expect(row).toContainText("ann");
  await expect(row).toContainText("Slack");
  await expect(row).toContainText("Acme");
  await row.locator("summary").click();
  await row.getByRole("button", { name: /^Remove/ }).click();
  await expect(row).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "not linked any more" })).toBeVisible();
  expect(await bot.speaks(ann)).toBe(401);
});

test("opening the page changes nothing, and the code is shown once", async ({ page, open, bot, guard }) => {
  guard.expect(/status of 404/);
  const bob = slackUser("bob");
  const path = await bot.page(bob);
  for (let time = 0; time < 3; time += 1) await open(path);
  const code = await showCode(page);
  expect(await page.locator(`a[href*="${path}"]`).count()).toBe(0);

  // Who comes later is told nothing, and what was shown still works.
  const later = await page.goto(path);
  expect(later?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1, name: GONE })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Type /micro link again");
  await expect(page.getByRole("button", { name: "Show code" })).toHaveCount(0);
  expect(await page.content()).not.toContain(code);
  expect((await bot.redeem(bob, code)).status).toBe(200);
});

test("a form sent twice shows the same code", async ({ page, open, bot }) => {
  await open(await bot.page(slackUser("cat")));
  const code = await showCode(page);
  await page.reload();
  await expect(shown(page)).toContainText(grouped(code));
});

test("a request that somebody else spent in the meantime is told apart from a failure", async ({ page, open, another, bot, guard }) => {
  guard.expect(/status of 404/);
  const path = await bot.page(slackUser("dan"));
  await open(path);
  const other = await (await another()).newPage();
  await other.goto(path);
  await showCode(other);
  await page.getByRole("button", { name: "Show code" }).click();
  await expect(page.getByRole("heading", { level: 1, name: GONE })).toBeVisible();
});

test("a page that was never made says the same as one that is used", async ({ page, guard }) => {
  guard.expect(/status of 404/);
  for (const id of ["none", "A".repeat(60), "a%20b"]) {
    const answer = await page.goto(`/link/${id}`);
    expect(answer?.status()).toBe(404);
    expect(answer?.headers()["cache-control"]).toBe("no-store");
    await expect(page.getByRole("heading", { level: 1, name: GONE })).toBeVisible();
  }
});

test("both pages fit a phone", async ({ page, open, bot }) => {
  await page.setViewportSize(PHONE);
  const long = { ...slackUser("n".repeat(64)), workspaceName: "W".repeat(64) };
  await open(await bot.page(long));
  expect(await overflowing(page)).toEqual([]);
  const code = await showCode(page);
  expect(await overflowing(page)).toEqual([]);
  expect((await bot.redeem(long, code)).status).toBe(200);
  await open("/settings");
  const row = rowOf(page, long.person);
  await row.locator("summary").click();
  expect(await overflowing(page)).toEqual([]);
  await row.getByRole("button", { name: /^Remove/ }).click();
  await expect(row).toHaveCount(0);
});

test("a name that looks like markup is text", async ({ page, open, bot }) => {
  await open(await bot.page(slackUser("<b>eve</b> & \"co\"")));
  await expect(page.getByRole("main")).toContainText("<b>eve</b> & \"co\"");
});

test.describe("signed out", () => {
  test.use({ storageState: SIGNED_OUT });
  test("signing in leads back to the page", async ({ page, bot }) => {
    const path = await bot.page(slackUser("fay"));
    await page.goto(path);
    await expect(page).toHaveURL(/\/login\?next=/);
    const next = new URL(page.url()).searchParams.get("next")!;
    expect(next).toBe(path);
    await page.goto(`${await signInLink()}&next=${encodeURIComponent(next)}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(new RegExp(`${path}$`));
    await showCode(page);
  });
});

/** Where the code is shown. */
function shown(page: Page): Locator {
  return page.getByRole("status", { name: "Code", exact: true });
}

/** Presses the button and reads the code. */
async function showCode(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Show code" }).click();
  await expect(shown(page)).toContainText("Never pass it on");
  const text = await shown(page).innerText();
  const [, code] = /\/micro link ([0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4})/.exec(text) ?? [];
  if (!code) throw new Error(`no code in: ${text}`);
  return code;
}

function grouped(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(-4)}`;
}

/** The row of a chat user's link. */
function rowOf(page: Page, person: string): Locator {
  return page.getByRole("row").filter({ hasText: person.split("/").at(-1)! });
}
