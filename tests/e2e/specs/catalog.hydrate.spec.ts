import { micro } from "../support/process.js";
import { expect, test } from "../support/test.js";

// Nothing listens on port 1, so these instances fail from the start.
const DEAD = "127.0.0.1:1";

test("services come and go while the page is open", async ({ page, open }) => {
  await open("/services?q=live-");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(page.getByText("No service is called “live-”")).toBeVisible();

  await micro(["register", "live-one", "--grpc", DEAD]);
  const row = page.getByRole("row", { name: /live-one/ });
  await expect(row).toBeVisible();
  await expect(row).toContainText("Failing");
  await expect(row).toContainText("0 of 1");

  await micro(["deregister", "live-one"]);
  await expect(row).toBeHidden();
});

test("a row that has the focus stays where it is", async ({ page, open }) => {
  await micro(["register", "focus-b", "--grpc", DEAD]);
  await open("/services?q=focus-");
  const link = page.getByRole("link", { name: "focus-b", exact: true });
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await link.focus();
  await micro(["register", "focus-a", "--grpc", DEAD]);
  await expect(page.getByText("Services came or went.")).toBeVisible();
  await expect(link).toBeFocused();
  await expect(page.getByRole("link", { name: "focus-a", exact: true })).toBeHidden();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByRole("link", { name: "focus-a", exact: true })).toBeVisible();
  await micro(["deregister", "focus-a"]);
  await micro(["deregister", "focus-b"]);
});

test("a service's page follows its instances", async ({ page, open }) => {
  await micro(["register", "page-one", "--grpc", DEAD]);
  await open("/services/page-one?tab=instances");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(page.getByText("0 of 1 instances up")).toBeVisible();
  await micro(["register", "page-one", "--grpc", "127.0.0.1:2"]);
  await expect(page.getByText("0 of 2 instances up")).toBeVisible();
  await expect(page.getByRole("row", { name: /127\.0\.0\.1:2/ })).toBeVisible();
  await micro(["deregister", "page-one"]);
  await expect(page.getByText("There is no service called “page-one”.")).toBeVisible();
});

test("home follows what is broken", async ({ page, open }) => {
  await open("/");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await micro(["register", "home-one", "--grpc", DEAD]);
  const broken = page.getByRole("region", { name: /Broken now/ });
  await expect(broken.getByRole("link", { name: "home-one" })).toBeVisible();
  await micro(["deregister", "home-one"]);
  await expect(broken.getByRole("link", { name: "home-one" })).toBeHidden();
});

test("navigating moves the focus to the new heading and announces it", async ({ page, open }) => {
  await open("/services?q=helloworld");
  await page.getByRole("link", { name: "helloworld", exact: true }).click();
  const heading = page.getByRole("heading", { level: 1, name: "helloworld" });
  await expect(heading).toBeFocused();
  await expect(page.locator("[aria-live=polite]").filter({ hasText: "helloworld · Micro" })).toBeAttached();
  await expect(page).toHaveTitle("helloworld · Micro");
});
