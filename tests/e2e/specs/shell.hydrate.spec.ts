import { expect, takenOver, test } from "../support/test.js";

test("the palette finds services and pages", async ({ page, open }) => {
  await open("/");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Command palette" });
  await expect(palette).toBeVisible();
  await expect(palette.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("hellow");
  await expect(palette.getByRole("option", { name: /helloworld/ })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/services\/helloworld$/);
  await expect(palette).toBeHidden();

  await page.keyboard.press("Control+k");
  await palette.getByRole("combobox").fill("list api tokens");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "API tokens" })).toBeVisible();

  await page.keyboard.press("Control+k");
  await palette.getByRole("combobox").fill("nothing is called this");
  await expect(palette.getByText("Nothing is called that")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
});

test("the sheet lists the keys, and single keys can be switched off", async ({ page, open }) => {
  await open("/");
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet).toContainText("Open the command palette");
  await expect(sheet).toContainText("Ctrl K");
  await sheet.getByRole("checkbox", { name: "Shortcuts without Ctrl" }).uncheck();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await page.keyboard.press("?");
  await expect(sheet).toBeHidden();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Command palette" })).toBeVisible();
});

test("two keys lead to a page, and not while typing", async ({ page, open }) => {
  await open("/");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/\/services$/);
  await page.keyboard.press("/");
  const search = page.getByRole("searchbox", { name: "Search services" });
  await expect(search).toBeFocused();
  await page.keyboard.type("g h");
  await expect(search).toHaveValue("g h");
  await expect(page).toHaveURL(/\/services$/);
});

test("the theme is kept", async ({ page, open }) => {
  await open("/");
  const root = page.locator("html");
  const choose = async (name: string) => {
    await page.getByRole("button", { name: /Account and appearance/ }).click();
    await page.getByRole("button", { name, exact: true }).click();
    await expect(page.getByRole("button", { name, exact: true })).toHaveAttribute("aria-pressed", "true");
    await page.keyboard.press("Escape");
  };
  const background = () => root.evaluate((element) => getComputedStyle(element).backgroundColor);
  await choose("Light");
  await expect(root).toHaveAttribute("data-theme", "light");
  const light = await background();
  await choose("Dark");
  await expect(root).toHaveAttribute("data-theme", "dark");
  expect(await background()).not.toBe(light);
  await page.reload();
  await expect(root).toHaveAttribute("data-theme", "dark");
  await takenOver(page);
  await choose("System");
  await expect(root).not.toHaveAttribute("data-theme");
});

test("signing out ends the session everywhere it was copied", async ({ another, baseURL }) => {
  const context = await another();
  const copied = await context.cookies();
  const page = await context.newPage();
  await page.goto("/");
  await takenOver(page);
  await page.getByRole("button", { name: /Account and appearance/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await context.addCookies(copied);
  await page.goto(`${baseURL}/services`);
  await expect(page).toHaveURL(/\/login\?next=/);
});

test("the navigation collapses and stays so", async ({ another }) => {
  const page = await (await another()).newPage();
  await page.goto("/");
  await takenOver(page);
  const rail = page.getByRole("navigation", { name: "Main" });
  const width = async () => (await rail.boundingBox())!.width;
  expect(await width()).toBeGreaterThan(200);
  await page.getByRole("button", { name: "Collapse navigation" }).click();
  await expect.poll(width).toBeLessThan(60);
  await expect(rail.getByRole("link", { name: "Services" })).toBeVisible();
  await page.reload();
  expect(await width()).toBeLessThan(60);
  await takenOver(page);
  await page.getByRole("button", { name: "Expand navigation" }).click();
  await expect.poll(width).toBeGreaterThan(200);
});
