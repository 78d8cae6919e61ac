// An invite's page: looking changes nothing, a stranger makes an account, and every end of an invite has a next step.

import type { Page } from "@playwright/test";

import { overflowing } from "../support/audit.js";
import { PASSWORD, invitePath, unique } from "../support/team.js";
import { SIGNED_OUT, expect, test } from "../support/team-test.js";

test.use({ storageState: SIGNED_OUT });

test("opening an invite shows what it is for and changes nothing", async ({ page, context, teams }) => {
  const path = invitePath(await teams.anybody());
  for (let time = 0; time < 3; time += 1) {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    expect(answer?.headers()["cache-control"]).toBe("no-store");
  }
  expect(await context.cookies()).toEqual([]);
  await expect(page.getByRole("heading", { level: 1, name: "Join the team default" })).toBeVisible();
  const main = page.getByRole("main");
  for (const text of ["Invited by", "Member", "Members see and call the team's services.", "Good until"]) {
    await expect(main).toContainText(text);
  }
  await expect(page.locator("script[src], script[type=module], link[rel*=preload]")).toHaveCount(0);
});

test("a stranger makes an account, and signs in with its password later", async ({ page, teams }) => {
  const [name, path] = [unique("eve"), invitePath(await teams.anybody())];
  await page.goto(path);
  await expect(page.getByLabel("Account name")).toHaveAttribute("autocomplete", "username");
  await expect(page.getByLabel("Password")).toHaveAttribute("autocomplete", "new-password");
  await signUp(page, name, PASSWORD);
  await expectHome(page, name);

  await page.getByRole("button", { name: "Account and appearance" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1, name: "This invite was accepted" })).toBeVisible();
  await page.getByRole("link", { name: "Log in" }).click();
  await signIn(page, name, PASSWORD);
  await expectHome(page, name);
});

test("a wrong password reads like an unknown account, and where to go is kept", async ({ page, teams }) => {
  const name = await teams.member(unique("fay"));
  const refusals: string[] = [];
  for (const who of [name, unique("nobody")]) {
    await page.goto("/services?q=hello");
    await signIn(page, who, "not the password of anybody");
    refusals.push(await page.getByRole("alert").innerText());
    await expect(page.getByLabel("Account name or address")).toHaveValue(who);
    await expect(page.getByLabel("Password")).toHaveValue("");
  }
  expect(refusals[0]).toContain("do not fit together");
  expect(refusals[1]).toBe(refusals[0]);
  await signIn(page, name, PASSWORD);
  await expect(page).toHaveURL(/\/services\?q=hello$/);
});

test("too many tries are asked to wait", async ({ page }) => {
  const name = unique("tried");
  await page.goto("/login");
  for (let tries = 0; tries < 6; tries += 1) await signIn(page, name, "not the password of anybody");
  await expect(page.getByRole("alert")).toContainText("Wait some minutes");
});

test("what is wrong with a field is said there, and the name stays", async ({ page, guard, teams }) => {
  guard.expect(/status of 4(00|09)/);
  const taken = await teams.member(unique("gus"));
  const path = invitePath(await teams.anybody());
  await page.goto(path);
  await signUp(page, taken, PASSWORD);
  const name = page.getByLabel("Account name");
  await expect(name).toHaveValue(taken);
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(name).toHaveAccessibleDescription(/already/);
  await expect(page.getByLabel("Password")).toHaveValue("");

  const free = unique("gus");
  await signUp(page, free, "too short");
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/at least 15 characters/);
  await expect(name).toHaveValue(free);
  await expect(name).not.toHaveAttribute("aria-invalid", "true");
  expect(await page.content()).not.toContain("too short");

  await signUp(page, free, PASSWORD);
  await expectHome(page, free);
});

test("who has an account signs in and comes back to join as who they are", async ({ page, teams }) => {
  const [name, team] = [await teams.member(unique("hal")), await teams.create(unique("web"))];
  const [invite] = await teams.invite(team, [""]);
  const path = invitePath(invite!);
  await page.goto(path);
  await page.getByRole("link", { name: "I have an account: sign in" }).click();
  await signIn(page, name, PASSWORD);
  await expect(page).toHaveURL(new RegExp(`${path}$`));
  await page.getByRole("button", { name: `Join ${team} as ${name}` }).click();
  await expectHome(page, name);
  await page.goto("/teams");
  await expect(page.getByRole("row", { name: new RegExp(team) })).toContainText("Member");
});

test("an invite of somebody else leads to signing out and back", async ({ page, guard, teams }) => {
  guard.expect(/status of 403/);
  const [name, team] = [await teams.member(unique("ida")), await teams.create(unique("web"))];
  const [invite] = await teams.invite(team, ["ann@example.com"]);
  const path = invitePath(invite!);
  await page.goto(`/login?next=${encodeURIComponent(path)}`);
  await signIn(page, name, PASSWORD);
  await page.getByRole("button", { name: `Join ${team} as ${name}` }).click();
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("a…@example.com");
  await expect(alert).toContainText(`you are signed in as ${name}`);
  await page.getByRole("button", { name: "Sign out and return" }).click();
  await expect(page).toHaveURL(new RegExp(`${path}$`));
  await expect(page.getByRole("button", { name: "Create account and join" })).toBeVisible();
});

test("a revoked invite says so, and one that never was says nothing else", async ({ page, guard, teams }) => {
  guard.expect(/status of 404/);
  const revoked = await teams.anybody();
  await teams.revoke(revoked);
  await page.goto(invitePath(revoked));
  await expect(page.getByRole("heading", { level: 1, name: "This invite was revoked" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Ask for a new invite");
  await expect(page.getByRole("main")).not.toContainText("default");
  for (const code of ["none", "a%20b"]) {
    const answer = await page.goto(`/invite/${code}`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole("heading", { level: 1, name: "There is no such invite" })).toBeVisible();
  }
});

test("an invite that ended while its page was open says so", async ({ page, guard, teams }) => {
  guard.expect(/status of 400/);
  const invite = await teams.anybody();
  await page.goto(invitePath(invite));
  await teams.revoke(invite);
  await signUp(page, unique("jan"), PASSWORD);
  await expect(page.getByRole("heading", { level: 1, name: "This invite was revoked" })).toBeVisible();
});

test("the page fits a phone", async ({ page, guard, teams }) => {
  guard.expect(/status of 400/);
  await page.setViewportSize({ width: 320, height: 740 });
  await page.goto(invitePath(await teams.anybody()));
  expect(await overflowing(page)).toEqual([]);
  await signUp(page, unique("kim"), "too short");
  await expect(page.getByRole("alert")).toBeVisible();
  expect(await overflowing(page)).toEqual([]);
});

async function signUp(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel("Account name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account and join" }).click();
}

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel("Account name or address").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function expectHome(page: Page, name: string): Promise<void> {
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  await expect(page).toHaveURL(/:\d+\/$/);
  await expect(page.getByRole("button", { name: "Account and appearance" })).toContainText(name);
}
