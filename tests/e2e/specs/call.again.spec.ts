// Calling again: several times, compared with another time, and from an example.

import { CallPage } from "../support/call.js";
import { expect, test } from "../support/test.js";

test("the time of a call is told by its parts", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/id/Types");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  for (const part of ["Micro", "service", "answer"]) {
    const row = call.response.locator(".split__part").filter({ hasText: part });
    await expect(row.getByRole("definition")).toHaveText(/^\d[\d.]* (µs|ms|s)$/);
  }
});

test("a call is repeated, and its times summed up", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/id/Types");
  await call.options();
  await call.request.getByLabel("Repeat").fill("3");
  await call.press("Call");
  const sum = call.response.getByRole("group", { name: "Repeated calls" });
  await expect(sum).toContainText("3 of 3 calls");
  await expect(sum).toContainText(/OK\s*× 3/);
  for (const name of ["fastest", "median", "P95", "slowest"]) await expect(sum).toContainText(name);
  await expect(call.status).toHaveText("OK");
});

test("how often a call is repeated is bounded", async ({ page, open, guard }) => {
  guard.expect(/status of 400/);
  const call = new CallPage(page);
  await open("/services/id/Types");
  await call.options();
  await call.request.getByLabel("Repeat").fill("51");
  await call.press("Call");
  await expect(page.getByText("expected a number from 1 to 50")).toBeVisible();
  await expect(call.response).toContainText("Nothing was called yet");
});

test("a call is made as a token of one's own, and as nobody", async ({ page, open, guard }) => {
  guard.expect(/status of 401/);
  const call = new CallPage(page);
  await open("/services/id/Types");
  await call.options();
  await call.request.getByRole("combobox", { name: "As", exact: true }).selectOption({ label: "my token “local”" });
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  await open("/services/id/Types");
  await call.options();
  await call.request.getByRole("combobox", { name: "As", exact: true }).selectOption("nobody");
  await call.press("Call");
  await expect(call.status).toHaveText("UNAUTHENTICATED");
});

test("two answers are compared line by line", async ({ page, open }) => {
  const call = new CallPage(page);
  const names = ["Ann", "Bob"];
  await open("/services/helloworld/Hello?view=json");
  for (const name of names) {
    await call.json.fill(JSON.stringify({ name }));
    await call.press("Call");
    await expect(call.response).toContainText(`Hello, ${name}`);
  }
  // Newest first: the one before the answer shown.
  const before = call.history.getByRole("listitem").nth(1);
  await before.getByRole("link", { name: "Compare" }).click();
  const differences = call.response.getByRole("region", { name: "Differences" });
  await expect(differences.locator("del").filter({ hasText: names[0]! }).first()).toBeVisible();
  await expect(differences.locator("ins").filter({ hasText: names[1]! }).first()).toBeVisible();
});

test("an example is saved, filled in and removed", async ({ page, open }) => {
  const call = new CallPage(page);
  const name = "Anybody";
  await open("/services/helloworld/Hello");
  await call.field("name").fill("Example");
  await call.examples();
  await call.request.getByLabel("Save the request as").fill(name);
  await call.press("Save example");
  await call.examples();
  await expect(call.request.getByRole("link", { name })).toBeVisible();
  await open("/services/helloworld/Hello");
  await call.examples();
  await call.request.getByRole("link", { name }).click();
  await expect(call.request).toContainText(`Filled from the example “${name}”. It was not sent.`);
  await expect(call.field("name")).toHaveValue("Example");
  await expect(call.response).toContainText("Nothing was called yet");
  await call.examples();
  await call.press(`Remove example ${name}`);
  await expect(call.request.getByRole("link", { name })).toHaveCount(0);
});
