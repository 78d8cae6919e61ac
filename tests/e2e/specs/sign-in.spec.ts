import { signInLink } from "../support/process.js";
import { SIGNED_OUT, expect, test } from "../support/test.js";

test.use({ storageState: SIGNED_OUT });

test("a printed link signs in once, and opening it spends nothing", async ({ page, context }) => {
  const link = await signInLink();
  await page.goto(link);
  await page.reload();
  await page.reload();
  expect(await context.cookies()).toEqual([]);

  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
  const cookies = await context.cookies();
  expect(cookies.filter((cookie) => cookie.httpOnly && cookie.sameSite !== "None")).not.toEqual([]);

  await context.clearCookies();
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("was used already or has expired");
  await page.goto("/services");
  await expect(page).toHaveURL(/\/login\?next=/);
});

test("a link that was never issued is refused", async ({ page, baseURL }) => {
  await page.goto(`${baseURL}/login?code=none`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("This link is no sign-in link");
});

test("signing in leads back to the page that was asked for", async ({ page }) => {
  await page.goto("/services?q=hello");
  await expect(page).toHaveURL(/\/login\?next=%2Fservices%3Fq%3Dhello/);
  const next = new URL(page.url()).searchParams.get("next")!;
  await page.goto(`${await signInLink()}&next=${encodeURIComponent(next)}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/services\?q=hello$/);
});

test("signing in never leads to another host", async ({ page, baseURL }) => {
  await page.goto(`${await signInLink()}&next=${encodeURIComponent("//example.com/")}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${baseURL}/`);
});

test("without a session there is nothing to see, and no script is fetched", async ({ page }) => {
  await page.goto("/services/helloworld/Hello");
  await expect(page).toHaveURL(/\/login/);
  await expect(page.locator("script[src], script[type=module], link[rel*=preload]")).toHaveCount(0);
  await expect(page.getByText("micro login --browser")).toBeVisible();
});
