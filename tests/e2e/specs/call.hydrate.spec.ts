import { CallPage } from "../support/call.js";
import { expect, takenOver, test } from "../support/test.js";

test("a call is made without leaving the page, and replayed from the history", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/time/Now?view=form");
  const rows = call.history.getByRole("listitem");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  await expect(rows).toHaveCount(1);
  const first = await call.answer();
  await rows.first().getByRole("link", { name: "Replay" }).click();
  await expect(rows).toHaveCount(2);
  await expect.poll(async () => JSON.stringify(await call.answer())).not.toBe(JSON.stringify(first));

  // Opening one shows its answer as it was, and sends nothing.
  await rows.last().getByRole("link").first().click();
  await expect(call.request).toContainText("It was not sent again.");
  await expect.poll(async () => JSON.stringify(await call.answer())).toBe(JSON.stringify(first));
  await expect(rows).toHaveCount(2);

  await rows.last().getByRole("button", { name: "Forget this call" }).click();
  await expect(rows).toHaveCount(1);
  await page.reload();
  await expect(rows).toHaveCount(1);
});

test("home leads back to a recent call", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/id/Generate");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  const answer = await call.answer();
  await open("/");
  await page.getByRole("main").getByRole("link", { name: "id Generate" }).first().click();
  await expect(call.request).toContainText("It was not sent again.");
  expect(await call.answer()).toEqual(answer);
});

test("a shared link holds the draft, no secret, and sends nothing by being opened", async ({ page, open, another }) => {
  const call = new CallPage(page);
  await open("/services/url/Shorten");
  await call.field("url").fill("https://example.com/from-a-draft");
  await call.options();
  await call.press("Add metadata");
  await call.request.getByRole("textbox", { name: "Metadata name 1" }).fill("authorization");
  await call.request.getByLabel("Metadata value 1").fill("Bearer secret");
  await call.press("Share");
  const link = await call.request.getByRole("textbox", { name: "Link to the draft" }).inputValue();
  expect(link).toMatch(/\/services\/url\/Shorten\?draft=[^&]+$/);

  const context = await another();
  const reader = new CallPage(await context.newPage());
  const posted: string[] = [];
  reader.page.on("request", (request) => {
    if (request.method() === "POST") posted.push(new URL(request.url()).pathname);
  });
  await reader.page.goto(link);
  await takenOver(reader.page);
  await expect(reader.request).toContainText("Filled from a draft by");
  await expect(reader.field("url")).toHaveValue("https://example.com/from-a-draft");
  expect(await reader.page.content()).not.toContain("Bearer secret");
  expect(posted.filter((path) => path.includes("unary"))).toEqual([]);
  await expect(reader.response).toContainText("Nothing was called yet");

  await reader.press("Call");
  const asked = reader.page.getByRole("dialog", { name: "Send this request?" });
  await expect(asked).toContainText("from-a-draft");
  await asked.getByRole("button", { name: "Keep editing" }).click();
  await expect(reader.response).toContainText("Nothing was called yet");
  await reader.press("Call");
  await asked.getByRole("button", { name: "Send it" }).click();
  await expect(reader.status).toHaveText("OK");
});

test("copy-as follows what is typed", async ({ page, open, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const call = new CallPage(page);
  await open("/services/helloworld/Hello");
  await call.request.getByText("Copy as", { exact: true }).click();
  await call.request.locator("summary").getByText("curl", { exact: true }).click();
  await call.field("name").fill("it's Ann");
  await expect(call.request.getByLabel("curl", { exact: true })).toContainText("Ann");
  await call.request.getByRole("button", { name: "Copy curl code" }).click();
  await expect(page.getByText("Copied", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("/v1/helloworld/Hello");
});

test("the method tree filters, and leads to the next method", async ({ page, open }) => {
  await open("/services/helloworld/Hello");
  const tree = page.getByRole("navigation", { name: "Methods" });
  await expect(tree.getByRole("link", { name: "Hello", exact: true })).toHaveAttribute("aria-current", "page");
  await tree.getByRole("searchbox", { name: "Filter methods" }).fill("coll");
  await expect(tree.getByRole("link", { name: "Hello", exact: true })).toBeHidden();
  await tree.getByRole("link", { name: /Collect/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Collect" })).toBeFocused();
});

test("what is typed before the scripts are there is kept", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  // Every module but the first: the page's own is among them.
  let modules = 0;
  await page.route("**/*.wasm*", async (route) => {
    modules += 1;
    if (modules > 1) await held;
    await route.continue();
  });
  const call = new CallPage(page);
  await page.goto("/services/helloworld/Stream");
  await call.field("count").fill("many");
  await call.request.getByRole("button", { name: "JSON", exact: true }).focus();
  await expect.poll(() => modules).toBeGreaterThan(1);
  await expect(page.locator("html.scripted")).not.toBeAttached();
  release();
  await takenOver(page);
  await expect(call.field("count")).toHaveValue("many");
  await call.press("Open");
  await expect(call.request.getByText("One field is wrong")).toBeVisible();
});

test("moments the server drew become relative, on pages with a module of their own too", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/id/Generate");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  await page.reload();
  await takenOver(page);
  await expect(call.history.getByRole("time").first()).toHaveText(/just now|ago/);
});
