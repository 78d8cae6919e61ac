// The pages of teams: who is in them, inviting, and what becomes of invites.

import type { BrowserContext, Locator, Page } from "@playwright/test";

import { overflowing } from "../support/audit.js";
import { signInAs } from "../support/session.js";
import { DEFAULT_TEAM, PASSWORD, invitePath, unique } from "../support/team.js";
import { expect, takenOver, test as base } from "../support/team-test.js";

const TEAM = `/teams/${DEFAULT_TEAM}`;

interface Fixtures {
  /** A browser of its own; signed in as the account of this name, where one is given. */
  browserOf: (name?: string) => Promise<BrowserContext>;
}

const test = base.extend<Fixtures>({
  browserOf: async ({ browser, baseURL, guard, javaScriptEnabled }, use) => {
    const made: BrowserContext[] = [];
    await use(async (name) => {
      const storageState = name ? await signInAs(baseURL!, name, PASSWORD) : { cookies: [], origins: [] };
      const context = await browser.newContext({ baseURL: baseURL!, storageState, javaScriptEnabled: javaScriptEnabled! });
      await guard.watch(context);
      made.push(context);
      return context;
    });
    for (const context of made) await context.close();
  },
});

test("the owner invites by the page, and who opens the link is in the team", async ({ page, open, browserOf, javaScriptEnabled }) => {
  const [name, email] = [unique("lea"), `${unique("lea")}@example.com`];
  await open("/teams");
  await page.getByRole("link", { name: DEFAULT_TEAM, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: DEFAULT_TEAM })).toBeVisible();
  await page.getByRole("textbox", { name: "Addresses, one a line" }).fill(`${email}\nnot-an-address`);
  await page.getByRole("button", { name: "Invite", exact: true }).click();

  const links = page.getByRole("status", { name: "New links" });
  await expect(links).toContainText(email);
  await expect(page.getByRole("alert")).toContainText("not-an-address");
  const copy = links.getByRole("button", { name: `Copy link for ${email}` });
  if (javaScriptEnabled) await expect(copy).toBeVisible();
  else await expect(copy).toBeHidden();
  const link = (await links.getByRole("group", { name: `link for ${email}` }).innerText()).trim();
  const row = inTable(page, "Invites", email);
  await expect(row).toContainText("Pending");

  const theirs = await (await browserOf()).newPage();
  await theirs.goto(link);
  await theirs.getByLabel("Account name").fill(name);
  await theirs.getByLabel("Password").fill(PASSWORD);
  await theirs.getByRole("button", { name: "Create account and join" }).click();
  await expect(theirs.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Account and appearance" })).toContainText(name);

  await open(TEAM);
  await expect(links).toBeHidden();
  expect(await page.content()).not.toContain(link);
  await expect(row).toContainText(`by ${name}`);
  await expect(inTable(page, "Members", name)).toContainText(email);
});

test("a role is changed, and a member removed", async ({ page, open, teams, browserOf, javaScriptEnabled }) => {
  const name = await teams.member(unique("max"));
  const theirs = await (await browserOf(name)).newPage();
  await theirs.goto(TEAM);
  await expect(theirs.getByRole("main")).toContainText("Your role is Member.");
  await expect(theirs.getByRole("heading", { name: "Invite people" })).toHaveCount(0);

  await open(TEAM);
  const row = inTable(page, "Members", name);
  await unfold(row, "Change role");
  await row.getByRole("combobox", { name: "Role" }).selectOption("Admin");
  await row.getByRole("button", { name: `Change role of ${name}` }).click();
  await expect(row.getByRole("cell", { name: "Admin", exact: true })).toBeVisible();
  if (javaScriptEnabled) await expect(page.getByRole("heading", { level: 2, name: "Members" })).toBeFocused();
  await theirs.reload();
  await expect(theirs.getByRole("main")).toContainText("Your role is Admin.");
  // An admin gives roles up to their own.
  await expect(theirs.getByRole("heading", { name: "Invite people" })).toBeVisible();
  const roles = theirs.getByRole("combobox", { name: "Role" }).first().getByRole("option");
  await expect(roles).toHaveText(["Viewer", "Member", "Admin"]);

  await unfold(row, "Remove");
  await row.getByRole("button", { name: `Remove ${name}` }).click();
  await expect(row).toHaveCount(0);
  await theirs.goto("/teams");
  await expect(theirs.getByText("You are in no team")).toBeVisible();
});

test("a member leaves, and the last owner stays", async ({ page, open, teams, browserOf, guard, javaScriptEnabled }) => {
  guard.expect(/status of 4(00|04)/);
  const name = await teams.member(unique("ned"));
  const theirs = await (await browserOf(name)).newPage();
  await theirs.goto(TEAM);
  if (javaScriptEnabled) await takenOver(theirs);
  const mine = inTable(theirs, "Members", name);
  await expect(theirs.locator("summary").filter({ hasText: "Change role" })).toHaveCount(0);
  await unfold(mine, "Leave");
  await mine.getByRole("button", { name: `Leave ${DEFAULT_TEAM}` }).click();
  await expect(theirs.getByText("You are in no team")).toBeVisible();
  const answer = await theirs.goto(TEAM);
  expect(answer?.status()).toBe(404);
  await expect(theirs.getByRole("heading", { level: 1, name: "There is no such team" })).toBeVisible();

  await open(`/teams/${await teams.create(unique("solo"))}`);
  await unfold(page.getByRole("row").filter({ hasText: "you" }), "Leave");
  await page.getByRole("button", { name: /^Leave solo/ }).click();
  await expect(page.getByText(/last owner|another owner/).first()).toBeVisible();
});

test("an invite is revoked, and gets a new link, on a phone", async ({ page, open, teams, browserOf, javaScriptEnabled }) => {
  await page.setViewportSize({ width: 320, height: 740 });
  const team = await teams.create(unique("a-name-as-long-as-they-may-be-40"));
  const [first] = await teams.invite(team, ["", `${"n".repeat(60)}@example.com`]);
  await open("/teams");
  await expect(page.getByRole("table")).toBeVisible();
  expect(await overflowing(page)).toEqual([]);
  await open(`/teams/${team}`);
  const row = inTable(page, "Invites", "Anyone with the link");
  await unfold(row, "Revoke");
  await row.getByRole("button", { name: "Revoke the invite" }).click();
  await expect(row).toContainText("Revoked");
  if (javaScriptEnabled) await expect(page.getByRole("heading", { level: 2, name: "Invites", exact: true })).toBeFocused();

  const theirs = await (await browserOf()).newPage();
  await theirs.goto(invitePath(first!));
  await expect(theirs.getByRole("heading", { level: 1, name: "This invite was revoked" })).toBeVisible();

  await unfold(row, "New link");
  await row.getByRole("button", { name: "Make a new link" }).click();
  const links = page.getByRole("status", { name: "New links" });
  const link = (await links.getByRole("group", { name: /^link for/ }).innerText()).trim();
  if (javaScriptEnabled) await expect(page.locator("#links")).toBeFocused();
  await expect(row).toContainText("Pending");
  expect(await overflowing(page)).toEqual([]);
  await theirs.goto(link);
  await expect(theirs.getByRole("heading", { level: 1, name: `Join the team ${team}` })).toBeVisible();
});

/** The row of one table that holds `text`. */
function inTable(page: Page, table: string, text: string): Locator {
  return page.getByRole("table", { name: table }).getByRole("row").filter({ hasText: text });
}

/** Opens what stands behind a button of a row. */
async function unfold(row: Locator, verb: string): Promise<void> {
  await row.locator("summary").filter({ hasText: verb }).click();
}
