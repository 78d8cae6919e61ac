// The call page's form journeys where scripts never run.

import { CallPage } from "../support/call.js";
import { expect, test } from "../support/test.js";

test.skip(({ javaScriptEnabled }) => javaScriptEnabled === true, "with scripts these work in place");

test("a past call is opened from the history, and sent again only by the button", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/id/Types");
  await call.press("Call");
  await expect(page).toHaveURL(/\?history=/);
  await expect(call.request).toContainText("It was not sent again.");
  const calls = await call.history.getByRole("listitem").count();
  await call.history.getByRole("link", { name: "Replay" }).first().click();
  await expect(call.history.getByRole("listitem")).toHaveCount(calls);
  await call.history.getByRole("button", { name: "Forget this call" }).first().click();
  await expect(call.history.getByRole("listitem")).toHaveCount(calls - 1);
});

test("a draft is shared by link, and sent only once confirmed", async ({ page, open, another, guard }) => {
  guard.expect(/status of 400/);
  const call = new CallPage(page);
  await open("/services/cache/Set");
  await call.field("key").fill("shared-without-scripts");
  await call.press("Share");
  const link = await call.request.getByRole("textbox", { name: "Link to the draft" }).inputValue();

  const reader = new CallPage(await (await another()).newPage());
  await reader.page.goto(link);
  await expect(reader.request).toContainText("Filled from a draft by");
  await expect(reader.request).toContainText("It was not sent.");
  await expect(reader.field("key")).toHaveValue("shared-without-scripts");
  await reader.press("Call");
  await expect(reader.page.getByRole("alert").filter({ hasText: "changes data" })).toBeVisible();
  await reader.request.getByRole("checkbox", { name: "Yes, this may change data" }).check();
  await reader.press("Call");
  await expect(reader.status).toHaveText("OK");
});

test("a stream's messages are collected", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.field("name").fill("Ann");
  await call.field("count").fill("3");
  await call.press("Open");
  await expect(call.status).toHaveText("OK");
  await expect(call.response.getByLabel("message 3", { exact: true })).toContainText("Hello, Ann");
});

test("several messages are sent as JSON, one after the other", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Collect?view=json");
  await call.json.fill('{"name": "Ann"}\n{"name": "Bob"}');
  await call.press("Open");
  await expect(call.status).toHaveText("OK");
  expect(await call.answer()).toEqual({ message: "Hello, Ann and Bob", count: 2 });
});
