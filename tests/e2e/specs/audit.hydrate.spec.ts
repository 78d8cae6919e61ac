// Every page and state: no axe violation, no horizontal scroll, in both themes and at three widths.

import type { Page } from "@playwright/test";

import { audit, overflowing } from "../support/audit.js";
import { CallPage } from "../support/call.js";
import { Bot, slackUser } from "../support/chat.js";
import { everything } from "../support/everything.js";
import { signInLink } from "../support/process.js";
import { invitePath, unique } from "../support/team.js";
import { SIGNED_OUT, expect, takenOver, test } from "../support/team-test.js";
import { needsZoo } from "../support/test.js";

const NARROW = 320;

const PAGES = {
  home: "/",
  catalog: "/services",
  "catalog without a match": "/services?q=nothing-is-called-this&health=failing",
  "service, methods": "/services/helloworld",
  "service, instances": "/services/helloworld?tab=instances",
  "service, how to call it": "/services/helloworld?tab=call",
  "call page": "/services/helloworld/Hello",
  "call page, JSON": "/services/url/Shorten?view=json",
  "call page of a stream": "/services/helloworld/Chat",
  teams: "/teams",
  tokens: "/tokens",
  chat: "/chat",
  "settings without a link": "/settings",
  "settings after a removal": "/settings?removed=link",
};

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name}`, async ({ page, open }) => {
    await open(path);
    await audit(page);
  });
}

const MISSING = {
  page: "/nowhere",
  service: "/services/helloword",
  method: "/services/helloworld/Helo",
  link: "/link/none",
  team: "/teams/none",
  invite: "/invite/none",
};

for (const [name, path] of Object.entries(MISSING)) {
  test(`a missing ${name}`, async ({ page, open, guard }) => {
    guard.expect(/status of 404/);
    await open(path);
    await audit(page);
  });
}

test.describe("signed out", () => {
  test.use({ storageState: SIGNED_OUT });
  test("sign-in help", async ({ page }) => {
    await page.goto("/login");
    await audit(page);
  });
  test("sign-in button", async ({ page }) => {
    await page.goto(await signInLink());
    await audit(page);
  });
  test("sign-in refused", async ({ page }) => {
    await page.goto("/login?error=password&name=ann");
    await audit(page);
  });
  test("an invite, and a form of it that is wrong", async ({ page, guard, teams }) => {
    guard.expect(/status of 400/);
    await page.goto(invitePath(await teams.anybody()));
    await audit(page);
    await page.getByLabel("Account name").fill("ann");
    await page.getByLabel("Password").fill("too short");
    await page.getByRole("button", { name: "Create account and join" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await audit(page);
  });
  test("an invite that was revoked", async ({ page, teams }) => {
    const invite = await teams.anybody();
    await teams.revoke(invite);
    await page.goto(invitePath(invite));
    await audit(page);
  });
});

test("a page of every type", async ({ page, open }) => {
  needsZoo();
  await open("/services/zoo");
  for (const name of ["zoo.v1.Animal", "zoo.v1.Everything", "zoo.v1.Color"]) {
    await page.locator("summary").getByText(name, { exact: true }).click();
  }
  await page.locator("summary").getByText("Fields", { exact: true }).nth(1).click();
  await audit(page);
});

test("a form of every type", async ({ page, open }) => {
  needsZoo();
  const call = new CallPage(page);
  await open("/services/zoo/Echo?view=json");
  // Once more inside itself it would show nothing new.
  await call.json.fill(JSON.stringify({ ...(await everything()), everything: undefined }));
  await call.view("Form");
  await audit(page);
});

test("an answer", async ({ page, open }) => {
  await answered(page, open);
  await unfold(page);
  await audit(page);
});

test("a repeated call, compared with another", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Hello");
  await call.options();
  await call.request.getByLabel("Repeat").fill("2");
  for (const name of ["audit-a", "audit-b"]) {
    await call.field("name").fill(name);
    await call.press("Call");
    await expect(call.response).toContainText(name);
    await expect(call.response).toContainText("2 of 2 calls");
  }
  await call.history.getByRole("link", { name: "Compare" }).last().click();
  await expect(call.response.getByRole("region", { name: "Differences" })).toBeVisible();
  await audit(page);
});

test("the methods of a phone", async ({ page, open }) => {
  await open("/services/helloworld/Hello");
  await page.setViewportSize({ width: 320, height: 800 });
  const button = page.getByRole("button", { name: /^Methods/ });
  const menu = page.getByRole("navigation", { name: "Methods" });
  await shown(page, button, menu);
  await audit(page, { widths: [390, 320], again: () => shown(page, button, menu) });
});

test("an answer with text spaced out", async ({ page, open }) => {
  await answered(page, open);
  await page.setViewportSize({ width: NARROW, height: 800 });
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }");
    document.adoptedStyleSheets.push(sheet);
  });
  expect(await overflowing(page)).toEqual([]);
});

test("an error with details", async ({ page, open }) => {
  needsZoo();
  const call = new CallPage(page);
  await open("/services/zoo/Fail?view=json");
  await call.json.fill('{"code": 9, "message": "not in this state", "withDetails": true}');
  await call.press("Call");
  await expect(call.status).toHaveText("FAILED_PRECONDITION");
  await audit(page);
});

test("wrong fields", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.field("count").fill("many");
  await call.field("interval").fill("soon");
  await call.press("Open");
  await expect(call.request.getByText("2 fields are wrong")).toBeVisible();
  await audit(page);
});

test("a stream with messages", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.press("Open");
  await expect(call.status).toHaveText("OK");
  await call.response.getByRole("button", { name: /received/ }).first().click();
  await audit(page);
});

test("a shared draft", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/url/Shorten");
  await call.press("Share");
  const link = call.request.getByRole("textbox", { name: "Link to the draft" });
  await expect(link).toBeVisible();
  await audit(page);
  await open(await link.inputValue());
  await call.press("Call");
  await expect(page.getByRole("dialog", { name: "Send this request?" })).toBeVisible();
  await audit(page);
});

test("a new token", async ({ page, open }) => {
  await open("/tokens");
  await page.getByRole("textbox", { name: "Name" }).fill("audited");
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByRole("status", { name: "New token" })).toBeVisible();
  const row = page.getByRole("row", { name: /audited/ });
  await row.locator("summary").click();
  await audit(page);
});

test("an invite of who is in the team already", async ({ page, open, guard, teams }) => {
  guard.expect(/status of 400/);
  await open(invitePath(await teams.anybody()));
  await page.getByRole("button", { name: /^Join default/ }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await takenOver(page);
  await audit(page);
});

test("a team with members, invites and new links", async ({ page, open, teams }) => {
  const team = await teams.create(unique("audited"));
  await open(`/teams/${team}`);
  await expect(page.getByText("Nobody is invited")).toBeVisible();
  await audit(page);
  await page.getByRole("textbox", { name: "Addresses, one a line" }).fill(`${"n".repeat(60)}@example.com\nwrong`);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await expect(page.getByRole("status", { name: "New links" })).toBeVisible();
  for (const verb of ["What the roles allow", "Change role", "Leave", "New link", "Revoke"]) {
    await page.locator("summary").filter({ hasText: verb }).click();
  }
  await audit(page);
});

test("a chat link", async ({ page, open }) => {
  const bot = await Bot.start();
  const user = { ...slackUser("n".repeat(64)), workspaceName: "W".repeat(64) };
  await open(await bot.page(user));
  await audit(page);
  await page.getByRole("button", { name: "Show code" }).click();
  const code = page.getByRole("status", { name: "Code", exact: true });
  await expect(code).toBeVisible();
  await takenOver(page);
  await audit(page);
  await bot.redeem(user, await code.locator(".link__code").innerText());
  await open("/settings");
  const row = page.getByRole("row").filter({ hasText: user.person.split("/").at(-1)! });
  await row.locator("summary").click();
  await audit(page);
  await row.getByRole("button", { name: /^Remove/ }).click();
  await expect(row).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 2, name: "Chat links" })).toBeFocused();
  await bot.stop();
});

test("the palette", async ({ page, open }) => {
  await open("/");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("he");
  await expect(page.getByRole("option", { name: /helloworld/ })).toBeVisible();
  await audit(page);
});

test("the shortcut sheet", async ({ page, open }) => {
  await open("/");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await audit(page);
});

test("the account menu", async ({ page, open }) => {
  await open("/");
  const button = page.getByRole("button", { name: /Account and appearance/ });
  const menu = page.getByText("Signed in as");
  await audit(page, { again: () => shown(page, button, menu) });
});

test("the navigation of a phone", async ({ page, open }) => {
  await open("/");
  const button = page.getByRole("button", { name: "Menu" });
  const menu = page.getByRole("navigation", { name: "Main" }).getByText("Services");
  await audit(page, { widths: [390, 320], again: () => shown(page, button, menu) });
});

type Open = (path: string) => Promise<void>;

async function answered(page: Page, open: Open): Promise<void> {
  const call = new CallPage(page);
  await open("/services/helloworld/Hello");
  await call.field("name").fill("Ann");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
}

/** Opens what is folded below the request. */
async function unfold(page: Page): Promise<void> {
  const { request } = new CallPage(page);
  await request.getByText("Copy as", { exact: true }).click();
  await request.locator("summary").getByText("Python", { exact: true }).click();
  await request.getByText(/^Metadata, deadline/).click();
  await request.getByText(/^Examples/).click();
  await request.getByRole("button", { name: "Add metadata" }).click();
}

/** Opens a menu, unless it is open. */
async function shown(page: Page, button: ReturnType<Page["locator"]>, menu: ReturnType<Page["locator"]>): Promise<void> {
  if (!(await menu.isVisible())) await button.click();
  await expect(menu).toBeVisible();
}
