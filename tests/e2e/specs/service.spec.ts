import { expect, needsZoo, test } from "../support/test.js";

test("methods are shown with their comments and types", async ({ page, open }) => {
  await open("/services/helloworld");
  const hello = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "Hello", exact: true }) });
  await expect(hello).toContainText("Greets one person.");
  await expect(hello).toContainText("read only");
  await expect(hello.getByRole("link", { name: "HelloRequest" })).toBeVisible();
  await hello.getByText("Fields", { exact: true }).click();
  const fields = hello.getByRole("group", { name: "Fields of helloworld.v1.HelloRequest" });
  await expect(fields).toContainText("The name to greet, at most 256 bytes.");
  await expect(page.getByText("server stream", { exact: true })).toBeVisible();
  await expect(page.getByText("both stream", { exact: true })).toBeVisible();
});

test("tabs are links: instances, and how to call it", async ({ page, open }) => {
  await open("/services/helloworld");
  const tabs = page.getByRole("navigation", { name: "About the service" });
  await tabs.getByRole("link", { name: "Instances" }).click();
  await expect(page).toHaveURL(/tab=instances$/);
  await expect(tabs.getByRole("link", { name: "Instances" })).toHaveAttribute("aria-current", "page");
  await expect(page.getByRole("main")).toContainText("Up");

  await tabs.getByRole("link", { name: "How to call it" }).click();
  for (const title of ["curl", "grpcurl", "micro", "Rust", "Go", "Python", "JavaScript"]) {
    await expect(page.getByRole("heading", { level: 2, name: title, exact: true })).toBeVisible();
  }
  const curl = page.getByRole("group", { name: "curl code", exact: true });
  await expect(curl).toContainText("/v1/helloworld/Hello");
  await expect(curl).toContainText("$MICRO_TOKEN");

  await page.getByRole("combobox", { name: "Method" }).selectOption("helloworld.v1.Helloworld.Chat");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(curl).toContainText("/v1/helloworld/Chat");
});

test("a service described by uploaded descriptors shows enums, maps and deprecation", async ({ page, open }) => {
  needsZoo();
  await open("/services/zoo");
  await expect(page.getByText("Echo returns its request unchanged.")).toBeVisible();
  const old = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "OldEcho", exact: true }) });
  await expect(old.getByText("deprecated", { exact: true })).toBeVisible();
  await page.locator("summary").filter({ hasText: "zoo.v1.Color" }).click();
  await expect(page.getByRole("group", { name: "Values of zoo.v1.Color" })).toContainText("COLOR_ULTRAVIOLET");
});
