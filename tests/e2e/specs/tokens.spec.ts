import { micro } from "../support/process.js";
import { SIGNED_OUT, expect, test } from "../support/test.js";

test("a token is created, shown once, works, and is revoked", async ({ page, open, playwright, baseURL, javaScriptEnabled }) => {
  const name = `laptop-${javaScriptEnabled ? "a" : "b"}`;
  await open("/tokens");
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("combobox", { name: "Expires after" }).selectOption("7 days");
  await page.getByRole("button", { name: "Create token" }).click();

  const shown = page.getByRole("status", { name: "New token" });
  await expect(shown).toContainText("it is not shown again");
  const token = (await shown.getByRole("group", { name: "token", exact: true }).innerText()).trim();
  expect(token).toMatch(/^mu_pat_/);
  await expect(shown).toContainText("micro login http://127.0.0.1");

  const extraHTTPHeaders = { authorization: `Bearer ${token}` };
  const program = await playwright.request.newContext({ baseURL: baseURL!, storageState: SIGNED_OUT, extraHTTPHeaders });
  const call = () => program.post("/v1/helloworld/Hello", { data: { name: "Ann" } });
  expect(await (await call()).json()).toEqual({ message: "Hello, Ann" });

  await open("/tokens");
  await expect(shown).toBeHidden();
  expect(await page.content()).not.toContain(token);
  const row = page.getByRole("row", { name: new RegExp(name) });
  await row.locator("summary").click();
  await row.getByRole("button", { name: `Revoke “${name}”` }).click();
  await expect(row).toBeHidden();
  expect((await call()).status()).toBe(401);
  await program.dispose();
});

test("a bot's token is told apart from one's own", async ({ page, open, javaScriptEnabled }) => {
  const ending = javaScriptEnabled ? "a" : "b";
  const [own, ofBot] = [`terminal-${ending}`, `bridge-${ending}`];
  await micro(["token", "create", own]);
  await micro(["token", "create", ofBot, "--bot"]);
  await open("/tokens");
  const named = (name: string) => page.getByRole("rowheader", { name, exact: true });
  await expect(named(`${ofBot} bot token`)).toBeVisible();
  await expect(named(own)).toBeVisible();
  for (const name of [own, ofBot]) await micro(["token", "revoke", name]);
});
