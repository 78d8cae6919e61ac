import { expect, test } from "../support/test.js";

const rows = "table tbody tr";

test("the catalog lists what is registered", async ({ page, open }) => {
  await open("/services");
  for (const name of ["cache", "helloworld", "id", "otp", "password", "qr", "time", "url"]) {
    await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
  }
  const row = page.getByRole("row", { name: /helloworld/ });
  await expect(row).toContainText("Up");
  await expect(row).toContainText("1 of 1");
});

test("searching and filtering are in the URL", async ({ page, open }) => {
  await open("/services");
  await page.getByRole("searchbox", { name: "Search services" }).fill("hello");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/services\?q=hello$/);
  await expect(page.locator(rows)).toHaveCount(1);
  await expect(page.getByRole("link", { name: "helloworld", exact: true })).toBeVisible();

  await page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: /^Failing/ }).click();
  await expect(page).toHaveURL(/q=hello&health=failing|health=failing&q=hello/);
  await expect(page.getByText(/No service called “hello” is failing now/i)).toBeVisible();
  await page.reload();
  await expect(page.getByRole("searchbox", { name: "Search services" })).toHaveValue("hello");
  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL(/\/services$/);
  await expect(page.getByRole("link", { name: "cache", exact: true })).toBeVisible();
});

test("a search that finds nothing says so", async ({ page, open }) => {
  await open("/services?q=nothing-is-called-this");
  await expect(page.getByText("No service is called “nothing-is-called-this”")).toBeVisible();
});

test("a page that does not exist is 404 and leads on", async ({ page, guard }) => {
  guard.expect(/status of 404/);
  const answer = await page.goto("/nowhere");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("a service that does not exist names the nearest", async ({ page, guard }) => {
  guard.expect(/status of 404/);
  const answer = await page.goto("/services/helloword");
  expect(answer?.status()).toBe(404);
  await page.getByRole("main").getByRole("link", { name: "helloworld", exact: true }).click();
  await expect(page).toHaveURL(/\/services\/helloworld$/);
});
